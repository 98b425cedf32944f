"""When `preserve` restores a snapshot, and what it does with one that stops its host."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from restoring import Adapter, saved, start, warnings
from secrets_at_run_time import SHAPES, letters
from waiting import until

import prestop


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture(autouse=True)
def workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSPACE_ID", "ws-1")


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
    start(path)
    (restored,) = start(path)
    assert restored["session_id"] == "session-2"
    monkeypatch.setenv("WORKSPACE_ID", "ws-2")
    assert start(path) == []


def test_a_snapshot_is_restored_with_what_stood_under_the_adapter_at_the_top(path: Path) -> None:
    saved(path, adapter={"session_id": "session-1", "transcript_lines": ["a"]})
    (restored,) = start(path)
    assert restored["session_id"] == "session-1"
    assert restored["transcript_lines"] == ["a"]
    assert json.loads(path.read_text())["adapter"]["session_id"] == "session-2"


def test_without_a_snapshot_restore_state_is_not_called(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert start(path) == []
    path.unlink()
    path.write_text("{}")
    assert start(path) == []
    assert warnings(caplog) == []


def test_one_of_another_workspace_is_not_restored(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved(path, workspace_id="ws-2")
    assert start(path) == []
    assert warnings(caplog) == ["Snapshot not restored: it belongs to another workspace"]


def test_one_that_names_no_workspace_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved(path, workspace_id=None)
    assert len(start(path)) == 1
    assert warnings(caplog) == []


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
        saved(path, timestamp=text)
        assert bool(start(path, max_age=60)) == admitted
    assert len(warnings(caplog)) == (0 if admitted else 2)
    assert all("and max_age is 60 s" in line for line in warnings(caplog))


@pytest.mark.parametrize("timestamp", [None, 17, "yesterday", "9999-12-31T23:59:59-23:59"])
def test_one_of_unknown_age_is_too_old_for_any_max_age(
    path: Path, caplog: pytest.LogCaptureFixture, timestamp: Any
) -> None:
    saved(path, timestamp=timestamp)
    assert start(path, max_age=60) == []
    assert len(warnings(caplog)) == 1
    saved(path, timestamp=timestamp)
    assert len(start(path)) == 1


@pytest.mark.parametrize("text", ["[1, 2]", '"text"', "17"])
def test_one_that_is_no_object_is_not_restored(
    path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path.write_text(text)
    assert start(path) == []
    assert warnings(caplog) == ["Snapshot not restored: it is not an object"]


def test_a_restore_state_that_raises_does_not_keep_the_host_from_booting(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "gh" + "p_" + "A1b2" * 9

    class Broken(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            raise KeyError(f"no\nsuch {secret}")

    saved(path)
    before = prestop.stats()["restore_failed"]
    with prestop.preserve(Broken(), path=path, checkpoint=None) as session:
        assert session.restored is None
    (line,) = warnings(caplog)
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

    saved(path)
    session = prestop.preserve(Ending(), path=path, checkpoint=None)
    if form == "sync":
        with session:
            assert session.restored is None
    else:
        async with session:
            assert session.restored is None
    (line,) = warnings(caplog)
    assert line.startswith("restore_state failed, the host starts without the snapshot: ")


def test_the_exit_of_a_signals_handler_ends_the_start_all_the_same(path: Path) -> None:
    def leave(number: int, frame: object) -> None:
        raise SystemExit(9)

    class Signalled(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            signal.raise_signal(signal.SIGUSR1)

    saved(path)
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

    saved(path)
    task = asyncio.create_task(start())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_an_interrupted_restore_leaves_the_snapshot_and_no_handler(path: Path) -> None:
    class Interrupted(Adapter):
        def restore_state(self, snapshot: Any) -> None:
            raise KeyboardInterrupt

    saved(path)
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
    assert [line for line in warnings(caplog) if f"is kept as {kept}" in line]
    # Once: what is saved from here on replaces what was saved.
    start(path)
    assert _unread(path) == [kept]
    prestop.snapshot.purge(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_one_that_may_not_be_read_is_kept(path: Path) -> None:
    path.write_text("precious")
    path.chmod(0)
    start(path)
    (kept,) = _unread(path)
    kept.chmod(0o600)
    assert kept.read_text() == "precious"


def test_a_link_to_what_cannot_be_read_is_moved_and_leads_where_it_led(path: Path) -> None:
    target = path.with_name("target")
    target.touch()
    os.truncate(target, TOO_LARGE)
    path.symlink_to("target")
    start(path)
    (kept,) = _unread(path)
    assert kept.readlink() == Path("target") and target.stat().st_size == TOO_LARGE


def test_the_newest_three_that_could_not_be_read_stay(path: Path) -> None:
    for n in range(5):
        path.unlink(missing_ok=True)
        path.write_text(str(n))
        os.truncate(path, TOO_LARGE)
        start(path)
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
        until(lambda: any(line.startswith("Nothing is saved: ") for line in warnings(caplog)))
    assert path.read_bytes()[:8] == b"precious" and path.stat().st_size == TOO_LARGE
    assert prestop.stats()["save_failed"] == before + 1
    said = [line for line in warnings(caplog) if line.startswith("Nothing is saved: ")]
    # At the first checkpoint and at the stop.
    assert len(said) == 2 and all("Device or resource busy" in line for line in said)


def test_one_whose_successor_cannot_be_written_is_put_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.touch()
    os.truncate(path, TOO_LARGE)
    monkeypatch.setattr(prestop.pre_stop, "write_snapshot", lambda *_: False)
    start(path)
    assert path.stat().st_size == TOO_LARGE and _unread(path) == []


@pytest.mark.parametrize("other", [{"workspace_id": "ws-2"}, None])
def test_what_is_not_for_this_host_outlives_its_checkpoints(path: Path, other: Any) -> None:
    if other is None:
        path.write_text('["precious"]')
    else:
        saved(path, adapter={"session_id": "precious"}, **other)
    aside = path.with_name(".snapshot.json.aside")
    for n in range(3):
        if n:
            time.sleep(0.01)
        with prestop.preserve(Adapter(), path=path, checkpoint=None):
            assert aside.exists() == bool(n)
    assert "precious" in aside.read_text()
    assert aside.stat().st_mode & 0o777 == 0o600
    assert "precious" not in path.read_text()
