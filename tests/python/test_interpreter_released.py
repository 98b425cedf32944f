"""No thread waits for the disk of another: the interpreter is released while a path is looked at or read."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Counts how often another thread runs while a call looks at a path, each time for 0.4 seconds and more.
CHILD = """
import sys, threading, time
from prestop import Scrubber, _core

path, calls = sys.argv[1], []
none = ([], [], [])
named = ([("DB_PASSWORD", path)], [], [])
what = {
    "rules": lambda: Scrubber(rules=path),
    "settings": lambda: _core.shared("strict", path, none, none),
    "variables": lambda: _core.shared("strict", None, named, none),
    "former variables": lambda: _core.shared("strict", None, none, named),
    "environment": lambda: Scrubber.from_environment("strict", {"DB_PASSWORD": path}),
}[sys.argv[2]]

def run():
    while True:
        time.sleep(0.01)
        calls.append(None)

threading.Thread(target=run, daemon=True).start()
while not calls:
    time.sleep(0.01)
before = len(calls)
what()
print(len(calls) - before)
"""


# Counts how often another thread runs from the moment at which the host could not create a file until the write
# has failed. Each call of the system that names the directory takes 0.4 seconds.
REFUSED = """
import errno, sys, threading, time
from prestop import Scrubber, _core

calls, before = [], []

def run():
    while True:
        time.sleep(0.01)
        calls.append(None)

def create(name, directory):
    before.append(len(calls))
    raise PermissionError(errno.EACCES, "refused")

threading.Thread(target=run, daemon=True).start()
try:
    _core.write({}, sys.argv[1], Scrubber(), create, follow_symlink=False, deadline=60.0)
except OSError as error:
    assert error.errno == errno.EACCES
    print(len(calls) - before[0])
"""


def is_traceable() -> bool:
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return done.returncode == 0


@pytest.mark.skipif(not is_traceable(), reason="strace does not work here")
@pytest.mark.parametrize("what", ["rules", "settings", "variables", "former variables", "environment"])
def test_other_threads_run_while_a_path_is_slow(what: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "slow")
        path.write_text('[[rules]]\nid = "x"\ndescription = "x"\nregex = "x-[0-9]{9}"\nkeywords = ["x-"]\n')
        slow = f"strace -f -qq -o /dev/null -P {path} -e inject=all:delay_enter=400000".split()
        child = subprocess.run(
            [*slow, sys.executable, "-c", CHILD, str(path), what], check=True, capture_output=True, text=True
        )
        # Forty of them a call of the system on an idle machine.
        assert int(child.stdout) >= 10


@pytest.mark.skipif(not is_traceable(), reason="strace does not work here")
def test_other_threads_run_while_a_refused_file_is_looked_into() -> None:
    with tempfile.TemporaryDirectory() as place:
        slow = f"strace -f -qq -o /dev/null -P {place} -e inject=all:delay_enter=400000".split()
        child = subprocess.run(
            [*slow, sys.executable, "-c", REFUSED, str(Path(place, "missing.json"))],
            check=True,
            capture_output=True,
            text=True,
        )
        assert int(child.stdout) >= 10
