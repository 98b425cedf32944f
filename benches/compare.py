"""One table of speeds, all measured in this run: the presets beside plain Python `re` and a plain copy.

Read the ratios; the absolute numbers belong to the machine named in the first line.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import corpus

import lib.pre_stop
import prestop

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "oracle"))
import molecule as plain_python

_ROUNDS = 7
_FIRST_USE = """
import time
start = time.perf_counter()
import lib.pre_stop
from lib.snapshot_scrub import scrub_content
scrub_content("no secret in here")
print(time.perf_counter() - start)
"""


def best(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    """Time the work several times and give the shortest, in seconds."""
    shortest = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def each(scrub: Callable[[str], str], texts: list[str]) -> Callable[[], None]:
    """Make the work of scrubbing every text once."""

    def work() -> None:
        for text in texts:
            scrub(text)

    return work


def copy_rate(data: bytes) -> float:
    """Copy the bytes into memory that is there already; MB/s."""
    target = bytearray(data)

    def work() -> None:
        target[:] = data

    return len(data) / best(work) / 1e6


def machine() -> str:
    """Name the processor as the system does."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def speeds(texts: list[str], scrubs: dict[str, Callable[[str], str]]) -> dict[str, float]:
    """MB/s of every scrubber over the texts, and of a copy of them."""
    size = sum(len(text.encode()) for text in texts)
    rates = {name: size / best(each(scrub, texts)) / 1e6 for name, scrub in scrubs.items()}
    return rates | {"copy": copy_rate("".join(texts).encode())}


def naive_write(snapshot: dict[str, Any], path: str) -> None:
    """Scrub by the plain patterns and write in place: what the replaced module did."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return plain_python.scrub(value)
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        return value

    with open(path, "w", encoding="utf-8") as file:
        json.dump(walk(snapshot), file, indent=2)


def write_cost(
    write: Callable[[dict[str, Any], str], object], texts: list[str], times: int
) -> tuple[float, float]:
    """Write a snapshot of 200 lines again and again; user CPU and elapsed time of one write, in ms."""
    lines = [{"role": "assistant", "content": text} for text in (texts * 200)[:200]]
    adapter = {"session_id": "s-1", "transcript_lines": lines}
    snapshot = {"workspace_id": "w-1", "current_task": "", "active_tasks": 0, "adapter": adapter}
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "snapshot.json")
        write(snapshot, path)
        user, start = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.perf_counter()
        for _ in range(times):
            write(snapshot, path)
        elapsed = time.perf_counter() - start
        return (resource.getrusage(resource.RUSAGE_SELF).ru_utime - user) / times * 1e3, elapsed / times * 1e3


def row(title: str, cells: list[str]) -> None:
    """Print one line of the table."""
    print(f"{title:40}" + "".join(f"{cell:>12}" for cell in cells))


def rate_rows(title: str, rates: dict[str, float]) -> None:
    """Print speeds, and below them how they compare."""
    row(f"{title}, MB/s", [f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}" for rate in rates.values()])
    row("  times Python re", [f"{rate / rates['Python re']:,.1f}" for rate in rates.values()])
    row("  share of a copy", [f"1/{rates['copy'] / rate:,.0f}" for rate in rates.values()])


def main() -> None:
    """Measure and print."""
    presets = {name: prestop.Scrubber(name).scrub_text for name in ("strict", "balanced", "molecule")}
    scrubs: dict[str, Callable[[str], str]] = {**presets, "Python re": plain_python.scrub}

    path = corpus.source()
    every = corpus.pieces(path, 2048)
    texts = corpus.clean(every, list(scrubs.values()))
    short = corpus.clean(corpus.pieces(path, 100)[:4000], list(scrubs.values()))
    print(f"{date.today()}, {machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}")
    print(
        f"text: {path.name}, {len(texts):,} strings of 2 KB ({len(every) - len(texts):,} more were not clean)\n"
    )

    row("", [*scrubs, "copy"])
    rate_rows("clean, 2 KB strings", speeds(texts, scrubs))
    rate_rows("one secret in each 2 KB", speeds(corpus.with_secret(texts), scrubs))
    whole = "\n".join(texts)
    rate_rows("clean, one string", speeds([whole], scrubs))

    beyond = []
    for scrub in scrubs.values():
        empty = best(each(scrub, [""] * len(short)))
        beyond.append((best(each(scrub, short)) - empty) / len(short) * 1e9)
    row("100 bytes, ns beyond an empty call", [f"{nanoseconds:,.0f}" for nanoseconds in beyond])

    first = min(
        float(
            subprocess.run(
                [sys.executable, "-c", _FIRST_USE], capture_output=True, check=True, text=True
            ).stdout
        )
        for _ in range(_ROUNDS)
    )
    row("import and first scrub, ms", [f"{first * 1e3:.1f}"])

    ours = write_cost(lib.pre_stop.write_snapshot, texts, times=100)
    naive = write_cost(naive_write, texts, times=5)
    row("write 200 lines of 2 KB: user CPU, ms", [f"{ours[0]:.2f}", "", "", f"{naive[0]:.0f}"])
    row("  elapsed with fsync, ms", [f"{ours[1]:.2f}", "", "", f"{naive[1]:.0f}"])
    print("  (the naive writer beside it does not fsync and overwrites in place)")


if __name__ == "__main__":
    main()
