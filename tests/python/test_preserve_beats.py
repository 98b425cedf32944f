"""Heartbeats that `preserve` starts and stops."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

import prestop

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


class Adapter:
    async def pre_stop_state(self) -> dict[str, Any]:
        return {"session_id": "session-1", "step": 0}


def _step(path: Path) -> Any:
    return json.loads(path.read_text())["adapter"]["step"]


class Beats:
    """A heartbeat that records when it was started and stopped, and what was on the disk by then."""

    active_tasks = 0
    current_task = "deploy"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[str] = []

    def start(self) -> None:
        self.events.append("start")

    async def stop(self) -> None:
        self.events.append("stop begins")
        await asyncio.sleep(0.05)
        self.events.append("stop ends")


async def test_a_heartbeat_that_is_owned_starts_and_stops_with_the_body(path: Path) -> None:
    beats = Beats(path)
    async with prestop.preserve(Adapter(), beats, path=str(path), beats=True):
        assert beats.events == ["start"]
    assert beats.events == ["start", "stop begins", "stop ends"]
    assert json.loads(path.read_text())["current_task"] == "deploy"


async def test_it_stops_where_the_body_fails_and_a_stop_that_hangs_or_fails_costs_no_state(
    path: Path,
) -> None:
    class Stuck(Beats):
        async def stop(self) -> None:
            self.events.append("stop begins")
            await asyncio.sleep(3600)

    class Failing(Beats):
        async def stop(self) -> None:
            raise RuntimeError("no")

    for kind in (Stuck, Failing):
        path.unlink(missing_ok=True)
        beats = kind(path)
        with pytest.raises(ZeroDivisionError):
            async with prestop.preserve(Adapter(), beats, path=str(path), beats=True, grace=0.5):
                _ = 1 / 0
        assert _step(path) == 0
    assert len(asyncio.all_tasks()) == 1


async def test_a_stop_of_the_heartbeat_of_any_kind_costs_no_state(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Plain(Beats):
        def stop(self) -> Any:
            self.events.append(f"stopped after {_step(self.path)}")

    class Raising(Beats):
        error: BaseException

        def stop(self) -> Any:
            raise self.error

    class Ending(Beats):
        error: BaseException

        async def stop(self) -> None:
            raise self.error

    class Mocked(MagicMock):
        active_tasks, current_task = 0, ""

    def faulty(kind: Any, error: BaseException) -> Any:
        beats = kind(path)
        beats.error = error
        return beats

    errors = RuntimeError("no"), SystemExit(3)
    kinds = [Plain(path), Mocked(), *(faulty(kind, error) for kind in (Raising, Ending) for error in errors)]
    for beats in kinds:
        path.unlink(missing_ok=True)
        async with prestop.preserve(Adapter(), beats, path=str(path), beats=True):
            pass
        assert _step(path) == 0
    assert kinds[0].events == ["start", "stopped after 0"]
    kinds[1].stop.assert_called_once_with()
    faults = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert faults == ["preserve: RuntimeError: no", "preserve: SystemExit: 3"] * 2


async def test_one_that_does_not_start_undoes_the_rest(path: Path) -> None:
    class Dead(Beats):
        def start(self) -> None:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        async with prestop.preserve(Adapter(), Dead(path), path=str(path), beats=True):
            pytest.fail("the body ran")


def test_beats_need_a_loop_and_something_that_beats(path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="async with"),
        prestop.preserve(Adapter(), Beats(path), path=str(path), beats=True),
    ):
        pytest.fail("the body ran")
    with pytest.raises(ValueError, match="start and stop"):
        prestop.preserve(Adapter(), path=str(path), beats=True)
