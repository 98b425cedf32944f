"""Several `preserve`s at once that are not left in the reverse of the order in which they were entered."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from hosts import host

import prestop

TERM, INT = signal.SIGTERM, signal.SIGINT
ONE_WRITE = ["begins", "ends"]
ORDERS = list(itertools.permutations(range(3)))

pytestmark = pytest.mark.usefixtures("nothing_left_behind")


class Adapter:
    def pre_stop_state(self) -> Any:
        return {"session_id": "session-1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in (TERM, INT)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", ["sync", "async"])
async def test_whatever_the_order_the_handlers_of_before_are_put_back(
    path: Path, form: str, order: tuple[int, ...]
) -> None:
    before = _handlers()
    sessions = [prestop.preserve(Adapter(), path=f"{path}.{n}", checkpoint=None) for n in range(3)]
    for session in sessions:
        await session.__aenter__() if form == "async" else session.__enter__()
    for n in order:
        assert _handlers() != before
        if form == "async":
            await sessions[n].__aexit__(None, None, None)
        else:
            sessions[n].__exit__(None, None, None)
    assert _handlers() == before


@pytest.mark.parametrize("order", ORDERS)
async def test_one_signal_stops_all_of_them_and_reaches_the_handler_of_before_once(
    path: Path, order: tuple[int, ...]
) -> None:
    handled: list[int] = []
    counts: list[int] = []

    async def agent(n: int) -> None:
        async with prestop.preserve(Adapter(), path=f"{path}.{n}", checkpoint=None):
            try:
                await asyncio.sleep(60)
            finally:
                task = asyncio.current_task()
                assert task is not None
                counts.append(task.cancelling())
                await asyncio.sleep(0.1 * order[n])

    before = signal.signal(TERM, lambda number, frame: handled.append(number))
    try:
        tasks = [asyncio.create_task(agent(n)) for n in range(3)]
        await asyncio.sleep(0.05)
        signal.raise_signal(TERM)
        await asyncio.sleep(0.02)
        # All at once: none waits until another has saved.
        assert counts == [1, 1, 1]
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)
        assert handled == [TERM]
    finally:
        signal.signal(TERM, before)
    for n in range(3):
        assert json.loads(Path(f"{path}.{n}").read_text())["adapter"] == {"session_id": "session-1"}


async def test_a_signal_after_the_one_entered_first_has_left_stops_the_other(path: Path) -> None:
    handled: list[int] = []
    before = signal.signal(TERM, lambda number, frame: handled.append(number))
    try:
        first = prestop.preserve(Adapter(), path=f"{path}.1", checkpoint=None)
        await first.__aenter__()

        async def second() -> None:
            async with prestop.preserve(Adapter(), path=f"{path}.2", checkpoint=None):
                await asyncio.sleep(60)

        task = asyncio.create_task(second())
        await asyncio.sleep(0.05)
        await first.__aexit__(None, None, None)
        assert handled == []
        signal.raise_signal(TERM)
        await asyncio.wait([task])
        assert task.cancelled() and handled == [TERM]
    finally:
        signal.signal(TERM, before)


def test_a_second_signal_reaches_a_body_that_outlived_the_first(path: Path) -> None:
    told: list[str] = []
    before = signal.signal(TERM, lambda number, frame: told.append("before"))
    try:
        with pytest.raises(SystemExit), prestop.preserve(Adapter(), path=path, checkpoint=None):
            with pytest.raises(SystemExit):
                signal.raise_signal(TERM)
            with prestop.preserve(Adapter(), path=f"{path}.inner", checkpoint=None):
                signal.raise_signal(TERM)
    finally:
        signal.signal(TERM, before)
    assert told == ["before"]


@pytest.mark.parametrize("number", [TERM, INT])
def test_a_process_with_two_of_them_ends_as_it_would_have(path: Path, number: int) -> None:
    with host("overlapping", path) as both:
        assert both.stop(number) == -number
    assert sorted(both.writes) == sorted(ONE_WRITE * 2)
    for name in (".one", ".two"):
        assert json.loads(Path(f"{path}{name}").read_text())["adapter"]["session_id"] == "session-1"
    assert "Error" not in both.log


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["overlapping_left_first", "overlapping_left_both"])
def test_one_that_has_left_leaves_nothing_in_the_way(path: Path, name: str, number: int) -> None:
    with host(name, path) as other:
        assert other.stop(number) == -number
    assert other.told("put_back") in ([], [True])
    for agent in (".one", ".two"):
        assert json.loads(Path(f"{path}{agent}").read_text())["adapter"]["session_id"] == "session-1"
    assert "RecursionError" not in other.log


def test_a_signal_to_another_thread_is_not_slept_through_when_one_has_left(path: Path) -> None:
    # It would have slept longer than a host may take to end.
    with host("overlapping_elsewhere", path, str(int(TERM))) as asleep:
        assert asleep.end() == -TERM
    assert asleep.writes == ONE_WRITE * 2
