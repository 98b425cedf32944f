"""`python -m prestop.check`: which file each old name leads to, and what to do about it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ALIAS = "import sys, prestop.{0}\nsys.modules[__name__] = sys.modules['prestop.{0}']\n"


def run(directory: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "prestop.check", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def host(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return directory


def test_nothing_of_the_host_there_is_fine(tmp_path: Path) -> None:
    status, said = run(tmp_path)
    assert status == 0, said
    assert "lib.pre_stop" in said and "lib.snapshot_scrub" in said and "heartbeat" in said


def test_the_host_s_own_modules_hide_ours_and_it_says_what_to_do(tmp_path: Path) -> None:
    poison = "raise SystemExit('the host was run')\n"
    host(tmp_path, {"lib/__init__.py": poison, "lib/pre_stop.py": poison, "lib/snapshot_scrub.py": poison})
    status, said = run(tmp_path)
    assert status == 1
    assert str(tmp_path / "lib" / "pre_stop.py") in said
    assert "delete" in said and "sys.modules[__name__] = sys.modules['prestop.pre_stop']" in said
    assert "the host was run" not in said


def test_an_emptied_lib_that_still_hides_ours_is_named(tmp_path: Path) -> None:
    host(tmp_path, {"lib/__init__.py": "", "lib/other.py": ""})
    status, said = run(tmp_path)
    assert status == 1
    assert str(tmp_path / "lib") in said and "hidden" in said


def test_two_line_aliases_are_fine_wherever_they_stand(tmp_path: Path) -> None:
    files = {f"lib/{name}.py": ALIAS.format(name) for name in ("pre_stop", "snapshot_scrub")}
    host(tmp_path, {"lib/__init__.py": "", "lib/other.py": "", **files})
    status, said = run(tmp_path)
    assert status == 0, said
    assert "alias" in said


def test_the_advised_alias_does_what_it_says(tmp_path: Path) -> None:
    host(tmp_path, {"lib/__init__.py": "", "lib/pre_stop.py": ALIAS.format("pre_stop")})
    program = "import lib.pre_stop, prestop.pre_stop; assert lib.pre_stop is prestop.pre_stop"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)


def test_a_star_import_is_not_an_alias(tmp_path: Path) -> None:
    host(tmp_path, {"lib/__init__.py": "", "lib/pre_stop.py": "from prestop.pre_stop import *\n"})
    status, said = run(tmp_path)
    assert status == 1
    assert "not ours" in said


def test_modules_of_the_host_that_our_package_would_hide_are_named(tmp_path: Path) -> None:
    host(tmp_path, {"lib/other.py": ""})
    status, said = run(tmp_path)
    assert status == 1
    assert "other.py" in said and "__init__.py" in said


def test_another_directory_can_be_asked_about(tmp_path: Path) -> None:
    there = host(tmp_path / "there", {"lib/__init__.py": "", "lib/pre_stop.py": "x = 1\n"})
    here = tmp_path / "here"
    here.mkdir()
    assert run(here)[0] == 0
    assert run(here, str(there))[0] == 1


def test_wrong_use_has_its_own_status(tmp_path: Path) -> None:
    assert run(tmp_path, "a", "b")[0] == 2
    status, said = run(tmp_path, str(tmp_path / "mistyped"))
    assert status == 2 and "not a directory" in said
    status, said = run(tmp_path, "--help")
    assert status == 0 and "python -m prestop.check [DIRECTORY]" in said


def test_a_reader_that_has_gone_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "prestop.check"]
    done = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that takes nothing")
def test_output_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "prestop.check"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert done.stderr.startswith(b"prestop.check: ")


def test_without_a_standard_output_the_status_says_it(tmp_path: Path) -> None:
    (tmp_path / "heartbeat.py").write_text("class HeartbeatLoop: ...\n")
    command = f"exec '{sys.executable}' -m prestop.check >&-"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_host_s_own_heartbeat_is_no_file_to_delete(tmp_path: Path) -> None:
    host(tmp_path, {"heartbeat.py": "class HeartbeatLoop: ...\n"})
    status, said = run(tmp_path)
    assert status == 1
    assert "delete" not in said and "sys.modules[__name__] = sys.modules['prestop.heartbeat']" in said


def test_an_alias_of_our_heartbeat_is_fine_and_works(tmp_path: Path) -> None:
    host(tmp_path, {"heartbeat.py": ALIAS.format("heartbeat")})
    status, said = run(tmp_path)
    assert status == 0, said
    program = "import heartbeat, prestop.heartbeat; assert heartbeat is prestop.heartbeat"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
