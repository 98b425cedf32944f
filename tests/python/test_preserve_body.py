"""`preserve` and the ways out of its body other than signals: ends, errors, cancellations, generators."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest

import prestop
from prestop import pre_stop


class Adapter:
    def __init__(self) -> None:
        self.state: Any = {"session_id": "session-1", "step": 0}

    def pre_stop_state(self) -> Any:
        return self.state


class AsyncAdapter(Adapter):
    restored: Any = None

    async def pre_stop_state(self) -> Any:
        await asyncio.sleep(0.01)
        return self.state

    async def restore_state(self, snapshot: Any) -> None:
        await asyncio.sleep(0.01)
        self.restored = snapshot


pytestmark = pytest.mark.usefixtures("nothing_left_behind")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


def _step(path: Path) -> Any:
    return json.loads(path.read_text())["adapter"]["step"]


def _slow_write(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[bool]:
    write, ended = pre_stop.write_snapshot, []

    def slow(*arguments: Any) -> bool:
        time.sleep(seconds)
        ended.append(write(*arguments))
        return ended[-1]

    monkeypatch.setattr(pre_stop, "write_snapshot", slow)
    return ended


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_an_error_of_the_body_is_saved_and_goes_on_as_it_is(path: Path, error: BaseException) -> None:
    adapter = Adapter()
    with pytest.raises(type(error)) as caught, prestop.preserve(adapter, path=path):
        adapter.state["step"] = 1
        raise error
    assert caught.value is error
    assert _step(path) == 1


@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError()])
async def test_the_same_in_the_async_form(path: Path, error: BaseException) -> None:
    adapter = Adapter()
    with pytest.raises(type(error)) as caught:
        async with prestop.preserve(adapter, path=path):
            adapter.state["step"] = 1
            raise error
    assert caught.value is error
    assert _step(path) == 1


async def test_a_cancelled_task_is_saved_and_ends_cancelled(path: Path) -> None:
    async def body() -> None:
        async with prestop.preserve(AsyncAdapter(), path=path):
            await asyncio.sleep(60)

    task = asyncio.create_task(body())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _step(path) == 0


async def test_a_cancellation_during_the_save_neither_harms_it_nor_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = _slow_write(monkeypatch, 0.3)

    async def body() -> None:
        async with prestop.preserve(AsyncAdapter(), path=path):
            pass
        raise AssertionError("the cancellation is due before this")

    task = asyncio.create_task(body())
    for _ in range(3):
        await asyncio.sleep(0.08)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]


def test_a_relative_path_counts_from_where_it_was_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with prestop.preserve(Adapter(), path="snapshot.json", checkpoint=None):
        monkeypatch.chdir(tmp_path / "there")
    assert _step(tmp_path / "here" / "snapshot.json") == 0
    assert list((tmp_path / "there").iterdir()) == []


async def test_a_timeout_around_it_is_a_timeout(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = _slow_write(monkeypatch, 0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), prestop.preserve(AsyncAdapter(), path=path):
            await asyncio.sleep(60)
    # A timeout that expires during the save.
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), prestop.preserve(AsyncAdapter(), path=path):
            pass
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    assert ended == [True, True]


async def test_a_timeout_within_is_the_body_s_own_affair(path: Path) -> None:
    adapter = Adapter()
    async with prestop.preserve(adapter, path=path):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(60)
        adapter.state["step"] = 2
    assert _step(path) == 2


async def test_a_group_around_it_fails_and_the_state_is_saved(path: Path) -> None:
    async def body() -> None:
        async with prestop.preserve(AsyncAdapter(), path=path):
            await asyncio.sleep(60)

    async def fail() -> None:
        await asyncio.sleep(0.05)
        raise ValueError("another member")

    with pytest.raises(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(body())
            group.create_task(fail())
    assert _step(path) == 0


async def test_a_first_signal_cancels_the_task_that_entered_and_only_that(path: Path) -> None:
    received: list[Any] = []

    async def body() -> None:
        async with prestop.preserve(Adapter(), path=path):
            inner = asyncio.create_task(asyncio.sleep(0.3, "alive"))
            try:
                await asyncio.sleep(60)
            finally:
                task = asyncio.current_task()
                assert task is not None
                assert task.cancelling() == 1
                received.append(inner)

    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        task = asyncio.create_task(body())
        await asyncio.sleep(0.05)
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(asyncio.CancelledError):
            await task
        # The cancellation was ours and is withdrawn.
        assert task.cancelling() == 0
        inner, number = received
        assert (await inner, number) == ("alive", signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert _step(path) == 0


def test_a_generator_that_is_closed(path: Path) -> None:
    def body() -> Generator[int]:
        with prestop.preserve(Adapter(), path=path):
            yield 1
            yield 2

    generator = body()
    next(generator)
    generator.close()
    assert _step(path) == 0


async def test_an_async_generator_that_is_closed(path: Path) -> None:
    async def body() -> AsyncIterator[int]:
        async with prestop.preserve(Adapter(), path=path):
            yield 1
            yield 2

    generator = body()
    await anext(generator)
    await generator.aclose()  # type: ignore[attr-defined]
    assert _step(path) == 0


async def test_async_hooks_are_awaited(path: Path) -> None:
    for restored in (False, True):
        adapter = AsyncAdapter()
        async with prestop.preserve(adapter, path=path) as session:
            assert (adapter.restored is not None) == restored
            assert session.restored is adapter.restored
    assert adapter.restored["session_id"] == "session-1"


def test_the_sync_form_runs_async_hooks(path: Path) -> None:
    for restored in (False, True):
        adapter = AsyncAdapter()
        with prestop.preserve(adapter, path=path):
            assert (adapter.restored is not None) == restored
    assert adapter.restored["session_id"] == "session-1"


async def test_what_is_awaitable_without_being_declared_so_is_awaited(path: Path) -> None:
    class Late(Adapter):
        def pre_stop_state(self) -> Any:
            return asyncio.sleep(0.01, {"step": 4})

    async with prestop.preserve(Late(), path=path):
        pass
    assert _step(path) == 4


@pytest.mark.parametrize("state", [[1, 2], "text", ("a", "b"), 17])
def test_a_state_that_is_no_object_is_saved_as_it_is(path: Path, state: Any) -> None:
    adapter = Adapter()
    adapter.state = state
    with prestop.preserve(adapter, path=path):
        pass
    assert json.loads(path.read_text())["adapter"] == (list(state) if isinstance(state, tuple) else state)


def test_none_is_an_empty_state(path: Path) -> None:
    adapter = Adapter()
    adapter.state = None
    with prestop.preserve(adapter, path=path):
        pass
    assert json.loads(path.read_text())["adapter"] == {}


def test_the_heartbeat_is_any_object_with_its_attributes(path: Path) -> None:
    class Heartbeat:
        current_task = "a task"
        active_tasks = 2
        start_time = time.time() - 100
        _session_id = "session-of-the-heartbeat"

    adapter = Adapter()
    adapter.state = {}
    with prestop.preserve(adapter, Heartbeat(), path=path):
        pass
    snapshot = json.loads(path.read_text())
    assert snapshot["current_task"] == "a task"
    assert snapshot["active_tasks"] == 2
    assert snapshot["uptime_seconds"] >= 100
    assert snapshot["session_id"] == "session-of-the-heartbeat"


def test_a_heartbeat_that_cannot_be_read_costs_its_fields(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with prestop.preserve(Adapter(), object(), path=path):
        pass
    assert json.loads(path.read_text())["adapter"]["session_id"] == "session-1"
    assert "heartbeat cannot be read" in caplog.text


def test_a_hook_that_fails_keeps_what_was_restored(path: Path) -> None:
    class Broken(Adapter):
        def pre_stop_state(self) -> Any:
            raise RuntimeError

    with prestop.preserve(Adapter(), path=path):
        pass
    with prestop.preserve(Broken(), path=path):
        pass
    assert json.loads(path.read_text())["adapter"]["session_id"] == "session-1"


def test_the_default_path_is_that_of_pre_stop_at_the_time_of_entry(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pre_stop, "DEFAULT_SNAPSHOT_PATH", str(path))
    with prestop.preserve(AsyncAdapter()):
        pass
    assert path.exists()
    with prestop.preserve(AsyncAdapter(), path="") as session:
        assert session.restored is not None


def test_a_write_that_fails_is_not_the_body_s_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: Any) -> bool:
        raise MemoryError

    before = prestop.stats()
    with prestop.preserve(Adapter(), path=path / "file" / "cannot", checkpoint=None):
        path.write_text("no directory")
    assert prestop.stats()["save_failed"] == before["save_failed"] + 1
    monkeypatch.setattr(pre_stop, "write_snapshot", explode)
    with prestop.preserve(Adapter(), path=path, checkpoint=None):
        pass
    assert "preserve: MemoryError" in caplog.text


def test_it_can_be_entered_again_but_not_twice_at_once(path: Path) -> None:
    session = prestop.preserve(AsyncAdapter(), path=path)
    with session, pytest.raises(RuntimeError, match="entered already"), session:
        raise AssertionError("the body is not reached")
    with session:
        assert session.restored is not None


@pytest.mark.parametrize("name", ["grace", "checkpoint", "max_age"])
@pytest.mark.parametrize(
    "value",
    [0, -1, float("nan"), float("inf"), True, "5", 1e9 + 1, 1e10, 1e308, 10**400, -(10**400)],
    ids=lambda value: repr(value)[:12],
)
def test_a_bad_option_is_named(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .* above 0, and at most 1,000,000,000"):
        prestop.preserve(Adapter(), **{name: value})


async def test_the_largest_options_are_as_good_as_any(path: Path) -> None:
    most: dict[str, Any] = {"grace": 10**9, "checkpoint": 1e9, "max_age": 1e9}
    for _ in range(2):
        with prestop.preserve(AsyncAdapter(), path=path, **most):
            pass
        async with prestop.preserve(AsyncAdapter(), path=path, **most) as session:
            await asyncio.sleep(0.01)
        assert session.restored is not None


def test_the_counters_count(path: Path) -> None:
    before = prestop.stats()
    with prestop.preserve(Adapter(), path=path):
        pass
    with prestop.preserve(AsyncAdapter(), path=path):
        pass
    after = prestop.stats()
    assert {k: after[k] - before[k] for k in after if after[k] != before[k]} == {"saved": 2, "restored": 1}
    after["saved"] = -1
    assert prestop.stats()["saved"] == before["saved"] + 2


def test_a_handler_put_back_after_the_end_passes_signals_on(path: Path) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with prestop.preserve(Adapter(), path=path):
            # Like a server that was started in the body and ends after it.
            ours = signal.getsignal(signal.SIGTERM)
        theirs = signal.signal(signal.SIGTERM, ours)
        signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        signal.signal(signal.SIGTERM, theirs)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_one_information_and_no_warning_in_an_ordinary_run(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with prestop.preserve(Adapter(), path=path):
        pass
    assert [(r.name, r.levelname) for r in caplog.records] == [("lib.pre_stop", "INFO")]


def test_the_write_of_the_stop_has_the_time_that_grace_leaves(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prestop import snapshot

    write, seconds = snapshot.write, []

    def watched(*args: Any, deadline: float, **options: Any) -> Any:
        seconds.append(deadline)
        return write(*args, deadline=deadline, **options)

    monkeypatch.setattr(snapshot, "write", watched)
    for grace in (90.0, 0.1):
        with prestop.preserve(Adapter(), path=path, grace=grace, checkpoint=None):
            pass
    # A stop without time left still tries.
    assert 60 < seconds[0] <= 90 and seconds[1] == 0.1
    assert pre_stop.write_snapshot({}, path) and seconds[2] == 5.0
