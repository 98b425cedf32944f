"""When `preserve` restores a snapshot, and what it does with one that stops its host."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hosts import host
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from secrets_at_run_time import SHAPES, letters

import prestop
from prestop import _restore
from prestop._guard import STARTS, Starts


class Adapter:
    def __init__(self) -> None:
        self.restored: list[Any] = []

    def pre_stop_state(self) -> Any:
        return {"session_id": "session-2"}

    def restore_state(self, snapshot: Any) -> None:
        self.restored.append(snapshot)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture(autouse=True)
def workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSPACE_ID", "ws-1")


def _saved(path: Path, **fields: Any) -> None:
    snapshot = {
        "workspace_id": "ws-1",
        "timestamp": datetime.now(UTC).isoformat(),
        "adapter": {"session_id": "session-1"},
    }
    # A new file: one that is changed in place causes a warning of its own.
    path.unlink(missing_ok=True)
    path.write_text(json.dumps({k: v for k, v in (snapshot | fields).items() if v is not None}))


def _start(path: Path, **options: Any) -> list[Any]:
    adapter = Adapter()
    with prestop.preserve(adapter, path=path, checkpoint=None, **options) as session:
        assert [session.restored] == (adapter.restored or [None])
    return adapter.restored


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


# Workspace, age and shape.


@pytest.mark.parametrize(
    "name",
    [SHAPES["github"], f"ws-{SHAPES['github']}", letters(200), "w" * 300, "a\x1b\nb"],
    ids=["a token", "a token in it", "long", "one letter", "control characters"],
)
def test_a_workspace_whose_id_the_scrubber_rewrites_gets_its_own_snapshot_back(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("WORKSPACE_ID", name)
    _start(path)
    (restored,) = _start(path)
    assert restored["session_id"] == "session-2"
    monkeypatch.setenv("WORKSPACE_ID", "ws-2")
    assert _start(path) == []


def test_a_snapshot_is_restored_with_what_stood_under_the_adapter_at_the_top(path: Path) -> None:
    _saved(path, adapter={"session_id": "session-1", "transcript_lines": ["a"]})
    (restored,) = _start(path)
    assert restored["session_id"] == "session-1"
    assert restored["transcript_lines"] == ["a"]
    assert json.loads(path.read_text())["adapter"]["session_id"] == "session-2"


def test_without_a_snapshot_restore_state_is_not_called(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert _start(path) == []
    path.unlink()
    path.write_text("{}")
    assert _start(path) == []
    assert _warnings(caplog) == []


def test_one_of_another_workspace_is_not_restored(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _saved(path, workspace_id="ws-2")
    assert _start(path) == []
    assert _warnings(caplog) == ["Snapshot not restored: it belongs to another workspace"]


def test_one_that_names_no_workspace_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _saved(path, workspace_id=None)
    assert len(_start(path)) == 1
    assert _warnings(caplog) == []


@pytest.mark.parametrize(
    ("age", "admitted"),
    [
        (timedelta(0), True),
        (timedelta(seconds=50), True),
        (timedelta(seconds=70), False),
        # The clock was set back.
        (timedelta(days=-1), True),
    ],
)
def test_one_older_than_max_age_is_not_restored(
    path: Path, caplog: pytest.LogCaptureFixture, age: timedelta, admitted: bool
) -> None:
    written = datetime.now(UTC) - age
    for text in (written.isoformat(), written.replace(tzinfo=None).isoformat()):
        _saved(path, timestamp=text)
        assert bool(_start(path, max_age=60)) == admitted
    assert len(_warnings(caplog)) == (0 if admitted else 2)
    assert all("and max_age is 60 s" in line for line in _warnings(caplog))


@pytest.mark.parametrize("timestamp", [None, 17, "yesterday", "9999-12-31T23:59:59-23:59"])
def test_one_of_unknown_age_is_too_old_for_any_max_age(
    path: Path, caplog: pytest.LogCaptureFixture, timestamp: Any
) -> None:
    _saved(path, timestamp=timestamp)
    assert _start(path, max_age=60) == []
    assert len(_warnings(caplog)) == 1
    _saved(path, timestamp=timestamp)
    assert len(_start(path)) == 1


@pytest.mark.parametrize("text", ["[1, 2]", '"text"', "17"])
def test_one_that_is_no_object_is_not_restored(
    path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path.write_text(text)
    assert _start(path) == []
    assert _warnings(caplog) == ["Snapshot not restored: it is not an object"]


def test_a_restore_state_that_raises_does_not_keep_the_host_from_booting(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "gh" + "p_" + "A1b2" * 9

    class Broken(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            raise KeyError(f"no\nsuch {secret}")

    _saved(path)
    before = prestop.stats()["restore_failed"]
    with prestop.preserve(Broken(), path=path, checkpoint=None) as session:
        assert session.restored is None
    (line,) = _warnings(caplog)
    assert line.startswith("restore_state failed, the host starts without the snapshot: KeyError: ")
    assert secret not in line
    assert "\n" not in line
    assert prestop.stats()["restore_failed"] == before + 1


class Unprintable:
    def __str__(self) -> str:
        raise SystemExit(4)


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), SystemExit(Unprintable())])
@pytest.mark.parametrize("form", ["sync", "async"])
async def test_an_end_that_restore_state_makes_up_costs_the_restore_and_not_the_start(
    path: Path, caplog: pytest.LogCaptureFixture, error: BaseException, form: str
) -> None:
    class Ending(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            raise error

    _saved(path)
    session = prestop.preserve(Ending(), path=path, checkpoint=None)
    if form == "sync":
        with session:
            assert session.restored is None
    else:
        async with session:
            assert session.restored is None
    (line,) = _warnings(caplog)
    assert line.startswith("restore_state failed, the host starts without the snapshot: ")


def test_the_exit_of_a_signals_handler_ends_the_start_all_the_same(path: Path) -> None:
    def leave(number: int, frame: object) -> None:
        raise SystemExit(9)

    class Signalled(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            signal.raise_signal(signal.SIGUSR1)

    _saved(path)
    before = signal.signal(signal.SIGUSR1, leave)
    try:
        with pytest.raises(SystemExit), prestop.preserve(Signalled(), path=path):
            raise AssertionError("the body is not reached")
    finally:
        signal.signal(signal.SIGUSR1, before)


async def test_a_start_that_is_cancelled_while_it_restores_is_cancelled(path: Path) -> None:
    class Slow:
        async def restore_state(self, snapshot: Any) -> None:
            await asyncio.sleep(60)

    async def start() -> None:
        async with prestop.preserve(Slow(), path=path):
            raise AssertionError("the body is not reached")

    _saved(path)
    task = asyncio.create_task(start())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_an_interrupted_restore_leaves_the_snapshot_and_no_handler(path: Path) -> None:
    class Interrupted(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            raise KeyboardInterrupt

    _saved(path)
    text, handlers = path.read_text(), [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    session = prestop.preserve(Interrupted(), path=path)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), session:
            raise AssertionError("the body is not reached")
    assert path.read_text() == text
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == handlers


# What was not restored is not lost.

TOO_LARGE = 64 * 1024 * 1024 + 1


def _unread(path: Path) -> list[Path]:
    return sorted(path.parent.glob(".snapshot.json.unread-*"))


def test_a_file_that_cannot_be_read_is_moved_before_the_first_save_and_stays_whole(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text("precious")
    os.truncate(path, TOO_LARGE)
    inode = path.stat().st_ino
    with prestop.preserve(Adapter(), path=path, checkpoint=None) as session:
        assert session.restored is None
        # A process that is killed now leaves it to the next start, which may be able to read it.
        assert path.stat().st_ino == inode and _unread(path) == []
    (kept,) = _unread(path)
    assert kept.stat().st_ino == inode and kept.stat().st_size == TOO_LARGE
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["adapter"]["session_id"] == "session-2"
    assert [line for line in _warnings(caplog) if f"is kept as {kept}" in line]
    # Once: what is saved from here on replaces what was saved.
    _start(path)
    assert _unread(path) == [kept]
    prestop.snapshot.purge(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_one_that_may_not_be_read_is_kept(path: Path) -> None:
    path.write_text("precious")
    path.chmod(0)
    _start(path)
    (kept,) = _unread(path)
    kept.chmod(0o600)
    assert kept.read_text() == "precious"


def test_a_link_to_what_cannot_be_read_is_moved_and_leads_where_it_led(path: Path) -> None:
    target = path.with_name("target")
    target.touch()
    os.truncate(target, TOO_LARGE)
    path.symlink_to("target")
    _start(path)
    (kept,) = _unread(path)
    assert kept.readlink() == Path("target") and target.stat().st_size == TOO_LARGE


def test_the_newest_three_that_could_not_be_read_stay(path: Path) -> None:
    for n in range(5):
        path.unlink(missing_ok=True)
        path.write_text(str(n))
        os.truncate(path, TOO_LARGE)
        _start(path)
    assert [file.read_bytes()[:1] for file in _unread(path)] == [b"2", b"3", b"4"]


def test_one_that_cannot_be_moved_is_not_overwritten(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Path, _target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "rename", refuse)
    path.write_text("precious")
    os.truncate(path, TOO_LARGE)
    before = prestop.stats()["save_failed"]
    with prestop.preserve(Adapter(), path=path, checkpoint=0.05):
        time.sleep(0.3)
    assert path.read_bytes()[:8] == b"precious" and path.stat().st_size == TOO_LARGE
    assert prestop.stats()["save_failed"] == before + 1
    said = [line for line in _warnings(caplog) if line.startswith("Nothing is saved: ")]
    # At the first checkpoint and at the stop.
    assert len(said) == 2 and all("Device or resource busy" in line for line in said)


def test_one_whose_successor_cannot_be_written_is_put_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.touch()
    os.truncate(path, TOO_LARGE)
    monkeypatch.setattr(prestop.pre_stop, "write_snapshot", lambda *_: False)
    _start(path)
    assert path.stat().st_size == TOO_LARGE and _unread(path) == []


@pytest.mark.parametrize("other", [{"workspace_id": "ws-2"}, None])
def test_what_is_not_for_this_host_outlives_its_checkpoints(path: Path, other: Any) -> None:
    if other is None:
        path.write_text('["precious"]')
    else:
        _saved(path, adapter={"session_id": "precious"}, **other)
    aside = path.with_name(".snapshot.json.aside")
    for n in range(3):
        if n:
            time.sleep(0.01)
        with prestop.preserve(Adapter(), path=path, checkpoint=None):
            assert aside.exists() == bool(n)
    assert "precious" in aside.read_text()
    assert aside.stat().st_mode & 0o777 == 0o600
    assert "precious" not in path.read_text()


# Three starts without a checkpoint.


def _kill_before_a_checkpoint(path: Path) -> list[Any]:
    with host("starting", path) as starting:
        assert starting.stop(signal.SIGKILL) == -signal.SIGKILL
        return starting.told("restored")


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """A snapshot as the hosts in children/host.py leave it."""
    monkeypatch.delenv("WORKSPACE_ID")
    with host("sync", path) as first:
        first.stop()


@pytest.mark.usefixtures("unnamed")
def test_after_three_killed_starts_it_is_set_aside_and_the_host_starts_fresh(path: Path) -> None:
    counter, aside = path.with_name(".snapshot.json.starts"), path.with_name(".snapshot.json.aside")
    for n in range(1, STARTS + 1):
        assert _kill_before_a_checkpoint(path) == [7]
        record = json.loads(counter.read_text())
        # Nothing but a number and a time, for the owner only.
        assert record == {"starts": n, "written": json.loads(path.read_text())["timestamp"]}
        assert counter.stat().st_mode & 0o777 == 0o600
        assert counter.stat().st_size <= 256
    saved = json.loads(path.read_text())
    with host("starting", path) as fourth:
        fourth.until("ready")
        assert not path.exists()
        assert fourth.log.count("WARNING") == 1
        assert f"Snapshot set aside as {aside}" in fourth.log
        fourth.send(signal.SIGTERM)
        assert fourth.end() == -signal.SIGTERM
    assert fourth.told("restored") == []
    assert json.loads(aside.read_text())["adapter"] == saved["adapter"]
    assert aside.stat().st_mode & 0o777 == 0o600
    assert not counter.exists()
    # The snapshot that it leaves is an ordinary one.
    assert _kill_before_a_checkpoint(path) == [0]


@pytest.mark.usefixtures("unnamed")
def test_a_start_that_reaches_a_checkpoint_is_forgotten(path: Path) -> None:
    for _ in range(STARTS - 1):
        assert _kill_before_a_checkpoint(path) == [7]
    with host("checking", path) as checking:
        assert checking.stop(signal.SIGKILL) == -signal.SIGKILL
    assert checking.told("restored") == [7]
    assert not path.with_name(".snapshot.json.starts").exists()
    for _ in range(STARTS):
        assert len(_kill_before_a_checkpoint(path)) == 1


@pytest.mark.usefixtures("unnamed")
def test_a_start_that_is_stopped_is_forgotten(path: Path) -> None:
    for _ in range(STARTS + 2):
        with host("sync", path) as stopped:
            stopped.stop()
        assert len(stopped.told("restored")) == 1
    assert not path.with_name(".snapshot.json.starts").exists()


@pytest.mark.usefixtures("unnamed")
def test_a_host_that_fails_is_counted_although_it_saves(path: Path) -> None:
    for _ in range(STARTS):
        with host("failing", path) as failing:
            assert failing.end() == 1
        assert len(failing.told("restored")) == 1
    with host("failing", path) as failing:
        assert failing.end() == 1
    assert failing.told("restored") == []


def test_purge_takes_the_counter_and_what_was_set_aside(path: Path) -> None:
    _saved(path)
    for _ in range(STARTS):
        assert Starts(path).begin(json.loads(path.read_text()))
    assert _start(path) == []
    assert Starts(path).begin({})
    left = {entry.name for entry in path.parent.iterdir()}
    assert left >= {"snapshot.json", ".snapshot.json.aside", ".snapshot.json.starts"}
    prestop.snapshot.purge(path)
    assert list(path.parent.iterdir()) == []


def test_one_that_was_judged_bad_is_not_restored_where_it_cannot_be_removed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = prestop.snapshot.delete

    def refuse(target: Any) -> bool:
        # As for a file that is mounted by itself.
        if target == path:
            raise OSError("a mounted file cannot be removed")
        return delete(target)

    monkeypatch.setattr(prestop.snapshot, "delete", refuse)
    _saved(path)
    for _ in range(STARTS):
        assert Starts(path).begin(json.loads(path.read_text()))
    bad = path.read_text()
    for _ in range(STARTS + 2):
        # Each of them is killed before it saves.
        snapshot, _keep = _restore.admitted(Adapter(), path, Starts(path), None)
        assert snapshot is None
        assert path.read_text() == bad
        assert json.loads(path.with_name(".snapshot.json.aside").read_text())["workspace_id"] == "ws-1"
    # One that saves begins anew.
    assert _start(path) == []
    assert not path.with_name(".snapshot.json.starts").exists()
    assert len(_start(path)) == 1


def test_another_snapshot_has_all_its_chances(path: Path) -> None:
    starts = Starts(path)
    for _ in range(STARTS):
        assert starts.begin({"timestamp": "2026-01-01T00:00:00+00:00"})
    assert not starts.begin({"timestamp": "2026-01-01T00:00:00+00:00"})
    # The same moment in another time zone.
    assert not starts.begin({"timestamp": "2026-01-01T01:00:00+01:00"})
    assert starts.begin({"timestamp": "2026-01-02T00:00:00+00:00"})


def test_one_without_a_time_is_counted_too(path: Path) -> None:
    starts = Starts(path)
    assert [starts.begin({"timestamp": "gh" + "p_" + "A1b2" * 9}) for _ in range(4)] == [True] * 3 + [False]
    assert json.loads(starts.path.read_text())["written"] == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=400)
    | st.builds(
        lambda n, at: json.dumps({"starts": n, "written": at}).encode(),
        st.integers() | st.none() | st.booleans() | st.lists(st.integers()),
        st.text() | st.integers(),
    )
)
def test_property_no_content_of_the_counter_keeps_a_host_from_starting(path: Path, content: bytes) -> None:
    starts = Starts(path)
    starts.path.write_bytes(content)
    snapshot = {"timestamp": "2026-01-01T00:00:00+00:00"}
    if starts.begin(snapshot):
        assert json.loads(starts.path.read_text())["starts"] in range(1, STARTS + 1)
    else:
        assert json.loads(content) == {"starts": STARTS, "written": "2026-01-01T00:00:00+00:00"}


def test_the_counter_does_not_follow_links_or_wait_for_anybody(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    starts = Starts(path)
    ways: tuple[Callable[[], object], ...] = (
        lambda: starts.path.symlink_to(victim),
        lambda: starts.path.hardlink_to(victim),
        lambda: os.mkfifo(starts.path),
        starts.path.mkdir,
    )
    for make in ways:
        make()
        assert starts.begin({})
        assert victim.read_text() == "precious"
        if starts.path.is_dir() and not starts.path.is_symlink():
            starts.path.rmdir()
        else:
            starts.path.unlink()


LIMITED = """
import json, logging, pathlib, resource, signal, sys
from prestop._guard import Starts
logging.basicConfig(level=logging.INFO)
# As a host in another language leaves it, or one that has asked for it.
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
print(Starts(pathlib.Path(sys.argv[1])).begin({"timestamp": "2026-01-01T00:00:00+00:00"}))
"""


def test_a_file_size_limit_that_the_counter_exceeds_ends_nothing(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "True\n")
    assert "Starts are not counted" in done.stderr and "File too large" in done.stderr
    assert Starts(path).path.read_bytes() == b""


def test_where_the_counter_cannot_be_written_the_snapshot_is_restored(tmp_path: Path) -> None:
    starts = Starts(tmp_path / "missing" / "snapshot.json")
    assert [starts.begin({}) for _ in range(STARTS + 1)] == [True] * (STARTS + 1)
    starts.settle()
