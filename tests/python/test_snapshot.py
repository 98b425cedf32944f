"""`prestop.snapshot`: build, write, read, delete, purge and diff."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from secrets_at_run_time import SHAPES

import prestop
from prestop import SnapshotError, _core, lines, snapshot

STATE = {"workspace_id": "w1", "adapter": {"session_id": "s-1", "transcript_lines": ["one", "two"]}}


def files(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def test_build_has_the_fields_in_their_order() -> None:
    adapter = object()
    built = snapshot.build(
        workspace_id="w",
        adapter=adapter,
        current_task="t",
        active_tasks=2,
        uptime_seconds=5,
        session_id="s",
        now=0,
    )
    assert list(built.items()) == [
        ("workspace_id", "w"),
        ("timestamp", "1970-01-01T00:00:00+00:00"),
        ("current_task", "t"),
        ("active_tasks", 2),
        ("uptime_seconds", 5),
        ("session_id", "s"),
        ("adapter", adapter),
    ]


def test_build_leaves_out_what_is_not_known_and_never_counts_below_zero() -> None:
    built = snapshot.build(workspace_id="w", adapter=None)
    assert "uptime_seconds" not in built and "session_id" not in built
    assert snapshot.build(workspace_id="w", adapter=None, uptime_seconds=-9)["uptime_seconds"] == 0


def test_a_write_reports_what_it_did(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    report = snapshot.write({"note": f"it is {SHAPES['github']}", "lines": ["tool=run_code x"]}, target)
    assert isinstance(report, prestop.WriteReport)
    assert os.fspath(report.path) == str(target)
    assert report.bytes == target.stat().st_size
    assert report.redactions == {"GITHUB_PAT": 1}
    assert report.dropped == 1
    assert report.durability == "durable"
    assert report.atomic is True


@pytest.mark.parametrize("path", [str, Path, os.fsencode])
def test_text_bytes_and_path_objects_name_a_file(tmp_path: Path, path: Callable[[str], Any]) -> None:
    target = path(str(tmp_path / "s.json"))
    snapshot.write(STATE, target)
    restored = snapshot.read(target)
    assert restored is not None and restored.snapshot["workspace_id"] == "w1"
    assert snapshot.delete(target) is True


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_files_are_0600_and_new_directories_0700_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    target = tmp_path / "a" / "b" / "s.json"
    before = os.umask(umask)
    try:
        snapshot.write(STATE, target)
        snapshot.write({**STATE, "n": 2}, target)
    finally:
        os.umask(before)
    for directory in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for file in target.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_the_file_is_plain_json_and_the_one_before_it_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write({"n": 1}, target)
    snapshot.write({"n": 2}, target)
    assert json.loads(target.read_text()) == {"n": 2}
    assert json.loads((tmp_path / ".s.json.prev").read_text()) == {"n": 1}
    assert len(files(tmp_path)) == 2


def test_reading_says_where_it_is_from_and_whether_it_is_what_was_written(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write(STATE, target)
    restored = snapshot.read(target)
    assert isinstance(restored, prestop.Restored)
    assert restored.source == "current"
    assert restored.verified in (True, None)  # None on file systems without attributes
    assert repr(restored) == f'Restored(source="current", verified={restored.verified})'


def test_what_is_reported_is_written_as_python_writes_it(tmp_path: Path) -> None:
    report = snapshot.write({"password": "hunter2"}, tmp_path / "s.json")
    assert "redactions={" in repr(report) and repr(report).endswith(f", atomic={report.atomic})")
    appended = lines.append({"password": "hunter2"}, tmp_path / "l.jsonl")
    assert repr(appended).endswith(
        f", durability={json.dumps(appended.durability)}, repaired=False, rotated=False)"
    )
    assert report.locked and appended.locked
    reading = _core.read(str(tmp_path / "s.json"), prestop.Scrubber())
    assert not reading.repaired
    said = f"Reading(restored={reading.restored!r}, corrupt=False, quarantined=None)"
    assert repr(reading) == said
    assert repr(_core.read(str(tmp_path / "none.json"), prestop.Scrubber())).startswith(
        "Reading(restored=None,"
    )


def test_session_and_transcript_also_appear_at_the_top(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write(STATE, target)
    restored = snapshot.read(target)
    assert restored is not None
    assert restored.snapshot["session_id"] == "s-1"
    assert restored.snapshot["transcript_lines"] == ["one", "two"]
    assert restored.snapshot["adapter"] == STATE["adapter"]
    assert "session_id" not in json.loads(target.read_text())


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert snapshot.read(tmp_path / "none.json") is None
    assert snapshot.read(tmp_path / "nowhere" / "none.json") is None
    assert snapshot.delete(tmp_path / "none.json") is False
    assert snapshot.purge(tmp_path / "none.json") == 0


def test_a_damaged_file_is_set_aside_and_the_one_before_it_used(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write({"n": 1}, target)
    snapshot.write({"n": 2}, target)
    target.write_text('{"n": ')
    restored = snapshot.read(target)
    assert restored is not None
    assert restored.source == "previous"
    assert restored.snapshot == {"n": 1}
    again = snapshot.read(target)
    assert again is not None and again.snapshot == {"n": 1}


def test_what_cannot_be_read_is_an_error_and_not_none(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError):
        snapshot.read(tmp_path)


def test_purge_takes_everything_of_ours_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    (tmp_path / "other.json").write_text("{}")
    snapshot.write({"n": 1}, target)
    snapshot.write({"n": 2}, target)
    target.write_text('{"n": ')
    snapshot.read(target)
    assert snapshot.purge(target) >= 2
    assert set(files(tmp_path)) == {"other.json"}


def test_a_link_is_replaced_unless_told_otherwise(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link.json"
    victim.write_text("untouched")
    link.symlink_to(victim)
    snapshot.write(STATE, link)
    assert victim.read_text() == "untouched" and not link.is_symlink()
    link.unlink()
    link.symlink_to(victim)
    snapshot.write(STATE, link, follow_symlink=True)
    assert link.is_symlink() and json.loads(victim.read_text())["workspace_id"] == "w1"


def test_a_failed_write_is_an_oserror_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write({"n": 1}, target)
    before = files(tmp_path)
    with (
        patch("builtins.open", side_effect=OSError(errno.ENOSPC, "no space")),
        pytest.raises(SnapshotError) as raised,
    ):
        snapshot.write({"n": 2}, target)
    assert isinstance(raised.value, OSError)
    assert raised.value.errno == errno.ENOSPC
    assert files(tmp_path) == before


def test_an_error_of_the_system_is_said_once_and_names_the_path_as_a_string(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "s.json")
    with pytest.raises(NotADirectoryError) as usual:
        os.mkdir(path)
    with pytest.raises(SnapshotError) as raised:
        snapshot.write({}, path)
    assert raised.value.errno == usual.value.errno and isinstance(raised.value.filename, str)
    assert str(raised.value.strerror).endswith(f": {usual.value.strerror}")
    assert str(raised.value).count(raised.value.filename) == 1 and "os error" not in str(raised.value)


def test_a_file_of_another_name_or_content_is_refused_and_untouched(tmp_path: Path) -> None:
    target, other = tmp_path / "s.json", tmp_path / "other"
    other.write_text("precious")
    really = open

    def elsewhere(*_: Any, **__: Any) -> Any:
        return really(other, "rb")

    with patch("builtins.open", elsewhere), pytest.raises(SnapshotError):
        snapshot.write(STATE, target)
    assert files(tmp_path) == {"other": b"precious"}


def test_what_an_audit_hook_raises_is_the_write_s_failure(tmp_path: Path) -> None:
    # Audit hooks stay installed for the life of a process, so this one runs in a process of its own.
    program = f"""
import sys
from prestop import snapshot
seen = []
def hook(event, arguments):
    if event == "open" and ".s.json." in str(arguments[0]):
        seen.append(arguments)
        if len(seen) > 2:
            raise RuntimeError("not allowed")
sys.addaudithook(hook)
snapshot.write({{"n": 1}}, {str(tmp_path / "s.json")!r})
assert seen, "the hook did not see the file"
seen.extend([None] * 3)
try:
    snapshot.write({{"n": 2}}, {str(tmp_path / "s.json")!r})
except RuntimeError:
    pass
else:
    raise SystemExit("the hook was not heard")
assert snapshot.read({str(tmp_path / "s.json")!r}).snapshot == {{"n": 1}}
"""
    import subprocess

    subprocess.run([sys.executable, "-c", program], check=True)
    assert set(files(tmp_path)) == {"s.json"}


def test_what_a_host_prints_that_closed_its_output_is_not_in_the_file(tmp_path: Path) -> None:
    # The lowest free descriptor is standard output's, and another thread prints all the time.
    program = f"""
import json, os, threading
from prestop import lines, snapshot
said = os.dup2(os.dup(2), 50)
os.closerange(0, 3)
def host():
    while True:
        for descriptor in (1, 2):
            try:
                os.write(descriptor, b"tick")
            except OSError:
                pass
threading.Thread(target=host, daemon=True).start()
target, results = {str(tmp_path / "s.json")!r}, {str(tmp_path / "r.jsonl")!r}
try:
    for number in range(60):
        try:
            snapshot.write({{"n": number, "text": ["a b"] * 2000}}, target)
            assert json.load(open(target))["n"] == number
            lines.append({{"n": number}}, results)
            assert json.loads(open(results).read().splitlines()[-1]) == {{"n": number}}
        except OSError as error:
            # Printed into the new file before its descriptor was moved: nothing is acknowledged.
            assert "empty regular file" in str(error), error
except BaseException as error:
    os.write(50, repr(error).encode())
    os._exit(1)
os._exit(0)
"""
    import subprocess

    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert set(files(tmp_path)) == {".s.json.prev", "s.json", "r.jsonl"}


@pytest.mark.parametrize("deadline", [-1.0, float("nan"), float("inf")])
def test_a_deadline_that_is_no_time_is_a_value_error_that_names_it(tmp_path: Path, deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline"):
        snapshot.write(STATE, tmp_path / "s.json", deadline=deadline)


def test_a_deadline_that_has_passed_is_an_error_with_the_old_one_intact(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    snapshot.write({"n": 1}, target)
    before = files(tmp_path)
    with pytest.raises(SnapshotError):
        snapshot.write({"n": 2}, target, deadline=0.0)
    assert files(tmp_path) == before


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(value=st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_what_is_written_is_read_back(tmp_path: Path, value: dict[str, Any]) -> None:
    target = tmp_path / "s.json"
    plain = prestop.Scrubber()
    snapshot.write(value, target, scrubber=plain)
    restored = snapshot.read(target)
    assert restored is not None
    promoted = {key: restored.snapshot[key] for key in value if key in restored.snapshot}
    if plain.scrub(value) is value:
        assert promoted == value


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "z": 0}, {"a": 2, "z": 1}, ["a", "z"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c"]),
        ({"a": {"b": 1}}, {"a": 1}, ["a", "a.b"]),
        ({"a": None}, {}, ["a"]),
        ({}, {"a": {"b": 1}}, ["a.b"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["a"]),
        ({"a.b": 1}, {"a": {"b": 1}}, ['"a.b"', "a.b"]),
        ({"": 1}, {}, ['""']),
        ({"a": {(): 0}.keys()}, {}, ["a"]),
    ],
)
def test_diff_names_the_fields_that_differ(
    before: dict[str, Any], after: dict[str, Any], names: list[str]
) -> None:
    assert snapshot.diff(before, after) == names


def test_diff_of_what_cannot_be_compared_raises_as_it_says() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    deeper = deep
    for _ in range(100_000):
        deeper = [deeper]
    for value in (cycle, deep, deeper):
        with pytest.raises(ValueError):
            snapshot.diff({"a": value}, {})
    with pytest.raises(TypeError):
        snapshot.diff({(1, 2): 3}, {})


@pytest.mark.parametrize("now", [1763800000000, -1e14, 1e300, float("nan"), float("inf")])
def test_build_refuses_a_time_that_is_none(now: float) -> None:
    with pytest.raises(ValueError, match="now"):
        snapshot.build(workspace_id="w", adapter={}, now=now)


@pytest.mark.parametrize("failing", ["fstat", "close"])
def test_a_file_that_cannot_be_said_or_closed_is_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    target = tmp_path / "s.json"
    snapshot.write({"n": 1}, target)
    if failing == "fstat":
        monkeypatch.setattr(os, "fstat", _refuse)
    else:
        real = open

        class Unclosable:
            def __init__(self, *arguments: Any, **options: Any) -> None:
                self.file = real(*arguments, **options)

            def __enter__(self) -> Any:
                return self.file

            def __exit__(self, *_: object) -> None:
                self.file.close()
                _refuse()

        monkeypatch.setattr("builtins.open", Unclosable)
    with pytest.raises(SnapshotError):
        snapshot.write({"n": 2}, target)
    monkeypatch.undo()
    assert set(files(tmp_path)) == {"s.json"}
    restored = snapshot.read(target)
    assert restored is not None and restored.snapshot == {"n": 1}


def _refuse(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_long_name_has_the_same_files_beside_it_for_everyone(tmp_path: Path) -> None:
    from prestop._guard import Starts

    target = tmp_path / ("s" * 231)
    snapshot.write({"n": 1}, target)
    snapshot.write({"n": 2}, target)
    starts = Starts(target)
    assert starts.begin({"timestamp": "2026-01-01T00:00:00+00:00"}) and starts.path.exists()
    assert len(files(tmp_path)) == 3
    assert snapshot.purge(target) == 3 and not files(tmp_path)


@pytest.mark.parametrize(
    "value",
    [
        {"x": list(range(200_000)), "transcript_lines": ["a"]},
        {"x": dict.fromkeys(range(100000), True)},
        {number: number for number in range(100_000)},
    ],
    ids=["list", "dict", "members"],
)
def test_without_time_ids_and_the_newest_lines_are_written(tmp_path: Path, value: dict[Any, Any]) -> None:
    target = tmp_path / "s.json"
    value = {**value, "transcript_lines": ["old", "new"]}
    report = snapshot.write(
        {"workspace_id": "w-1", "session_id": "s-1", "current_task": "t", "adapter": value},
        target,
        deadline=0.001,
    )
    assert report.dropped + sum(report.redactions.values()) > 0
    restored = snapshot.read(target)
    assert restored is not None
    said = restored.snapshot
    assert (said["workspace_id"], said["session_id"], said["current_task"]) == ("w-1", "s-1", "t")
    assert said["adapter"]["transcript_lines"] == ["old", "new"]


def test_what_is_cut_is_counted(tmp_path: Path) -> None:
    target = tmp_path / "s.json"
    report = snapshot.write({"session_id": "s-1", "long": "plain words " * (6 << 20)}, target, deadline=60.0)
    assert report.redactions == {"TRUNCATED": 1}
    assert report.bytes == target.stat().st_size <= 64 << 20
    restored = snapshot.read(target)
    assert restored is not None and restored.snapshot["session_id"] == "s-1"
    assert restored.snapshot["long"].endswith("[REDACTED:TRUNCATED]")
