"""What an import costs: which modules it may not load, and how long it takes, which is printed and not asserted."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURE = """
import sys, time
before = set(sys.modules)
start = time.perf_counter()
import lib.pre_stop
imported = time.perf_counter()
from lib.snapshot_scrub import scrub_content
scrub_content("export GH_TOKEN=abc and nothing else")
done = time.perf_counter()
print(f"{(imported - start) * 1e3:.2f} {(done - imported) * 1e3:.2f}")
print(*sorted(set(sys.modules) - before))
"""


def measured() -> tuple[float, float, set[str]]:
    # Without site: nothing that a virtual environment loads hides what we load ourselves.
    site = [entry for entry in sys.path if entry]
    program = f"import sys; sys.path[:0] = {site!r}\n{MEASURE}"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    times, modules = done.stdout.splitlines()
    first, second = times.split()
    return float(first), float(second), set(modules.split())


def test_what_costs_time_is_not_loaded_before_it_is_needed() -> None:
    _, _, modules = measured()
    costly = {"asyncio", "dataclasses", "datetime", "inspect", "json", "logging", "pathlib", "re", "typing"}
    assert modules.isdisjoint(costly)


def test_the_import_and_the_first_scrub_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [measured()[:2] for _ in range(5)]
    first, second = min(runs, key=sum)
    with capsys.disabled():
        print(
            f"\nimport lib.pre_stop {first:.1f} ms, first scrub {second:.1f} ms (best of 5; wanted: under 15 ms)"
        )
