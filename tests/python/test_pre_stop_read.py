"""`prestop.pre_stop`: reading and deleting, and what is logged about it."""

from __future__ import annotations

import json
import logging
import math
import os
from pathlib import Path
from typing import Any

import pytest

from prestop import pre_stop, snapshot
from prestop.pre_stop import delete_snapshot, read_snapshot, write_snapshot


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def test_what_is_not_there_is_none_without_a_word(target: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert read_snapshot(target) is None
    assert read_snapshot("nul\0byte") is None
    assert caplog.records == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"[" * 100_000 + b"]" * 100_000,
        b"1" * 5000,
        b"nonsense",
    ],
    ids=["empty", "cut", "bom", "not utf-8", "deep", "long number", "text"],
)
def test_what_is_no_snapshot_is_none_and_a_warning_says_where_it_is(
    content: bytes, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="lib.pre_stop")
    target.write_bytes(content)
    assert read_snapshot(target) is None
    (aside,) = target.parent.iterdir()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        f"Snapshot read failed ({target}): it is not a snapshot, and was moved to {aside}; there is no previous one"
    )


@pytest.mark.parametrize(("content", "level"), [(b"", "DEBUG"), (b"{", "WARNING")])
def test_what_is_no_snapshot_and_stays_is_a_warning_unless_it_is_empty(
    content: bytes, level: str, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="lib.pre_stop")
    # What a link leads to is not moved, nor is a mounted file.
    target.with_name("other").write_bytes(content)
    target.symlink_to("other")
    assert read_snapshot(target) is None
    (record,) = caplog.records
    assert record.levelname == level
    assert "moved" not in record.getMessage()
    assert target.with_name("other").read_bytes() == content


@pytest.mark.parametrize("previous", [False, True])
def test_the_other_reader_says_where_a_damaged_file_is_too(
    previous: bool, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(2 * previous):
        snapshot.write({"n": n}, target)
    target.write_bytes(b"{")
    caplog.clear()
    assert (snapshot.read(target) is not None) == previous
    (aside,) = target.parent.glob(".snapshot.json.corrupt-*")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("prestop", "WARNING")
    ending = "the previous one is used" if previous else "there is no previous one"
    assert record.getMessage() == f"Snapshot was corrupt ({target}), and was moved to {aside}: {ending}"


@pytest.mark.parametrize("value", [[], [1, "a"], 5, "text", True, None, {}])
def test_the_type_is_not_checked(value: Any, target: Path) -> None:
    target.write_text(json.dumps(value))
    assert read_snapshot(target) == value


def test_what_python_wrote_is_read_as_python_reads_it(target: Path) -> None:
    target.write_text('{"n": NaN, "i": -Infinity, "twice": 1, "twice": 2}')
    document = read_snapshot(target)
    assert math.isnan(document["n"])
    assert document["i"] == -math.inf
    assert document["twice"] == 2


def test_what_cannot_be_read_is_none_and_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_snapshot(tmp_path) is None
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"Snapshot read failed ({tmp_path}): ")


def test_a_damaged_file_gives_the_one_before_it_and_a_warning(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert write_snapshot({"n": 1}, target) is True
    assert write_snapshot({"n": 2}, target) is True
    target.write_bytes(b'{"n')
    assert read_snapshot(target) == {"n": 1}
    (record,) = [record for record in caplog.records if record.levelno > logging.INFO]
    assert record.levelname == "WARNING"
    (aside,) = target.parent.glob(".snapshot.json.corrupt-*")
    assert (
        record.getMessage()
        == f"Snapshot was corrupt ({target}), and was moved to {aside}: the previous one is used"
    )


def test_a_file_that_someone_edited_is_used_with_a_warning(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert write_snapshot({"n": 1}, target) is True
    with target.open("r+b") as file:
        file.write(b'{"n": 5}')
        file.truncate()
    os.utime(target, (1, 1))
    before = len(caplog.records)
    assert read_snapshot(target) == {"n": 5}
    # Extended attributes: only Linux has them, and a Python built for another C library may lack the
    # functions.
    attributes = os.listxattr(target) if hasattr(os, "listxattr") else []
    if "user.prestop.v1" in attributes:
        assert [record.levelname for record in caplog.records[before:]] == ["WARNING"]


def test_delete_says_so_and_nothing_where_there_is_none(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert write_snapshot({"n": 1}, target) is True
    assert write_snapshot({"n": 2}, target) is True
    caplog.set_level(logging.DEBUG, logger="lib.pre_stop")
    caplog.clear()
    assert delete_snapshot(target) is None  # type: ignore[func-returns-value]
    assert [record.getMessage() for record in caplog.records] == [f"Snapshot deleted: {target}"]
    assert caplog.records[0].levelname == "DEBUG"
    assert list(target.parent.iterdir()) == []
    delete_snapshot(target)
    assert len(caplog.records) == 1


def test_what_cannot_be_deleted_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    delete_snapshot(tmp_path)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith(f"Snapshot delete failed ({tmp_path}): ")


def test_a_path_with_a_line_break_is_one_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a\nERROR all is lost\x1b[2J.json"
    with caplog.at_level(logging.DEBUG, logger="lib.pre_stop"):
        assert pre_stop.write_snapshot({}, path)
        path.write_text("{")
        pre_stop.read_snapshot(path)
        pre_stop.delete_snapshot(path)
        assert not pre_stop.write_snapshot({}, tmp_path / "a\nfile" / ("x" * 300))
        pre_stop.delete_snapshot("a\0b")
    assert len(caplog.messages) >= 4
    assert all(message.isprintable() for message in caplog.messages), caplog.messages


# To a host that gets None there is no snapshot, but what cannot be read is there.

TOO_LARGE = 64 * 1024 * 1024 + 1


def _unreadable(target: Path) -> None:
    target.write_text("precious")
    os.truncate(target, TOO_LARGE)


def _unread(target: Path) -> list[Path]:
    return sorted(target.parent.glob(".snapshot.json.unread-*"))


@pytest.mark.parametrize("kind", [str, Path])
def test_what_could_not_be_read_is_not_replaced_by_the_next_write(target: Path, kind: type) -> None:
    _unreadable(target)
    assert read_snapshot(kind(target)) is None
    assert write_snapshot({"n": 1}, kind(target)) and write_snapshot({"n": 2}, kind(target))
    (kept,) = _unread(target)
    assert kept.read_bytes()[:8] == b"precious" and kept.stat().st_mode & 0o077 == 0
    assert read_snapshot(target) == {"n": 2}


def test_what_could_not_be_read_is_back_when_the_write_fails(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_options: Any) -> Any:
        raise OSError(28, "No space left on device")

    _unreadable(target)
    assert read_snapshot(target) is None
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "write", refuse)
        assert not write_snapshot({"n": 1}, target)
    assert target.stat().st_size == TOO_LARGE and _unread(target) == []
    assert write_snapshot({"n": 1}, target) and len(_unread(target)) == 1


def test_nothing_is_written_over_what_could_neither_be_read_nor_moved(
    target: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_self: Path, _target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    _unreadable(target)
    assert read_snapshot(target) is None
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        assert not write_snapshot({"n": 1}, target)
    assert target.stat().st_size == TOO_LARGE
    assert "Nothing is saved: " in caplog.text
    # Someone has made room: there is nothing in the way any more.
    target.unlink()
    assert write_snapshot({"n": 1}, target) and _unread(target) == []


def test_a_host_that_has_not_tried_to_read_replaces_what_is_there(target: Path) -> None:
    _unreadable(target)
    assert write_snapshot({"n": 1}, target)
    assert read_snapshot(target) == {"n": 1} and _unread(target) == []
