"""The command `prestop` as the wheel installs it: the library that the binary runs, on this process's arguments and streams."""

import errno
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import prestop
from prestop._core import VERSION

SCRIPT = Path(sysconfig.get_path("scripts")) / "prestop"
TOKEN = "gh" + "p_" + "a1B2c3D4" * 5


def run(
    *arguments: str | bytes, stdin: bytes = b"", module: bool = False
) -> subprocess.CompletedProcess[bytes]:
    how: list[str | bytes] = [sys.executable, "-m", "prestop"] if module else [str(SCRIPT)]
    # No secrets of whoever runs the tests.
    environ = {"PATH": os.environ.get("PATH", "")}
    return subprocess.run(
        [*how, *arguments], check=False, input=stdin, capture_output=True, timeout=120, env=environ
    )


def test_script_and_module_are_the_command() -> None:
    for module in (False, True):
        answer = run("--version", module=module)
        assert (answer.returncode, answer.stdout.decode()) == (0, f"prestop {VERSION}\n")
        answer = run("scrub", "--report", stdin=f"see {TOKEN}\n".encode(), module=module)
        assert answer.stdout == b"see [REDACTED:GITHUB_PAT]\n"
        assert b"GITHUB_PAT" in answer.stderr


def test_exit_statuses_reach_the_shell() -> None:
    assert run("rules", "test", stdin=TOKEN.encode()).returncode == 1
    assert run("rules", "test", stdin=b"plain").returncode == 0
    wrong = run("--" + TOKEN)
    assert wrong.returncode == 2
    assert TOKEN.encode() not in wrong.stderr


def test_arguments_may_be_any_bytes(tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), b"\xff.txt")
    with open(name, "wb") as file:
        file.write(b"password=hunter2")
    assert run("scrub", name).stdout == b"password=[REDACTED:PASSWORD]"


def test_it_shows_what_the_package_wrote(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    prestop.snapshot.write({"workspace_id": "ws-1", "note": TOKEN}, path)
    shown = json.loads(run("show", "--json", str(path)).stdout)
    assert (shown["workspace_id"], shown["verified"]) in {("ws-1", True), ("ws-1", None)}
    assert shown["redactions"] == {"GITHUB_PAT": 1}
    assert run("verify", str(path)).returncode == 0


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    # Who opens a pipe to read from it is past everything that Python does.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([str(SCRIPT), "scrub", str(pipe)]) as command:
        try:
            writer = _writer(pipe)
            command.send_signal(signal.SIGINT)
            assert command.wait(timeout=60) == -signal.SIGINT
            os.close(writer)
        finally:
            command.kill()


def _writer(pipe: Path) -> int:
    """Return the end to write to, once somebody reads."""
    for _ in range(6000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO
            time.sleep(0.01)
    raise TimeoutError
