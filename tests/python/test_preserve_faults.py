"""`preserve` if what it calls raises: the snapshot is written, and everything is restored."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

import prestop
from prestop import pre_stop


class Adapter:
    def __init__(self, **more: object) -> None:
        self.more = more

    def pre_stop_state(self) -> Any:
        return {"session_id": "session-1", **self.more}


pytestmark = pytest.mark.usefixtures("nothing_left_behind")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


class Ending:
    """An object whose every use raises an exception that ends a process."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error

    active_tasks = 0

    @property
    def current_task(self) -> str:
        raise self.error


@pytest.mark.parametrize(
    "error", [RuntimeError(), SystemExit(4), KeyboardInterrupt(), asyncio.CancelledError()]
)
@pytest.mark.parametrize("form", ["sync", "async"])
async def test_what_ends_the_building_of_a_snapshot_costs_its_part(
    path: Path, error: BaseException, form: str
) -> None:
    ending = Ending(error)
    session = prestop.preserve(Adapter(odd=ending), ending, path=path, checkpoint=0.01)
    # It can be entered again.
    for _ in range(2):
        if form == "sync":
            with session:
                time.sleep(0.05)
        else:
            async with session:
                await asyncio.sleep(0.05)
        saved = json.loads(path.read_text())
        assert saved["adapter"] == {"session_id": "session-1", "odd": "[UNPRINTABLE Ending]"}
        assert "current_task" in saved
        path.unlink()


@pytest.mark.parametrize("error", [SystemExit(4), KeyboardInterrupt()])
def test_an_end_out_of_the_write_itself_ends_neither_the_stop_nor_the_process(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def write(*_: Any) -> bool:
        raise error

    monkeypatch.setattr(pre_stop, "write_snapshot", write)
    before = prestop.stats()["save_failed"]
    with prestop.preserve(Adapter(), path=path, checkpoint=None):
        pass
    assert prestop.stats()["save_failed"] == before + 1
    assert f"preserve: {type(error).__name__}" in caplog.text


def test_a_log_handler_that_raises_breaks_nothing(path: Path) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("the disk of the logs is full")

    root, broken = logging.getLogger(), Broken()
    level = root.level
    root.addHandler(broken)
    root.setLevel(logging.DEBUG)
    try:
        with prestop.preserve(Adapter(), path=path, checkpoint=None):
            pass
        assert json.loads(path.read_text())["adapter"] == {"session_id": "session-1"}
        assert pre_stop.write_snapshot({"a": 1}, path) is True
        assert pre_stop.write_snapshot({"a": 1}, path / "no" / "directory") is False
        pre_stop.delete_snapshot(path)
        path.write_text("{")
        assert pre_stop.read_snapshot(path) is None
    finally:
        root.removeHandler(broken)
        root.setLevel(level)
