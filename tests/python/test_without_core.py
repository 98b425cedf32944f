"""Without the Rust core the host boots, an error is logged, and nothing unscrubbed is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BLOCKED = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s", stream=sys.stdout)
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name == "prestop._core":
            raise ImportError("blocked by the test")
sys.meta_path.insert(0, Blocker())
"""


def run(program: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_import_succeeds_and_says_one_error() -> None:
    (line,) = run("import lib.pre_stop, lib.snapshot_scrub, prestop")
    assert line.startswith("ERROR lib.pre_stop ")
    assert "blocked by the test" in line


def test_a_write_is_one_error_and_false_and_touches_nothing(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.json"
    target.write_text("the old one")
    program = """
import lib.pre_stop as p
snapshot = p.build_snapshot(None, {"transcript_lines": ["canary"]})
print(p.write_snapshot(snapshot, sys.argv[1]), p.last_report)
"""
    lines = run(program, str(target))
    assert lines[2:] == ["False None"]
    assert lines[1].startswith("ERROR lib.pre_stop ")
    assert str(target) in lines[1]
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"snapshot.json": "the old one"}


def test_reading_and_deleting_do_not_raise_and_keep_the_file(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.json"
    target.write_text("{}")
    program = """
import lib.pre_stop as p
print(p.read_snapshot(sys.argv[1]))
p.delete_snapshot(sys.argv[1])
"""
    lines = run(program, str(target))
    assert lines[2] == "None"
    assert [line.split()[0] for line in lines if line != "None"] == ["ERROR", "WARNING", "WARNING"]
    assert target.exists()


def test_text_is_refused_rather_than_returned_as_it_is() -> None:
    program = """
from lib.snapshot_scrub import is_sandbox_content, scrub_content
print(scrub_content(""), is_sandbox_content("tool=run_code"))
try:
    scrub_content("text")
except ImportError as error:
    print("refused")
"""
    assert run(program)[-2:] == [" True", "refused"]


PRESERVE = """
import asyncio, signal, sys
class Adapter:
    def pre_stop_state(self):
        print("asked")
    restore_state = pre_stop_state
async def main(session):
    async with session:
        print("async body")
"""


def test_preserve_runs_the_body_saves_nothing_and_says_one_error(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.json"
    target.write_text("{}")
    program = """
import prestop
session = prestop.preserve(Adapter(), path=sys.argv[1], checkpoint=0.01)
with session:
    print("body")
    import time
    time.sleep(0.05)
print("handler", signal.getsignal(signal.SIGTERM))
asyncio.run(main(session))
"""
    error, *lines = run(PRESERVE + program, str(target))
    assert error.startswith("ERROR lib.pre_stop ") and "no snapshot will be written" in error
    lines = [line for line in lines if not line.startswith("DEBUG asyncio")]
    assert lines == [
        "body",
        "handler 0",
        "ERROR prestop.session Nothing is restored or saved: prestop._core cannot be loaded",
        "async body",
    ]
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"snapshot.json": "{}"}


def test_check_says_that_nothing_will_be_written() -> None:
    program = """
import runpy
sys.argv[1:] = []
try:
    runpy.run_module("prestop.check", run_name="__main__")
except SystemExit as stop:
    print("status", stop.code)
"""
    lines = run(program)
    assert lines[-1] == "status 1"
    assert any("no snapshot will be written" in line and "blocked by the test" in line for line in lines)
