"""What a durable snapshot costs beside other ways to write, all in this run: 200 lines of 2 KB.

None of the others scrubs. The columns: user CPU, CPU in system calls, elapsed, each per write in ms; elapsed is the median.
Read the rows against "only the flushes", which is what the disk takes whoever writes.
"""

import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import compare
import corpus

import prestop
from prestop import lines, snapshot

_TIMES = 100


def naive(state: dict[str, Any], path: str) -> None:
    """Overwrite in place and flush nothing."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2, ensure_ascii=False)


def flushed(state: dict[str, Any], path: str) -> None:
    """Do in Python what has to be done: a new file, flushed, the old one kept, renamed, the directory flushed."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, f".{name}.tmp.{os.getpid()}")
    data = json.dumps(state, indent=2, ensure_ascii=False).encode()
    write_flushed(data, temporary)
    previous = os.path.join(directory, f".{name}.prev")
    if os.path.exists(path):
        os.link(path, previous + ".tmp")
        os.rename(previous + ".tmp", previous)
    os.rename(temporary, path)
    flush_directory(directory)


def only_flushes(data: bytes, path: str) -> None:
    """Write the bytes that are there already, and flush file and directory."""
    write_flushed(data, path + ".new")
    os.rename(path + ".new", path)
    flush_directory(os.path.dirname(path))


def write_flushed(data: bytes, path: str) -> None:
    """Write a private new file and flush it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_directory(path: str) -> None:
    """Flush the entries of a directory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cost(work: Callable[[str], object], times: int = _TIMES) -> list[str]:
    """User CPU, system CPU and median elapsed time of one turn, in ms."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "snapshot.json")
        work(path)
        before, elapsed = resource.getrusage(resource.RUSAGE_SELF), []
        for _ in range(times):
            start = time.perf_counter()
            work(path)
            elapsed.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_SELF)
    user = (after.ru_utime - before.ru_utime) / times
    system = (after.ru_stime - before.ru_stime) / times
    return [f"{seconds * 1e3:.2f}" for seconds in (user, system, statistics.median(elapsed))]


def main() -> None:
    """Measure and print the table."""
    scrubber = prestop.Scrubber("strict")
    texts = corpus.clean(corpus.pieces(corpus.source(), 2048), [scrubber.scrub_text])
    records = [{"role": "assistant", "content": text} for text in (texts * 200)[:200]]
    state = {
        "workspace_id": "w-1",
        "current_task": "",
        "adapter": {"session_id": "s-1", "transcript_lines": records},
    }
    data = json.dumps(state, indent=2, ensure_ascii=False).encode()
    print(
        f"{date.today()}, {compare.machine()}, {os.cpu_count()} cores, {_TIMES} writes of {len(data):,} bytes"
    )
    compare.row("", ["user", "system", "elapsed"])
    compare.row("prestop.snapshot.write", cost(lambda path: snapshot.write(state, path, scrubber=scrubber)))
    compare.row("  of it scrubbing and encoding", cost(lambda _: prestop._core.encode(state, scrubber)))
    compare.row("the same flushes, plain Python", cost(lambda path: flushed(state, path)))
    compare.row("naive: in place, no flush", cost(lambda path: naive(state, path)))
    compare.row("only the flushes", cost(lambda path: only_flushes(data, path)))
    line = {"delegation_id": "d-1", "summary": texts[0][:500]}
    compare.row(
        "prestop.lines.append, 500 bytes", cost(lambda path: lines.append(line, path, scrubber=scrubber))
    )


if __name__ == "__main__":
    main()
