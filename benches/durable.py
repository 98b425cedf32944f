"""Print what a durable snapshot costs beside other ways to write, all in this run: 200 lines of 2 KB.

None of the others scrubs. The columns, per write in ms: CPU; the part of it in system calls; the median
elapsed time. The CPU is exact. Most kernels only sample, a few hundred times a second, which part of it is in
system calls, so that column is accurate to about a tenth. Compare the rows with "only the flushes": a new
file of the same bytes, flushed, renamed, and its directory flushed, which costs the same for every program.
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

import corpus
from measure import machine, row

import prestop
from lib import pre_stop
from prestop import lines, snapshot

_TIMES = 300
_ROUNDS = 10


def naive(state: dict[str, Any], path: str) -> None:
    """Overwrite in place and flush nothing."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2, ensure_ascii=False)


def flushed(state: dict[str, Any], path: str) -> None:
    """Do the necessary steps in Python: new file, flush, keep the old one, rename, flush the directory."""
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
    """Write bytes that are already encoded, and flush file and directory."""
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


class Cost:
    """The cost of one way to write, over all its runs."""

    def __init__(self, work: Callable[[str], object]) -> None:
        self._work = work
        self._cpu = self._user = self._system = 0.0
        self._elapsed: list[float] = []

    def measure(self, times: int) -> None:
        """Measure this many runs, after one that does not count."""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "snapshot.json")
            self._work(path)
            before, cpu = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
            for _ in range(times):
                start = time.perf_counter()
                self._work(path)
                self._elapsed.append(time.perf_counter() - start)
            self._cpu += time.process_time() - cpu
            after = resource.getrusage(resource.RUSAGE_SELF)
        self._user += after.ru_utime - before.ru_utime
        self._system += after.ru_stime - before.ru_stime

    def cells(self) -> list[str]:
        """Return CPU, its part in system calls, and median elapsed time of one run, in ms."""
        turns = len(self._elapsed)
        part = self._system / ((self._user + self._system) or 1.0)
        each = (self._cpu / turns, self._cpu * part / turns, statistics.median(self._elapsed))
        return [f"{seconds * 1e3:.2f}" for seconds in each]


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
    print(f"{date.today()}, {machine()}, {os.cpu_count()} cores, {_TIMES} writes of {len(data):,} bytes")
    row("", ["CPU", "of it system", "elapsed"])
    line = {"delegation_id": "d-1", "summary": texts[0][:500]}
    ways = {
        "lib.pre_stop.write_snapshot": Cost(lambda path: pre_stop.write_snapshot(state, path)),
        "prestop.snapshot.write": Cost(lambda path: snapshot.write(state, path, scrubber=scrubber)),
        "  of it scrubbing and encoding": Cost(lambda _: prestop._core.encode(state, scrubber)),
        "the same flushes, plain Python": Cost(lambda path: flushed(state, path)),
        "naive: in place, no flush": Cost(lambda path: naive(state, path)),
        "only the flushes": Cost(lambda path: only_flushes(data, path)),
        "prestop.lines.append, 500 bytes": Cost(lambda path: lines.append(line, path, scrubber=scrubber)),
    }
    # Interleaved, so that other load on the disk affects all of them.
    for _ in range(_ROUNDS):
        for way in ways.values():
            way.measure(_TIMES // _ROUNDS)
    for name, way in ways.items():
        row(name, way.cells())


if __name__ == "__main__":
    main()
