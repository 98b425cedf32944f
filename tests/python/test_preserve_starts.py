"""A snapshot that was restored in three starts, none of which reached a checkpoint, is set aside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts import host
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from restoring import Adapter, saved, start

import prestop
from prestop import _restore
from prestop._guard import STARTS, Starts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture(autouse=True)
def workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSPACE_ID", "ws-1")


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
    saved(path)
    for _ in range(STARTS):
        assert Starts(path).begin(json.loads(path.read_text()))
    assert start(path) == []
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
    saved(path)
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
    assert start(path) == []
    assert not path.with_name(".snapshot.json.starts").exists()
    assert len(start(path)) == 1


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
