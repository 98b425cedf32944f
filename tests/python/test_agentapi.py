"""AgentAPI from Python: the stop, the start, the log snapshot and the version gate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secrets_at_run_time import SHAPES

import prestop
from prestop import Scrubber, agentapi

BALANCED = Scrubber()
SECRET = SHAPES["github"]

pieces = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(codec=None), max_size=30),  # lone surrogates, too
    st.sampled_from([f" {SECRET} ", "é" * 40, "\x01\x02" * 20, "🎈" * 20, '"\\\n' * 20]),
)
contents = st.builds(
    lambda parts, times: "".join(parts) * times, st.lists(pieces, max_size=4), st.sampled_from([1, 2, 3000])
)


def message(number: int, content: str, role: str = "user") -> dict[str, Any]:
    return {"id": number, "role": role, "content": content, "time": "2026-02-01T10:00:00Z"}


@given(st.lists(contents, min_size=1, max_size=12))
def test_any_conversation_fits_and_shows_no_secret(texts: list[str]) -> None:
    messages = [message(number, text) for number, text in enumerate(texts)]
    snapshot = agentapi.log_snapshot({"messages": messages}, scrubber=BALANCED)
    assert snapshot is not None and len(snapshot.body) <= 65_536
    shown = json.loads(snapshot.body)["messages"]
    assert len(shown) == snapshot.messages <= 10 and snapshot.of == len(texts)
    assert [one["id"] for one in shown] == list(range(len(texts)))[-len(shown) :]
    assert f" {SECRET} ".encode() not in snapshot.body
    assert snapshot.truncated == shown[0]["content"].startswith("[...")
    assert b"\\u0000" not in snapshot.body and b"\\ud" not in snapshot.body


def test_every_form_of_an_answer_is_taken() -> None:
    messages = [message(0, "hello"), message(1, f"use {SECRET}", "agent")]
    text = json.dumps({"$schema": "http://localhost/", "messages": messages})
    wanted = agentapi.log_snapshot(text)
    assert wanted is not None
    for form in (text.encode(), messages, json.loads(text)):
        snapshot = agentapi.log_snapshot(form)
        assert snapshot is not None and snapshot.body == wanted.body
    assert wanted.redactions == {"GITHUB_PAT": 1} and not wanted.truncated
    assert repr(wanted) == f"LogSnapshot(bytes={len(wanted.body)}, messages=2, of=2, truncated=False)"


def test_without_messages_there_is_none_and_without_a_list_an_error() -> None:
    assert agentapi.log_snapshot([]) is None
    assert agentapi.log_snapshot(b'{"messages": []}') is None
    for wrong in ("", "{}", {"messages": 5}, b"\xff", 5, None):
        with pytest.raises(ValueError):
            agentapi.log_snapshot(wrong)


def test_the_secrets_of_the_process_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODER_AGENT_TOKEN", "7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e")
    snapshot = agentapi.log_snapshot([message(0, "token 7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e")])
    assert snapshot is not None and b"7c1d6a1e" not in snapshot.body
    assert prestop.agentapi is agentapi


@pytest.mark.parametrize(
    ("reported", "enough"),
    [
        ("agentapi version v0.12.0\n", True),
        ("0.12.1", True),
        ("0.12.0-rc1", True),
        ("0.11.8", False),
        ("latest", False),
        ("", False),
        ("1.0", False),
        ("0.9.0-preview", False),
    ],
)
def test_a_version_that_is_not_known_to_be_enough_is_not(reported: str, enough: bool) -> None:
    assert agentapi.version_at_least(reported) is enough


def test_the_minimum_can_be_another() -> None:
    assert agentapi.version_at_least("0.3.3", (0, 3, 3)) and not agentapi.version_at_least("0.3.2", (0, 3, 3))


def state(*texts: str, **more: object) -> bytes:
    messages = [
        {"id": number, "message": text, "role": "user", "time": "2026-02-01T10:00:00.123456789Z"}
        for number, text in enumerate(texts)
    ]
    document = {"version": 1, "messages": messages, "initial_prompt": "", "initial_prompt_sent": False}
    return json.dumps(document | more).encode()


@given(st.lists(contents.filter(lambda text: text.isascii()), max_size=3))
def test_any_state_is_loadable_again_and_holds_no_secret(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "agentapi-state.json")
        path.write_bytes(state(*texts, f"use {SECRET} now"))
        before = json.loads(path.read_bytes())
        report = agentapi.scrub_state(path, scrubber=BALANCED)
        assert report is not None and report.bytes == path.stat().st_size
        assert path.stat().st_mode & 0o777 == 0o600
        after = json.loads(path.read_bytes())
        assert f" {SECRET} " not in str(after) and "use [REDACTED:GITHUB_PAT] now" in str(after)
        for document in (before, after):
            for one in document["messages"]:
                del one["message"]
        assert after == before
        # Scrubbed once, it does not change again.
        clean = path.read_bytes()
        again = agentapi.scrub_state(path, scrubber=BALANCED)
        assert again is not None and path.read_bytes() == clean


def test_a_state_file_is_scrubbed_with_the_secrets_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODER_AGENT_TOKEN", "7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e")
    path = tmp_path / "agentapi-state.json"
    path.write_bytes(state("7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e"))
    report = agentapi.scrub_state(str(path))
    assert report is not None and sum(report.redactions.values()) == 1 and report.durability == "durable"
    assert b"7c1d6a1e" not in path.read_bytes()


def test_without_a_state_file_there_is_no_report_and_none_is_made(tmp_path: Path) -> None:
    assert agentapi.scrub_state(tmp_path / "agentapi-state.json") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [b"", b"{", b"[]", state(version=2), state(messages=5)])
def test_what_agentapi_would_not_load_is_an_error_and_stays(tmp_path: Path, wrong: bytes) -> None:
    path = tmp_path / "agentapi-state.json"
    path.write_bytes(wrong)
    with pytest.raises(prestop.SnapshotError):
        agentapi.scrub_state(path)
    assert path.read_bytes() == wrong


def test_the_environment_has_a_state_file_only_for_a_version_that_can_keep_it() -> None:
    state_file, pid_file = Path("/home/coder/state.json"), "/home/coder/agentapi.pid"
    variables = agentapi.environment(
        state_file=state_file, pid_file=pid_file, allowed_hosts="*", version="agentapi version v0.12.1"
    )
    assert variables == {
        "AGENTAPI_PID_FILE": pid_file,
        "AGENTAPI_ALLOWED_HOSTS": "*",
        "AGENTAPI_STATE_FILE": str(state_file),
        "AGENTAPI_SAVE_STATE": "true",
        "AGENTAPI_LOAD_STATE": "true",
    }
    for version in ("0.11.8", "latest", "", None):
        variables = agentapi.environment(state_file=state_file, pid_file=pid_file, version=version)
        assert variables == {"AGENTAPI_PID_FILE": pid_file}
    assert agentapi.environment() == {}


def test_a_start_does_not_hand_on_the_state_that_it_inherits_where_none_is_kept(tmp_path: Path) -> None:
    inherited = {
        "AGENTAPI_STATE_FILE": str(tmp_path / "state.json"),
        "AGENTAPI_SAVE_STATE": "true",
        "AGENTAPI_LOAD_STATE": "true",
        "LANG": "C",
    }
    line = asks(tmp_path, "agentapi version 0.12.1")
    assert set(agentapi.STATE_VARIABLES) <= set(agentapi.start(line, environ=inherited).environ)
    for off in ({"ARG_ENABLE_STATE_PERSISTENCE": "false"}, {"AGENTAPI_EXPERIMENTAL_ACP": "true"}):
        environ = agentapi.start(line, environ=inherited | off).environ
        assert not set(agentapi.STATE_VARIABLES) & set(environ) and environ["LANG"] == "C"
    old = agentapi.start(asks(tmp_path, "0.11.8"), environ=inherited)
    assert not set(agentapi.STATE_VARIABLES) & set(old.environ)


STANDIN = Path(__file__).resolve().parents[2] / "crates" / "agent" / "tests" / "standin" / "agentapi"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes], dict[str, str]]]:
    """AgentAPI's stand-in, running, and the variables of the module that started it."""
    shutil.copy(STANDIN, tmp_path / "agentapi")
    (tmp_path / "version").write_text("agentapi version v0.12.1")
    (tmp_path / "behaviour.json").write_text(json.dumps({"messages": [["user", f"use {SECRET}"]]}))
    state, pid = tmp_path / "module" / "agentapi-state.json", tmp_path / "module" / "agentapi.pid"
    own = {"AGENTAPI_STATE_FILE": str(state), "AGENTAPI_PID_FILE": str(pid), "AGENTAPI_SAVE_STATE": "true"}
    child = subprocess.Popen(
        [sys.executable, tmp_path / "agentapi", "server", tmp_path],
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "port").exists():
            assert time.monotonic() < end and child.poll() is None
            time.sleep(0.01)
        module = {
            "HOME": str(tmp_path),
            "ARG_MODULE_DIR_NAME": "module",
            "ARG_ENABLE_STATE_PERSISTENCE": "true",
            "ARG_AGENTAPI_PORT": (tmp_path / "port").read_text(),
        }
        yield tmp_path, child, module
    finally:
        child.kill()
        child.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="no process is ever found elsewhere")
def test_a_stop_saves_and_ends_it(
    running: tuple[Path, subprocess.Popen[bytes], dict[str, str]],
) -> None:
    place, child, module = running
    report = agentapi.stop(environ=module)
    assert report.ok, str(report)
    assert report.pid == child.pid and report.phase("save").code == "saved"
    assert report.phase("terminate").outcome == "done" and child.wait(60) == 0
    state = (place / "module" / "agentapi-state.json").read_text()
    assert "use [REDACTED:GITHUB_PAT]" in state and SECRET not in state
    assert str(report).endswith(f"of {report.deadline:.0f} s")
    # Again: nothing runs, which is not a failure.
    again = agentapi.stop(environ=module)
    assert again.ok and again.pid is None and again.phase("state").code == "kept"
    with pytest.raises(KeyError):
        again.phase("lunch")


def test_what_failed_is_named(tmp_path: Path) -> None:
    message = {"id": 0, "message": "m", "role": "user", "time": "yesterday"}
    (tmp_path / "state.json").write_text(json.dumps({"version": 1, "messages": [message]}))
    report = agentapi.stop(state_file=tmp_path / "state.json", environ={}, deadline=5)
    assert not report.ok and report.phase("keep").code == "set_aside"
    assert not (tmp_path / "state.json").exists() and (tmp_path / ".state.json.aside").exists()


def test_what_cannot_be_meant_is_an_error_that_names_the_option() -> None:
    values: list[dict[str, Any]] = [
        {"port": 0},
        {"port": 65_536},
        {"deadline": -1.0},
        {"deadline": 0},
        {"deadline": float("nan")},
        {"deadline": float("inf")},
        {"deadline": 10**400},
        {"deadline": 1e300},
        {"url": "https://example.com/?a=1"},
    ]
    for wrong in values:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            agentapi.stop(environ={}, **wrong)
    types: list[dict[str, Any]] = [
        {"port": "3284"},
        {"port": True},
        {"deadline": "5"},
        {"deadline": None},
        {"command": None},
        {"command": b"agentapi"},
        {"state_file": b"/x"},
        {"pid_file": 5},
        {"task": 5},
        {"url": b"https://example.com"},
        {"token": []},
        {"log_snapshot": "yes"},
    ]
    for wrong in types:
        (name,) = wrong
        with pytest.raises(TypeError, match=f"^{name} is "):
            agentapi.stop(environ={}, **wrong)
        if name in ("command", "state_file", "pid_file"):
            with pytest.raises(TypeError, match=f"^{name} is "):
                agentapi.start(["x"], environ={}, **wrong)
    with pytest.raises(TypeError, match=r"^allowed_hosts is "):
        agentapi.start(["x"], environ={}, allowed_hosts=5)  # type: ignore[arg-type]
    assert agentapi.stop(environ={}, task="", url="", token="").ok
    with pytest.raises(ValueError, match="AGENTAPI_PORT"):
        agentapi.stop(environ={"AGENTAPI_PORT": "none"})


def asks(place: Path, *versions: str) -> list[str]:
    """Return the command line of a stand-in that prints its version, or else its variables."""
    program = place / "agentapi"
    said = versions[0] if versions else ""
    program.write_text(
        f"import os, sys\nprint({said!r} if '--version' in sys.argv else"
        " [os.environ.get('AGENTAPI_' + name) for name in ('STATE_FILE', 'PID_FILE', 'ALLOWED_HOSTS', 'LOAD_STATE')], end='')\n"
    )
    return [sys.executable, str(program), "server"]


def test_a_start_prepares_the_files_and_gives_the_variables(tmp_path: Path) -> None:
    message = {"id": 0, "message": f"use {SECRET}", "role": "user", "time": "2026-02-01T10:00:00Z"}
    state, pid = tmp_path / "state.json", tmp_path / "pid"
    state.write_text(
        json.dumps({"version": 1, "messages": [message], "initial_prompt": "", "initial_prompt_sent": False})
    )
    pid.write_text("0\n")
    line = asks(tmp_path, "agentapi version v0.12.1")
    started = agentapi.start(line, state_file=state, pid_file=pid, allowed_hosts="*")
    assert started.ok and not started.runs_already and started.pid is None, str(started)
    assert str(started).splitlines()[-1].startswith("prepared in ")
    assert [phase.phase for phase in started.phases] == ["identify", "version", "state"]
    assert SECRET not in state.read_text() and not pid.exists()
    assert str(os.environ["PATH"]) == started.environ["PATH"] and "PATH" not in repr(started)
    wanted = repr([str(state), str(pid), "*", "true"])
    assert subprocess.check_output(started.line, env=started.environ, text=True) == wanted
    # `exec` runs the command in place of this process.
    program = "import sys; from prestop import agentapi; agentapi.start(sys.argv[3:], state_file=sys.argv[1], pid_file=sys.argv[2], allowed_hosts='*').exec()"
    assert (
        subprocess.check_output([sys.executable, "-c", program, state, pid, *line], text=True, timeout=60)
        == wanted
    )


@pytest.mark.parametrize("version", [(), ("agentapi version v0.11.8",), ("latest",)])
def test_a_start_of_what_cannot_keep_its_state_says_so(tmp_path: Path, version: tuple[str, ...]) -> None:
    started = agentapi.start(asks(tmp_path, *version), state_file=tmp_path / "state.json", environ={})
    assert not started.ok and started.phases[1].outcome == "failed" and started.environ == {}
    assert str(started).splitlines()[-1].startswith("NOT all done in ")


@pytest.mark.skipif(sys.platform != "linux", reason="no process is ever found elsewhere")
def test_a_second_start_is_refused(running: tuple[Path, subprocess.Popen[bytes], dict[str, str]]) -> None:
    place, child, module = running
    started = agentapi.start([sys.executable, str(place / "agentapi")], environ=module)
    assert started.runs_already and started.pid == child.pid and not started.ok
    with pytest.raises(RuntimeError):
        started.exec()


def test_a_start_without_a_command_is_a_value_error() -> None:
    wrong: list[str] | str
    for wrong in ([], "agentapi server"):
        with pytest.raises(ValueError, match="line"):
            agentapi.start(wrong, environ={})
    nothing = agentapi.start(["/nonexistent/agentapi"], environ={})
    with pytest.raises(OSError):
        nothing.exec()
