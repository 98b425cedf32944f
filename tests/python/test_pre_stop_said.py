"""`lib.pre_stop.write_snapshot`: its result and its log if a write is less than durable.

The core's tests cover how such a report comes about, on a disk that refuses; here only its handling is
tested.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prestop import _core, _scrubbers, lines, pre_stop, snapshot

LABEL = "GITHUB_PAT"


def report(**fields: Any) -> SimpleNamespace:
    usual: dict[str, Any] = {
        "path": "snapshot.json",
        "bytes": 2,
        "redactions": {},
        "dropped": 0,
        "gated": [],
        "durability": "durable",
        "atomic": True,
        "ephemeral": False,
        "directory_synced": True,
    }
    return SimpleNamespace(**{**usual, **fields})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been logged in this process yet."""
    monkeypatch.setattr(pre_stop, "_told", [])


def written(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, **fields: Any
) -> tuple[bool, list[tuple[int, str]]]:
    """Return what `write_snapshot` returns and logs, besides its usual line, for such a report."""
    monkeypatch.setattr(snapshot, "write", lambda *_, **__: report(**fields))
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        result = pre_stop.write_snapshot({"a": 1}, "snapshot.json")
    usual = "Pre-stop snapshot written"
    return result, [
        (r.levelno, r.getMessage()) for r in caplog.records if not r.getMessage().startswith(usual)
    ]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("fields", "result", "said"),
    [
        ({}, True, None),
        ({"durability": "degraded", "atomic": False}, True, "its directory takes no new files"),
        ({"durability": "indeterminate"}, False, "the file holds the new snapshot"),
    ],
)
def test_what_is_less_than_durable_is_a_warning_each_time(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fields: dict[str, Any],
    result: bool,
    said: str | None,
) -> None:
    for _ in range(2):
        got, records = written(monkeypatch, caplog, **fields)
        assert got is result
        assert [level for level, _ in records] == ([logging.WARNING] if said else [])
        assert said is None or said in records[0][1]
    assert pre_stop.last_report is not None and pre_stop.last_report.durability == fields.get(
        "durability", "durable"
    )


def test_only_of_a_mounted_file_it_is_said_that_the_directory_is_to_be_mounted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pre_stop, "_is_mounted", lambda _path: True)
    _, ((level, message),) = written(monkeypatch, caplog, durability="degraded", atomic=False)
    assert level == logging.WARNING and message.endswith(": mount the directory, not the file")


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="needs /proc")
def test_what_is_mounted_is_known_from_the_system(tmp_path: Path) -> None:
    assert pre_stop._is_mounted("/proc") and pre_stop._is_mounted(Path("/proc"))
    for path in (tmp_path, tmp_path / "missing", "snapshot.json", "a\0b", b"/etc/../etc/passwd"):
        assert not pre_stop._is_mounted(path)  # type: ignore[arg-type]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("fields", "said"),
    [({"ephemeral": True}, "mount a volume"), ({"directory_synced": False}, "cannot be flushed")],
)
def test_what_a_file_system_cannot_do_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fields: dict[str, Any], said: str
) -> None:
    result, records = written(monkeypatch, caplog, **fields)
    assert result and [level for level, _ in records] == [logging.INFO] and said in records[0][1]
    assert written(monkeypatch, caplog, **fields) == (True, [])
    # One message does not suppress the other.
    other = {"ephemeral": True, "directory_synced": False}
    assert len(written(monkeypatch, caplog, **other)[1]) == 1


@pytest.mark.parametrize("write", [snapshot.write, lines.append, pre_stop.write_snapshot])
def test_what_is_found_in_finished_bytes_is_one_warning_with_its_label(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path, write: Any
) -> None:
    for name in ("write", "append"):
        monkeypatch.setattr(_core, name, lambda *_, **__: report(gated=[LABEL]))
    write({"a": 1}, tmp_path / "results.jsonl")
    (record,) = [record for record in caplog.records if record.levelno > logging.INFO]
    assert record.levelno == logging.WARNING
    assert LABEL in record.getMessage()


def test_a_usual_write_and_a_usual_line_say_what_they_did(tmp_path: Path) -> None:
    wrote = snapshot.write({"a": 1}, tmp_path / "snapshot.json")
    assert wrote.directory_synced and wrote.gated == []
    assert lines.append({"a": 1}, tmp_path / "results.jsonl").gated == []


def test_a_secret_in_the_path_stands_in_no_line_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "hunter" + "2" * 3 + "zz"
    monkeypatch.setenv("DB_PASSWORD", secret)
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / secret / "snapshot.json"
    with caplog.at_level(logging.DEBUG):
        assert not pre_stop.write_snapshot({"a": 1}, target)
        assert pre_stop.read_snapshot(target) is None
        pre_stop.delete_snapshot(target)
        assert pre_stop.write_snapshot({"a": 1}, tmp_path / secret / "snapshot.json")
        pre_stop.delete_snapshot(tmp_path / secret / "snapshot.json")
    assert len(caplog.messages) >= 5
    assert all(secret not in message for message in caplog.messages)
    assert any(str(tmp_path) in message for message in caplog.messages)


class Lazy(dict[str, Any]):
    def get(self, *_: Any) -> Any:
        raise RuntimeError("not yet")


class Endless(list[Any]):
    def __len__(self) -> int:
        raise OverflowError("no end")


@pytest.mark.parametrize(
    "odd",
    [
        Lazy(a=1),
        {"adapter": Lazy(a=1)},
        {"adapter": {"transcript_lines": Endless()}},
        {"adapter": [1]},
        [1],
        5,
    ],
)
def test_a_shape_of_which_nothing_can_be_said_is_written_and_is_no_failure(
    odd: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert pre_stop.write_snapshot(odd, tmp_path / "snapshot.json") is True
    assert [record.levelno for record in caplog.records if "written" in record.getMessage()] == [logging.INFO]
    assert "(workspace=?, task='', lines=0)" in caplog.text
    assert all(record.levelno < logging.WARNING for record in caplog.records)


def test_a_scrubber_that_fails_for_the_log_line_fails_no_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_value: Any) -> Any:
        raise RuntimeError("x")

    monkeypatch.setattr(pre_stop, "_scrub_value", broken)
    with caplog.at_level(logging.INFO):
        assert pre_stop.write_snapshot({"current_task": "deploy"}, tmp_path / "snapshot.json") is True
    assert "(workspace=?, task='', lines=0)" in caplog.text
    assert "failed" not in caplog.text


def test_a_failed_write_is_false_whatever_another_thread_writes_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write = snapshot.write

    def fails(document: object, path: Any, **options: Any) -> Any:
        if path == tmp_path / "other.json":
            return write(document, path, **options)
        other = threading.Thread(target=pre_stop.write_snapshot, args=({"a": 1}, tmp_path / "other.json"))
        other.start()
        other.join()
        raise OSError("the disk is full")

    monkeypatch.setattr(snapshot, "write", fails)
    assert pre_stop.write_snapshot({"a": 1}, tmp_path / "snapshot.json") is False
    assert (tmp_path / "other.json").exists()


SECRET = "gh" + "p_" + "A1b2" * 9


class Forging:
    def __str__(self) -> str:
        return "clean"

    def __repr__(self) -> str:
        return f"<{SECRET}\nERROR root all is lost\x1b[2J>"


class Renamed(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return SECRET


class Numbered(int):
    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__


class Raising:
    def __str__(self) -> str:
        return "ok"

    def __repr__(self) -> str:
        raise RuntimeError(SECRET)


@pytest.mark.parametrize(
    "odd",
    [
        Forging(),
        Renamed("x"),
        Numbered(5),
        Raising(),
        [Forging()],
        {"a": Raising()},
        (Forging(),),
        10**5000,
        "x\n" * 100_000,
        [SECRET] * 10_000,
        f"{SECRET} " * 10_000,
        "\x85\u2028\ud800",
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["current_task", "workspace_id"])
def test_whatever_a_task_is_the_line_is_one_and_holds_no_secret(
    odd: Any, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        assert pre_stop.write_snapshot({"current_task": "t", name: odd}, tmp_path / "snapshot.json") is True
    (line,) = [message for message in caplog.messages if message.startswith("Pre-stop snapshot written: ")]
    assert "A1b2" not in line
    assert line.isprintable()
    assert len(line) < 20_000
    # What logging says of a record that it cannot format.
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "plain",
    ["", "deploy", "it's", 'say "it\'s"', "a\tb\nc", "Größe", "a word " * 500, None, True, 0, -5, 1.5],
)
def test_a_plain_task_stands_in_the_line_as_it_always_has(
    plain: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "snapshot.json"
    with caplog.at_level(logging.INFO):
        assert pre_stop.write_snapshot({"workspace_id": "ws-1", "current_task": plain}, path) is True
    assert caplog.messages[0] == (
        f"Pre-stop snapshot written: {path} (workspace=ws-1, task={plain!r}, lines=0)"
    )


class OddPath(type(Path())):  # type: ignore[misc]
    """A path whose text cannot be asked for a second time."""

    asked = 0

    def __str__(self) -> str:
        type(self).asked += 1
        if type(self).asked > 1:
            raise RuntimeError("no text")
        return "snapshot.json"


@pytest.mark.parametrize("error", [RuntimeError, KeyError, MemoryError, ImportError])
def test_where_there_is_no_scrubber_it_is_said_and_nothing_raised(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Any:
        raise error("no scrubber")

    path = tmp_path / "snapshot.json"
    assert pre_stop.write_snapshot({"a": 1}, path)
    for name in ("shared", "refreshed"):
        monkeypatch.setattr(_scrubbers, name, fail)
    caplog.clear()
    OddPath.asked = 1
    for target in (path, OddPath(path)):
        assert pre_stop.write_snapshot({"a": 1}, target) is False
        assert pre_stop.read_snapshot(target) is None
        pre_stop.delete_snapshot(target)
    assert len(caplog.records) == 6
    assert path.exists()
