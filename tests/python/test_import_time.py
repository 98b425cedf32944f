"""The cost of an import: which modules it may not load. `make bench` measures how long it takes."""

from __future__ import annotations

import subprocess
import sys

MEASURE = """
import sys
before = set(sys.modules)
import lib.pre_stop
from lib.snapshot_scrub import scrub_content
scrub_content("export GH_TOKEN=abc and nothing else")
print(*sorted(set(sys.modules) - before))
"""


def measured() -> set[str]:
    # Without site: modules that a virtual environment loads would hide what the package loads.
    site = [entry for entry in sys.path if entry]
    program = f"import sys; sys.path[:0] = {site!r}\n{MEASURE}"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_what_costs_time_is_not_loaded_before_it_is_needed() -> None:
    modules = measured()
    costly = {
        "asyncio",
        "contextlib",
        "dataclasses",
        "datetime",
        "inspect",
        "json",
        "logging",
        "pathlib",
        "re",
        "typing",
    }
    assert modules.isdisjoint(costly)


def test_names_load_their_module_when_they_are_used_and_httpx_only_with_the_heartbeat() -> None:
    program = """
import sys
import prestop
for name in dir(prestop):
    if name != "heartbeat":
        getattr(prestop, name)
assert "httpx" not in sys.modules
print(*(getattr(prestop, name).__name__ for name in ("adapter", "heartbeat", "pre_stop", "snapshot", "snapshot_scrub")))
assert "httpx" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names = ["adapter", "heartbeat", "pre_stop", "snapshot", "snapshot_scrub"]
    assert done.stdout.split() == [f"prestop.{name}" for name in names]


def test_an_import_and_a_first_scrub_load_few_modules() -> None:
    ours = {name for name in measured() if name.startswith(("prestop", "lib"))}
    # Of the package only the replaced modules, and what they depend on.
    assert len(ours) <= 14, sorted(ours)
