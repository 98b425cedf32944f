"""`prestop.adapter.SnapshotAdapter`: the state of an adapter, and how it is restored."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prestop
from prestop import adapter as adapter_module
from prestop.adapter import SnapshotAdapter


class Base:
    """The host's base class, as its contract describes it."""

    async def transcript_lines(self, since: int = 0, limit: int = 100) -> dict[str, Any]:
        return {"runtime": "x", "supported": False, "lines": [], "cursor": 0, "more": False, "source": ""}

    def pre_stop_state(self) -> dict[str, Any]:
        return {}


class Adapter(SnapshotAdapter, Base):
    def __init__(self, session: Any = "session-1") -> None:
        self._executor: Any = SimpleNamespace(_session_id=session)


def _page(lines: list[Any], **fields: Any) -> dict[str, Any]:
    page = {
        "runtime": "x",
        "supported": True,
        "lines": lines,
        "cursor": len(lines),
        "more": False,
        "source": "s",
    }
    return page | fields


class Plain(Adapter):
    """A sync `transcript_lines` that returns what the object was created with."""

    def __init__(self, given: Any) -> None:
        super().__init__()
        self.given = given
        self.calls: list[tuple[int, int]] = []

    def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
        self.calls.append((since, limit))
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


class Async(Plain):
    async def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
        # Something that needs a loop.
        await asyncio.to_thread(time.sleep, 0.001)
        return Plain.transcript_lines(self, since, limit)


class Paged(Adapter):
    """Returns the lines one at a time, each as a page."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.lines = lines

    def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
        end = min(self.lines, since + limit)
        return _page(list(range(since, end)), cursor=end, more=end < self.lines)


KINDS = pytest.mark.parametrize("kind", [Plain, Async])


def test_the_session_id_is_the_executor_s() -> None:
    assert Adapter().pre_stop_state() == {"session_id": "session-1"}


@pytest.mark.parametrize("session", [None, ""])
def test_without_a_session_there_is_no_key(session: Any) -> None:
    assert Adapter(session).pre_stop_state() == {}
    without = Adapter()
    without._executor = None
    assert without.pre_stop_state() == {}
    del without._executor
    assert without.pre_stop_state() == {}


@KINDS
def test_the_lines_of_an_object_count_if_supported(kind: type[Plain]) -> None:
    lines = [{"role": "user"}, "text"]
    adapter = kind(_page(lines))
    assert adapter.pre_stop_state() == {"session_id": "session-1", "transcript_lines": lines}
    assert adapter.calls == [(0, 200)]
    assert kind(_page(lines, supported=False)).pre_stop_state() == {"session_id": "session-1"}
    assert kind(_page([])).pre_stop_state()["transcript_lines"] == []


@KINDS
def test_a_plain_list_is_the_lines(kind: type[Plain]) -> None:
    assert kind(["a", "b"]).pre_stop_state()["transcript_lines"] == ["a", "b"]
    assert "transcript_lines" not in kind(None).pre_stop_state()


@KINDS
def test_an_exception_costs_the_transcript_and_not_the_session_id(
    kind: type[Plain], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "gh" + "p_" + "A1b2" * 9
    assert kind(OSError(f"cannot read {secret}")).pre_stop_state() == {"session_id": "session-1"}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert secret not in record.getMessage()


@pytest.mark.parametrize(
    "given", [17, {"supported": True, "lines": 17}, {"supported": True, "cursor": "x", "more": 1}]
)
def test_odd_answers_cost_no_more(given: Any) -> None:
    assert Plain(given).pre_stop_state()["session_id"] == "session-1"


@given(lines=st.integers(0, 1500))
def test_property_it_is_the_last_200_lines(lines: int) -> None:
    expected = list(range(max(0, lines - 200), lines))
    assert Paged(lines).pre_stop_state()["transcript_lines"] == expected
    assert Plain(list(range(lines))).pre_stop_state()["transcript_lines"] == expected


def test_a_cursor_that_does_not_move_is_not_followed_for_ever() -> None:
    adapter = Plain(_page(["a"], cursor=0, more=True))
    assert adapter.pre_stop_state()["transcript_lines"] == ["a"]
    adapter = Plain(_page(["a"], cursor=1, more=True))
    assert adapter.pre_stop_state()["transcript_lines"] == ["a", "a"]
    assert adapter.calls == [(0, 200), (1, 200)]


def test_pages_without_end_are_left_behind_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter_module, "_PAGES", 3)
    assert Paged(600).pre_stop_state()["transcript_lines"] == list(range(400, 600))
    assert caplog.text == ""
    assert Paged(10**9).pre_stop_state()["transcript_lines"] == list(range(400, 600))
    monkeypatch.setattr(adapter_module, "_TRANSCRIPT_SECONDS", 0.0)
    assert Paged(10**9).pre_stop_state()["transcript_lines"] == list(range(200))
    assert Plain(_page(["a"], cursor=0, more=True)).pre_stop_state()["transcript_lines"] == ["a"]
    said = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
    assert said == ["3 pages were read", "there was no more time", "its cursor does not advance"]
    assert {record.levelname for record in caplog.records} == {"WARNING"}


def test_a_cursor_may_be_anything_that_names_the_next_page() -> None:
    class Named(Adapter):
        def transcript_lines(self, since: Any = 0, limit: int = 100) -> Any:
            at = int(str(since).removeprefix("page-"))
            return _page([at], cursor=f"page-{at + 1}", more=at < 4)

    assert Named().pre_stop_state()["transcript_lines"] == [0, 1, 2, 3, 4]


async def test_an_async_transcript_also_where_a_loop_is_running() -> None:
    # Like a host that calls it in the `finally` of its async main.
    assert Async(["a"]).pre_stop_state()["transcript_lines"] == ["a"]


def test_an_async_transcript_leaves_the_thread_s_loop_alone() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        Async(["a"]).pre_stop_state()
        assert asyncio.get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_an_async_transcript_that_hangs_costs_the_transcript(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Adapter):
        async def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
            await asyncio.sleep(60)

    monkeypatch.setattr(adapter_module, "_TRANSCRIPT_SECONDS", 0.1)
    assert Hanging().pre_stop_state() == {"session_id": "session-1"}


def _hangs() -> Any:
    return asyncio.sleep(60)


def _cancels() -> Any:
    raise asyncio.CancelledError


def _exits() -> Any:
    raise SystemExit(4)


def _interrupts() -> Any:
    raise KeyboardInterrupt


class Broken(Adapter):
    """An async `transcript_lines` that does what the object was created with."""

    def __init__(self, doing: Callable[[], Any]) -> None:
        super().__init__()
        self.doing = doing

    async def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
        await self.doing()


BROKEN = pytest.mark.parametrize("doing", [_hangs, _cancels, _exits, _interrupts])


@BROKEN
async def test_in_async_preserve_a_broken_transcript_costs_no_more(
    doing: Callable[[], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(adapter_module, "_TRANSCRIPT_SECONDS", 0.1)
    path = tmp_path / "snapshot.json"
    async with prestop.preserve(Broken(doing), path=path, checkpoint=None):
        pass
    assert json.loads(path.read_text())["adapter"] == {"session_id": "session-1"}
    assert ["transcript_lines failed" in record.getMessage() for record in caplog.records].count(True) == 1


@BROKEN
def test_in_sync_preserve_a_broken_transcript_costs_no_more(
    doing: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_module, "_TRANSCRIPT_SECONDS", 0.1)
    path = tmp_path / "snapshot.json"
    with prestop.preserve(Broken(doing), path=path, checkpoint=None):
        pass
    assert json.loads(path.read_text())["adapter"] == {"session_id": "session-1"}


async def test_a_transcript_that_hangs_leaves_time_for_the_session_id_whatever_the_grace(
    tmp_path: Path,
) -> None:
    path = tmp_path / "snapshot.json"
    async with prestop.preserve(Broken(_hangs), path=path, checkpoint=None, grace=1.0):
        pass
    assert json.loads(path.read_text())["adapter"] == {"session_id": "session-1"}


def test_a_transcript_that_blocks_its_thread_costs_no_more(tmp_path: Path) -> None:
    ended = threading.Event()

    class Blocking(Adapter):
        def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
            ended.wait(60)

    path = tmp_path / "snapshot.json"
    try:
        with prestop.preserve(Blocking(), path=path, checkpoint=None, grace=2.0):
            pass
        assert json.loads(path.read_text())["adapter"] == {"session_id": "session-1"}
    finally:
        ended.set()


async def test_a_task_that_is_cancelled_while_it_reads_the_transcript_is_cancelled() -> None:
    reading = asyncio.ensure_future(Broken(_hangs)._prestop_state_on_loop())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


class OnLoop(Adapter):
    """An async `transcript_lines` that works on one loop only."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()

    async def transcript_lines(self, since: int = 0, limit: int = 100) -> Any:
        await asyncio.sleep(0)
        return ["mine"] if asyncio.get_running_loop() is self.loop else ["another's"]


async def test_in_async_preserve_it_runs_on_the_loop_of_the_host(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    async with prestop.preserve(OnLoop(), path=path):
        pass
    assert json.loads(path.read_text())["adapter"] == {
        "session_id": "session-1",
        "transcript_lines": ["mine"],
    }


async def test_a_method_of_the_host_s_own_is_called_all_the_same(tmp_path: Path) -> None:
    class Mine(OnLoop):
        def pre_stop_state(self) -> dict[str, Any]:
            return {**super().pre_stop_state(), "mine": 1}

    path = tmp_path / "snapshot.json"
    async with prestop.preserve(Mine(), path=path):
        pass
    assert json.loads(path.read_text())["adapter"] == {
        "session_id": "session-1",
        "transcript_lines": ["another's"],
        "mine": 1,
    }


def test_restore_state_keeps_the_top_level_fields_where_create_executor_looks() -> None:
    adapter = Adapter()
    assert (adapter._snapshot_session_id, adapter._snapshot_transcript) == (None, None)
    adapter.restore_state(
        {"session_id": "session-0", "transcript_lines": ["a"], "adapter": {"session_id": "no"}}
    )
    assert (adapter._snapshot_session_id, adapter._snapshot_transcript) == ("session-0", ["a"])
    adapter.restore_state({"session_id": ""})
    assert (adapter._snapshot_session_id, adapter._snapshot_transcript) == (None, None)


def test_before_there_is_an_executor_what_was_restored_is_the_state(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    with prestop.preserve(Plain(["a", "b"]), path=path):
        pass
    # Stopped twice before the executor came up: nothing is lost.
    for _ in range(2):
        early = Adapter()
        early._executor = None
        with prestop.preserve(early, path=path):
            pass
    adapter = Plain(["c"])
    with prestop.preserve(adapter, path=path):
        assert (adapter._snapshot_session_id, adapter._snapshot_transcript) == ("session-1", ["a", "b"])
    # From then on the executor determines the state.
    assert json.loads(path.read_text())["adapter"]["transcript_lines"] == ["c"]
    adapter._executor._session_id = None
    assert "session_id" not in adapter.pre_stop_state()


def test_a_secret_in_the_transcript_does_not_reach_the_file(tmp_path: Path) -> None:
    path, secret = tmp_path / "snapshot.json", "gh" + "p_" + "A1b2" * 9
    with prestop.preserve(Plain([{"content": f"token {secret}"}]), path=path):
        pass
    assert secret not in path.read_text()
    assert "token" in path.read_text()
