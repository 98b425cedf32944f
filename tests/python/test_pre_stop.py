"""`prestop.pre_stop`: every sentence of its contract, by example, and the improvements on it."""

from __future__ import annotations

import collections
import json
import logging
import math
import os
import stat
import subprocess
import sys
import tempfile
import time
import types
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from secrets_at_run_time import GITHUB, SHAPES, letters

import lib.pre_stop
import prestop.pre_stop
from prestop import pre_stop
from prestop.pre_stop import build_snapshot, delete_snapshot, read_snapshot, write_snapshot


class Heartbeat:
    """The attributes of the host's heartbeat loop."""

    def __init__(self, **fields: Any) -> None:
        self.current_task = "a task"
        self.active_tasks = 3
        self.start_time = time.time() - 90
        self.__dict__.update(fields)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def stored(snapshot: Any, target: Path) -> Any:
    assert write_snapshot(snapshot, target) is True
    return json.loads(target.read_text())


# --- names


def test_the_old_name_is_the_same_module() -> None:
    assert lib.pre_stop is prestop.pre_stop
    with patch("lib.pre_stop.MAX_TRANSCRIPT_LINES", 7):
        assert prestop.pre_stop.MAX_TRANSCRIPT_LINES == 7


def test_the_names_of_the_replaced_module_are_there() -> None:
    from lib.pre_stop import DEFAULT_SNAPSHOT_PATH, MAX_TRANSCRIPT_LINES, logger, scrub_snapshot
    from lib.snapshot_scrub import scrub_snapshot as theirs

    assert isinstance(DEFAULT_SNAPSHOT_PATH, str)
    assert MAX_TRANSCRIPT_LINES == 200
    assert logger.name == "lib.pre_stop"
    assert scrub_snapshot is theirs


@pytest.mark.parametrize(
    ("value", "path"), [(None, "/configs/.agent_snapshot.json"), ("/x/y.json", "/x/y.json")]
)
def test_the_default_path_is_read_at_import(value: str | None, path: str) -> None:
    environ = {name: text for name, text in os.environ.items() if name != "AGENT_SNAPSHOT_PATH"}
    if value is not None:
        environ["AGENT_SNAPSHOT_PATH"] = value
    program = "import lib.pre_stop as p, os; os.environ['AGENT_SNAPSHOT_PATH'] = '/late'; print(p.DEFAULT_SNAPSHOT_PATH)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == path


def test_a_module_that_is_dropped_and_imported_again_reads_the_environment_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pre_stop, "DEFAULT_SNAPSHOT_PATH", pre_stop.DEFAULT_SNAPSHOT_PATH)
    monkeypatch.setenv("AGENT_SNAPSHOT_PATH", "/again.json")
    monkeypatch.delitem(sys.modules, "lib.pre_stop")
    import lib.pre_stop as again

    assert again is pre_stop
    assert again.DEFAULT_SNAPSHOT_PATH == "/again.json"


@pytest.mark.parametrize("path", [None, ""])
def test_no_path_is_the_default_path(path: str | None, target: Path) -> None:
    with patch("lib.pre_stop.DEFAULT_SNAPSHOT_PATH", str(target)):
        assert write_snapshot({"n": 1}, path) is True
        assert read_snapshot(path) == {"n": 1}
        delete_snapshot(path)
    assert not target.exists()


# --- build


def test_a_snapshot_with_a_heartbeat_has_its_fields_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSPACE_ID", "w1")
    state: dict[str, Any] = {}
    built = build_snapshot(Heartbeat(_session_id="s1"), state)
    assert list(built) == [
        "workspace_id",
        "timestamp",
        "current_task",
        "active_tasks",
        "uptime_seconds",
        "session_id",
        "adapter",
    ]
    assert built["workspace_id"] == "w1"
    assert (built["current_task"], built["active_tasks"], built["session_id"]) == ("a task", 3, "s1")
    assert 90 <= built["uptime_seconds"] <= 92
    assert built["adapter"] is state
    moment = datetime.fromisoformat(built["timestamp"])
    assert built["timestamp"].endswith("+00:00")
    assert abs(datetime.now(moment.tzinfo) - moment) < timedelta(minutes=1)


def test_a_snapshot_without_a_heartbeat_has_neither_session_nor_uptime() -> None:
    state = {"session_id": "s"}
    built = build_snapshot(None, state)
    assert list(built) == ["workspace_id", "timestamp", "current_task", "active_tasks", "adapter"]
    assert (built["current_task"], built["active_tasks"]) == ("", 0)


@pytest.mark.parametrize(("value", "workspace"), [(None, "unknown"), ("", ""), ("w", "w")])
def test_the_workspace_is_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str | None, workspace: str
) -> None:
    monkeypatch.delenv("WORKSPACE_ID", raising=False)
    if value is not None:
        monkeypatch.setenv("WORKSPACE_ID", value)
    assert build_snapshot(None, {})["workspace_id"] == workspace


def test_the_adapter_s_session_goes_before_the_heartbeat_s() -> None:
    assert "session_id" not in build_snapshot(Heartbeat(_session_id="h"), {"session_id": "a"})
    assert build_snapshot(Heartbeat(_session_id="h"), {"session_id": ""})["session_id"] == "h"
    assert build_snapshot(Heartbeat(_session_id=None), {})["session_id"] == ""
    assert build_snapshot(Heartbeat(), {})["session_id"] == ""


def test_tasks_are_taken_as_they_are_but_never_none() -> None:
    tasks = object()
    built = build_snapshot(Heartbeat(current_task=None, active_tasks=tasks), {})
    assert built["current_task"] == ""
    assert built["active_tasks"] is tasks


def test_uptime_is_there_only_with_a_start_time_and_never_negative() -> None:
    without = Heartbeat()
    del without.start_time
    assert "uptime_seconds" not in build_snapshot(without, {})
    assert build_snapshot(Heartbeat(start_time=time.time() + 999), {})["uptime_seconds"] == 0


@pytest.mark.parametrize("state", [None, [], "text"])
def test_a_state_that_is_no_mapping_is_an_attribute_error_with_a_heartbeat(state: Any) -> None:
    with pytest.raises(AttributeError):
        build_snapshot(Heartbeat(), state)
    assert build_snapshot(None, state)["adapter"] is state


def test_a_bad_start_time_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        build_snapshot(Heartbeat(start_time="soon"), {})


def test_a_missing_current_task_is_an_attribute_error() -> None:
    without = Heartbeat()
    del without.current_task
    with pytest.raises(AttributeError):
        build_snapshot(without, {})


# --- write


def test_a_snapshot_is_written_as_indented_json_without_a_last_line_break(target: Path) -> None:
    assert write_snapshot({"b": 1, "a": [1]}, str(target)) is True
    assert target.read_text() == '{\n  "b": 1,\n  "a": [\n    1\n  ]\n}'


def test_the_written_line_says_what_was_written(target: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lib.pre_stop")
    snapshot = {"workspace_id": "w1", "current_task": "it's", "adapter": {"transcript_lines": ["a", "b"]}}
    assert write_snapshot(snapshot, target) is True
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("lib.pre_stop", "INFO")
    expected = f'Pre-stop snapshot written: {target} (workspace=w1, task="it\'s", lines=2)'
    assert record.getMessage() == expected


def test_the_written_line_ends_with_the_redactions_by_label(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="lib.pre_stop")
    lines = [f"one {SHAPES['github']}", f"two {SHAPES['github']}", f"three {SHAPES['gitlab']}"]
    assert write_snapshot({"adapter": {"transcript_lines": lines}}, target) is True
    report = pre_stop.last_report
    assert report is not None and sum(report.redactions.values()) == 3
    for label, count in report.redactions.items():
        assert f"{label}={count}" in caplog.records[0].getMessage().partition("lines=3)")[2]


@pytest.mark.parametrize(
    "snapshot",
    [
        {},
        {"adapter": None},
        {"adapter": ["x"]},
        {"adapter": {"transcript_lines": None}},
        {"adapter": {"transcript_lines": 5}},
        [],
        ["list"],
        "text",
        5,
        None,
    ],
)
def test_an_odd_shape_is_written_and_gives_true(
    snapshot: Any, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="lib.pre_stop")
    assert write_snapshot(snapshot, target) is True
    assert json.loads(target.read_text()) == snapshot
    assert (
        caplog.records[0].getMessage()
        == f"Pre-stop snapshot written: {target} (workspace=?, task='', lines=0)"
    )


def test_no_secret_and_no_line_break_reaches_the_log(target: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    snapshot = {"workspace_id": f"w\n{GITHUB}", "current_task": f"push with {GITHUB}\nERROR forged"}
    assert write_snapshot(snapshot, target) is True
    with patch("builtins.open", side_effect=OSError(f"refused {GITHUB}\nERROR forged")):
        assert write_snapshot(snapshot, target) is False
    for record in caplog.records:
        assert GITHUB not in record.getMessage()
        assert "\n" not in record.getMessage()


def test_no_secret_and_no_line_break_of_a_path_reaches_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = letters(20, 77)
    monkeypatch.setenv("DB_PASSWORD", secret)
    place = tmp_path / f"a\nb {secret}"
    for path in (place / "snapshot.json", tmp_path / "file" / secret):
        write_snapshot({"n": 1}, path)
        (tmp_path / "file").touch()
        read_snapshot(path)
        delete_snapshot(path)
    write_snapshot({"n": 1}, place / "snapshot.json")
    (place / "snapshot.json").write_text("{")
    read_snapshot(place / "snapshot.json")
    write_snapshot({"n": 1}, place)
    assert len(caplog.records) >= 7
    for record in caplog.records:
        assert secret not in record.getMessage()
        assert "\n" not in record.getMessage()


def test_a_failed_write_is_false_and_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "fake.json"
    with patch("builtins.open", side_effect=OSError("disk full")):
        assert write_snapshot({"n": 1}, str(path)) is False
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("lib.pre_stop", "WARNING")
    assert record.getMessage().startswith(f"Pre-stop snapshot write failed ({path}): ")
    assert "disk full" in record.getMessage()
    assert pre_stop.last_report is None
    assert not path.exists()


@pytest.mark.parametrize("error", [RuntimeError("x"), ValueError("x"), MemoryError(), RecursionError()])
def test_no_exception_leaves_a_write(error: Exception, target: Path) -> None:
    with patch("builtins.open", side_effect=error):
        assert write_snapshot({"n": 1}, target) is False
    assert list(target.parent.iterdir()) == []


def test_what_is_no_exception_leaves_a_write(target: Path) -> None:
    with patch("builtins.open", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        write_snapshot({"n": 1}, target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("path", ["nul\0byte", "/", "/proc/nothing/here.json", 5.5, ["x"]])
def test_no_path_makes_a_write_raise(path: Any) -> None:
    assert write_snapshot({"n": 1}, path) is False


def test_the_last_report_says_what_was_done(target: Path) -> None:
    assert write_snapshot({"note": f"push with {GITHUB}"}, target) is True
    report = pre_stop.last_report
    assert report is not None
    assert report.durability == "durable"
    assert report.redactions == {"GITHUB_PAT": 1}


def test_parents_are_made_and_everything_is_private(tmp_path: Path) -> None:
    target = tmp_path / "configs" / "deep" / "snapshot.json"
    before = os.umask(0o022)
    try:
        assert write_snapshot({"n": 1}, target) is True
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700


# --- the table of what went wrong on the disk, row by row


def test_what_was_saved_is_restored(target: Path) -> None:
    state = {"session_id": "sess-1", "transcript_lines": ["one", "two"]}
    assert write_snapshot(build_snapshot(Heartbeat(), state), target) is True
    restored = read_snapshot(target)
    assert restored["session_id"] == "sess-1"
    assert restored["transcript_lines"] == ["one", "two"]
    assert restored["adapter"] == state


class Point(NamedTuple):
    note: str


class Speaking:
    def __str__(self) -> str:
        return f"I know {GITHUB}"


SECRET_SHAPES = {
    "tuple": (f"x {GITHUB}",),
    "namedtuple": Point(f"x {GITHUB}"),
    "set": {f"x {GITHUB}"},
    "bytes": f"x {GITHUB}".encode(),
    "bytearray": bytearray(f"x {GITHUB}".encode()),
    "deque": collections.deque([f"x {GITHUB}"]),
    "mappingproxy": types.MappingProxyType({"k": f"x {GITHUB}"}),
    "path": Path(f"/x/{GITHUB}/y"),
    "exception": ValueError(f"x {GITHUB}"),
    "object": Speaking(),
    "key": {f"x {GITHUB}": 1},
    "nested": {"a": [({"b": (f"x {GITHUB}",)},)]},
}


@pytest.mark.parametrize("shape", SECRET_SHAPES)
def test_a_secret_in_any_object_is_scrubbed(shape: str, target: Path) -> None:
    assert write_snapshot({"adapter": {"value": SECRET_SHAPES[shape]}}, target) is True
    text = target.read_text()
    assert GITHUB not in text
    assert "[REDACTED:GITHUB_PAT]" in text


def test_a_sensitive_key_redacts_whatever_it_holds(target: Path) -> None:
    text = json.dumps(stored({"api_key": "hunter2-plain", "password": ["also"]}, target))
    assert "hunter2" not in text and "also" not in text


def test_sandbox_content_is_dropped_wherever_it_stands(target: Path) -> None:
    marked = "x tool=run_code y"
    document = stored(
        {
            "adapter": {
                "list": ["keep", marked],
                "tuple": ("keep", marked),
                "alone": marked,
                "entries": [{"source": "sandbox", "text": "x"}, {"text": "keep"}],
            }
        },
        target,
    )["adapter"]
    assert document["list"] == ["keep"]
    assert document["tuple"] == ["keep"]
    assert document["alone"] == "[REDACTED:SANDBOX]"
    assert document["entries"] == [{"text": "keep"}]


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "value", [{(1, 2): 3}, {b"k": 1}, Broken(), 10**5000], ids=["tuple key", "bytes key", "str", "int"]
)
def test_what_broke_the_file_is_written(value: Any, target: Path) -> None:
    assert write_snapshot({"n": 1}, target) is True
    assert stored({"n": 2, "value": value}, target)["n"] == 2


def test_cycles_and_depth_have_a_placeholder(target: Path) -> None:
    around: dict[str, Any] = {"n": 1}
    around["self"] = around
    deep: Any = "end"
    for _ in range(2000):
        deep = [deep]
    text = json.dumps(stored({"around": around, "deep": deep}, target))
    assert "[REDACTED:CYCLE]" in text and "[REDACTED:DEPTH]" in text


def test_a_link_is_replaced_and_its_victim_untouched(target: Path) -> None:
    victim = target.with_name("victim")
    victim.write_text("precious")
    target.symlink_to(victim)
    assert write_snapshot({"n": 1}, target) is True
    assert victim.read_text() == "precious"


def test_equal_keys_stay_two_entries(target: Path) -> None:
    document = stored({"adapter": {1: "a", "1": "b"}}, target)["adapter"]
    assert sorted(document.values()) == ["a", "b"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_is_null(number: float, target: Path) -> None:
    assert stored({"n": number}, target) == {"n": None}


def test_ids_stay_so_that_a_snapshot_names_its_session(target: Path) -> None:
    long = letters(48)
    document = stored({"workspace_id": long, "session_id": long, "adapter": {"session_id": long}}, target)
    assert (document["workspace_id"], document["session_id"]) == (long, long)
    assert read_snapshot(target)["adapter"]["session_id"] == long


def test_lone_surrogates_and_control_characters_survive(target: Path) -> None:
    text = "a\ud800b\x00c\x1b[31m\r\n"
    assert write_snapshot({"adapter": {"t": text}}, target) is True
    assert read_snapshot(target)["adapter"]["t"] == text


# --- scrubbing values


def test_scrub_value_scrubs_text_and_returns_what_is_clean_as_it_is() -> None:
    clean = {"a": ["b", 1, None]}
    assert pre_stop._scrub_value(clean) is clean
    assert GITHUB not in pre_stop._scrub_value(f"x {GITHUB}")
    assert pre_stop._scrub_value(["keep", "tool=run_code"]) == ["keep"]
    ordered = collections.OrderedDict(a=f"x {GITHUB}")
    assert type(pre_stop._scrub_value(ordered)) is dict


def test_a_place_that_keeps_nothing_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        pytest.skip("there is no file system in memory")
    monkeypatch.setattr(pre_stop, "_told", [])
    caplog.set_level("INFO")
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        for _ in range(2):
            assert pre_stop.write_snapshot({"workspace_id": "w"}, Path(directory) / "s.json")
    assert caplog.text.count("mount a volume") == 1
