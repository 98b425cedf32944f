"""The command `prestop` of the wheel: the library of the binary, on this process's arguments and streams."""

import contextlib
import errno
import json
import os
import pty
import signal
import subprocess
import sys
import sysconfig
import termios
import threading
import time
from pathlib import Path
from typing import IO

import prestop
from prestop._core import VERSION

SCRIPT = Path(sysconfig.get_path("scripts")) / "prestop"
TOKEN = "gh" + "p_" + "a1B2c3D4" * 5


def run(
    *arguments: str | bytes, stdin: bytes = b"", module: bool = False
) -> subprocess.CompletedProcess[bytes]:
    how: list[str | bytes] = [sys.executable, "-m", "prestop"] if module else [str(SCRIPT)]
    # Without the secrets of whoever runs the tests.
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


def test_what_a_closed_output_does_not_get_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("plain")
    for arguments in (["--help"], ["--version"], ["rules", "list"], ["scrub", str(file)]):
        closed = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", str(SCRIPT), *arguments],
            check=False,
            stderr=subprocess.PIPE,
            timeout=120,
        )
        assert closed.returncode == 1, arguments
        assert b"standard output is closed" in closed.stderr
    assert file.read_text() == "plain"


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
    # A process that opens a pipe for reading has passed all of Python's start-up.
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
    """Return the writing end, once somebody reads."""
    for _ in range(6000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO
            time.sleep(0.01)
    raise TimeoutError


def on_a_terminal(*arguments: str, stdin: bytes = b"", out: Path | None = None, **environ: str) -> str:
    """Return what a terminal receives on standard error and, unless it goes to a file, on standard output."""
    terminal, other = pty.openpty()
    # A terminal turns a line break into two characters; that is switched off.
    settings = termios.tcgetattr(other)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(other, termios.TCSANOW, settings)
    stdout = os.open(out, os.O_WRONLY | os.O_CREAT, 0o600) if out else other
    command = subprocess.Popen(
        [str(SCRIPT), *arguments],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=other,
        env={"TERM": "xterm", "PATH": os.environ.get("PATH", ""), **environ},
    )
    for descriptor in {stdout, other}:
        os.close(descriptor)
    assert command.stdin is not None
    feeder = threading.Thread(target=_feed, args=(command.stdin, stdin))
    watchdog = threading.Timer(120, command.kill)
    feeder.start()
    watchdog.start()
    said = b""
    # On Linux the end is an error, since the other side is closed.
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            said += piece
    command.wait()
    watchdog.cancel()
    feeder.join()
    os.close(terminal)
    return said.decode()


def _feed(pipe: IO[bytes], content: bytes) -> None:
    """Write in two parts with a pause, so that a progress bar has time to appear."""
    with contextlib.suppress(BrokenPipeError), pipe:
        pipe.write(content[: len(content) // 2])
        pipe.flush()
        if content:
            time.sleep(1)
        pipe.write(content[len(content) // 2 :])


def test_a_terminal_gets_colours_unless_they_are_not_wanted(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    prestop.snapshot.write({"workspace_id": "ws-1"}, path)
    assert "\x1b[" in on_a_terminal("show", str(path))
    for plain in (
        on_a_terminal("show", str(path), NO_COLOR="1"),
        on_a_terminal("show", "--color=never", str(path)),
    ):
        assert "ws-1" in plain
        assert "\x1b" not in plain


def test_a_terminal_cannot_be_acted_on_by_a_text(tmp_path: Path) -> None:
    said = on_a_terminal("scrub", stdin=b"a\x1b]0;title\x07b\n")
    assert "a\\x1b]0;title\\x07b\n" in said
    assert run("scrub", stdin=b"a\x1b]0;title\x07b\n").stdout == b"a\x1b]0;title\x07b\n"


def test_a_long_input_has_a_bar_on_a_terminal_only(tmp_path: Path) -> None:
    text = b"nothing secret\n" * 20_000
    out = tmp_path / "out"
    said = on_a_terminal("scrub", stdin=text, out=out)
    assert "KB/s" in said
    assert said.endswith("\r\x1b[K")
    assert out.read_bytes() == text
    assert run("scrub", stdin=text).stderr == b""
