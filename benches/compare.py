"""Print speeds, all measured in this run: the presets, plain Python `re`, a copy, public scanners.

Read the ratios; the absolute numbers belong to the machine named in the first line.
"""

import argparse
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
import hostile
import scanners
import uses
from measure import ROUNDS, best, each, machine, row

import lib.pre_stop
import prestop

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "oracle"))
import molecule as plain_python

_FIRST_USE = """
import time
start = time.perf_counter()
import lib.pre_stop
from lib.snapshot_scrub import scrub_content
scrub_content("no secret in here")
print(time.perf_counter() - start)
"""


def copy_rate(data: bytes) -> float:
    """Return the MB/s of copying the bytes into memory that is already allocated."""
    target = bytearray(data)

    def work() -> None:
        target[:] = data

    return len(data) / best(work) / 1e6


def speeds(texts: list[str], scrubs: dict[str, Callable[[str], str]]) -> dict[str, float]:
    """Return the MB/s of every scrubber over the texts, and of a copy of them."""
    size = sum(len(text.encode()) for text in texts)
    rates = {name: size / best(each(scrub, texts)) / 1e6 for name, scrub in scrubs.items()}
    return rates | {"copy": copy_rate("".join(texts).encode())}


def naive_write(snapshot: dict[str, Any], path: str) -> None:
    """Scrub by the plain patterns and write in place, as the replaced module did."""

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
    """Write a snapshot of 200 lines repeatedly; return user CPU and elapsed time of one write, in ms."""
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


def rate_rows(title: str, rates: dict[str, float], others: list[str]) -> None:
    """Print speeds, and below them the ratios; a scanner that was not run has an empty cell."""

    def cells(show: Callable[[float], str]) -> list[str]:
        own = [show(rate) for name, rate in rates.items() if name not in others]
        return own + [show(rates[name]) if name in rates else "" for name in others]

    row(f"{title}, MB/s", cells(lambda rate: f"{rate:,.1f}" if rate < 100 else f"{rate:,.0f}"))
    row("  times Python re", cells(lambda rate: f"{rate / rates['Python re']:,.1f}"))
    row("  share of a copy", cells(lambda rate: f"1/{rates['copy'] / rate:,.0f}"))


def first_use() -> float:
    """Return the seconds from nothing to the first scrubbed text, in a process of its own."""
    command = [sys.executable, "-c", _FIRST_USE]
    return min(
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        for _ in range(ROUNDS)
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scanners", type=Path, nargs="*", default=[], help="where programs of public scanners are"
    )
    parser.add_argument("--record", type=Path, help="write the speeds to this file, for plot.py")
    options = parser.parse_args()

    presets = {name: prestop.Scrubber(name).scrub_text for name in ("strict", "balanced", "molecule")}
    scrubs: dict[str, Callable[[str], str]] = {**presets, "Python re": plain_python.scrub}
    others = scanners.Bench(options.scanners)

    path = corpus.source()
    every = corpus.pieces(path, 2048)
    texts = corpus.clean(every, list(scrubs.values()))
    short = corpus.clean(corpus.pieces(path, 100)[:4000], list(scrubs.values()))
    about = f"{date.today()}, {machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}"
    rules = ", ".join(f"{len(prestop.Scrubber(name).rules)} rules in {name}" for name in presets)
    print(f"{about}, load {os.getloadavg()[0]:.1f}\n{rules}")
    print(
        f"text: {path.name}, {len(texts):,} strings of 2 KB ({len(every) - len(texts):,} more were not clean)"
    )
    if options.scanners and others.missing:
        print(f"SKIPPED, because not installed: {', '.join(others.missing)}")

    secret = corpus.with_secret(texts)
    whole = "\n".join(texts)
    measured: dict[str, dict[str, float]] = {}
    print()
    row("", [*scrubs, "copy", *others.names])
    for title, given, file in (
        ("clean, 2 KB strings", texts, None),
        ("one secret in each 2 KB", secret, "\n".join(secret)),
        ("clean, one string", [whole], whole),
    ):
        measured[title] = speeds(given, scrubs)
        if file is not None:
            measured[title] |= others.rates(file, 0 if file == whole else len(secret))
        rate_rows(title, measured[title], others.names)
    if others.names:
        print(
            "  (a scanner reads a file: CPU time less that for an empty file; it reports and does not replace)"
        )

    beyond = []
    for scrub in scrubs.values():
        empty = best(each(scrub, [""] * len(short)))
        beyond.append((best(each(scrub, short)) - empty) / len(short) * 1e9)
    row("100 bytes, ns beyond an empty call", [f"{nanoseconds:,.0f}" for nanoseconds in beyond])
    uses.trees(path, list(presets), plain_python.scrub)
    uses.transcript(texts, list(presets))
    uses.threads(texts, list(presets))
    row("import and first scrub, ms", [f"{first_use() * 1e3:.1f}"])

    ours = write_cost(lib.pre_stop.write_snapshot, texts, times=100)
    naive = write_cost(naive_write, texts, times=5)
    row("write 200 lines of 2 KB: user CPU, ms", [f"{ours[0]:.2f}", "", "", f"{naive[0]:.0f}"])
    row("  elapsed with fsync, ms", [f"{ours[1]:.2f}", "", "", f"{naive[1]:.0f}"])
    print("  (the naive writer beside it does not fsync and overwrites in place)")

    hostile.table(presets)
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    if options.record:
        options.record.write_text(json.dumps({"about": about, "MB/s": measured}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
