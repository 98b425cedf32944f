"""A fault of the package itself: an `Exception` like others, which holds no text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from secrets_at_run_time import PASSWORD

import prestop
from prestop import _core, lines, pre_stop, snapshot


class Raises:
    """An object whose text cannot be had."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error


@pytest.fixture
def faulty() -> Raises:
    """Return an object at which the walk panics: PyO3 panics again where it meets an exception of its own."""
    assert "UNPRINTABLE" in prestop.scrub(Raises(ValueError()))
    # Other modules in Rust have a class of that name, too.
    for panic in [kind for kind in BaseException.__subclasses__() if kind.__name__ == "PanicException"]:
        try:
            prestop.scrub(Raises(panic()))
        except RuntimeError:
            return Raises(panic(f"inside of `{PASSWORD}`"))
        except panic:
            continue
    raise AssertionError("no panic becomes a RuntimeError")


SCRUBBER = prestop.Scrubber("strict")


@pytest.mark.parametrize(
    "call",
    [
        SCRUBBER.scrub,
        lambda value: _core.encode(value, SCRUBBER),
        lambda value: _core.heartbeat_payload({"current_task": value}, SCRUBBER),
        lambda value: prestop.Scrubber("molecule").scrub([["text", value]]),
    ],
)
def test_a_fault_is_an_exception_without_text(call: Callable[[object], object], faulty: Raises) -> None:
    with pytest.raises(RuntimeError, match="a fault of prestop") as caught:
        call(faulty)
    assert PASSWORD not in repr(caught.value)
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    assert call("text") is not None  # the next call is none the worse


def test_a_fault_costs_neither_the_old_snapshot_nor_the_lock(tmp_path: Path, faulty: Raises) -> None:
    path = tmp_path / "snapshot.json"
    snapshot.write({"session_id": "s-1"}, path)
    with pytest.raises(RuntimeError, match="a fault of prestop"):
        snapshot.write({"session_id": faulty}, path)
    assert json.loads(path.read_text())["session_id"] == "s-1"
    with pytest.raises(RuntimeError, match="a fault of prestop"):
        lines.append({"text": faulty}, tmp_path / "lines.jsonl")
    assert snapshot.write({"session_id": "s-2"}, path).locked
    assert sorted(tmp_path.iterdir()) == sorted(
        [path, tmp_path / ".snapshot.json.prev", *tmp_path.glob(".*.lock")]
    )


def test_the_drop_in_says_no(tmp_path: Path, faulty: Raises) -> None:
    assert pre_stop.write_snapshot({"session_id": faulty}, tmp_path / "snapshot.json") is False
    assert list(tmp_path.iterdir()) == []
