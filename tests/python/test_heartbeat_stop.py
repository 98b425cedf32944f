"""The heartbeat's start, stop and restart, and what it logs meanwhile."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from beating import OWN, TOKEN, bare_host, beats, row
from platform_server import Request, platform, said
from secrets_at_run_time import GITHUB
from waiting import until_on_loop

import prestop.heartbeat as heartbeat
from prestop import platform_auth
from prestop._beat import beside

__all__ = ["bare_host"]


def _no_answer() -> tuple[asyncio.Event, asyncio.Event, Any]:
    """Return an event that says that a request came, one that ends it, and the answer that waits for that."""
    arrived, never = asyncio.Event(), asyncio.Event()

    async def hang(request: Request) -> Any:
        arrived.set()
        await never.wait()

    return arrived, never, hang


async def test_stop_lets_a_request_under_way_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, delivered = asyncio.Event(), []

    async def slow(request: Request) -> Any:
        arrived.set()
        await asyncio.sleep(0.2)
        delivered.append(request)
        return ...

    async with platform() as server:
        server.wrong = slow
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        task = loop._task
        await arrived.wait()
        # If it were waited for without limit, the watchdog of the stop would fire long before.
        monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 3600.0)
        await loop.stop()
        assert delivered and task is not None and task.cancelled()
        await loop.stop()


async def test_stop_ends_in_bounded_time_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, never, hang = _no_answer()
    monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 0.05)
    async with platform() as server:
        server.wrong = hang
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        await arrived.wait()
        await loop.stop()
        assert loop._task is None
        never.set()


async def test_a_stop_that_was_cut_short_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, never, hang = _no_answer()
    monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 3600.0)
    async with platform() as server:
        server.wrong = hang
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        task = loop._task
        assert task is not None
        await arrived.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.stop(), 0.01)
        assert not task.done()
        # Started again, it is the same one.
        loop.start()
        assert loop._task is task
        monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 0.01)
        await loop.stop()
        assert task.done() and loop._task is None
        never.set()


async def test_a_start_during_the_stop_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    async def endless(self: heartbeat.HeartbeatLoop) -> None:
        runs.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)

    monkeypatch.setattr(heartbeat.HeartbeatLoop, "_loop", endless)
    loop = heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN)
    loop.start()
    await asyncio.sleep(0)
    stopping = asyncio.ensure_future(loop.stop())
    await asyncio.sleep(0)
    loop.start()
    await stopping
    await asyncio.sleep(0)
    assert len(runs) == 2 and loop._task is not None and not loop._task.done()
    await loop.stop()
    assert loop._task is None


async def test_a_stop_that_is_cancelled_says_so() -> None:
    ending = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await asyncio.sleep(0.01)
            raise RuntimeError("ignored")

    task = asyncio.ensure_future(slow())
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(beside.end(task))
    await ending.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # Without that it waits for the end, whatever that is.
    again = asyncio.ensure_future(slow())
    await asyncio.sleep(0)
    await beside.end(again)
    assert again.done()
    with pytest.raises(RuntimeError):
        await task


async def test_a_loop_that_ends_by_itself_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    async def once(self: heartbeat.HeartbeatLoop) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError(f"odd {GITHUB}")
        await asyncio.Event().wait()

    monkeypatch.setattr(heartbeat.HeartbeatLoop, "_loop", once)
    loop = heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN)
    loop.start()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(runs) == 3
    await loop.stop()


def test_several_event_loops_may_drive_it_in_turn() -> None:
    loop = heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN)

    async def some(failures: int) -> None:
        loop.start()
        await until_on_loop(lambda: loop._consecutive_failures >= failures)

    for time_ in (1, 2):
        asyncio.run(some(time_))
    asyncio.run(loop.stop())
    assert loop._task is None


async def test_nothing_secret_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    for name in (None, "heartbeat", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    platform_auth.save_token(TOKEN)
    async with platform(rows=[row(1, summary=f"see {GITHUB}", source="ws-9"), row(2)]) as server:
        ends = ("/a2a", "/notify")
        server.wrong = lambda request: said(500, {"error": GITHUB}) if request.path.endswith(ends) else ...
        url = server.url.replace("http://", f"http://user:{TOKEN}@")
        await beats(monkeypatch, heartbeat.HeartbeatLoop(url, OWN), 2)
        assert server.sent("/notify")
    gone = heartbeat.HeartbeatLoop(f"http://user:{TOKEN}@127.0.0.1:9", OWN)
    await beats(monkeypatch, gone, 2)
    assert TOKEN not in caplog.text and GITHUB not in caplog.text
    assert any(record.name == "httpx" for record in caplog.records)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == "heartbeat")
    assert ours and TOKEN not in ours and GITHUB not in ours and "127.0.0.1" not in ours


@pytest.mark.parametrize("token", ["tok-\xe9-1", "tok-\ud800-1", "tok-\x00-1", "tok\n-1"])
async def test_nothing_of_a_token_that_is_no_header_is_logged(
    token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with platform() as server:
        auth = {"Authorization": f"Bearer {token}"}
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN, auth=lambda: auth), 1)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "heartbeat"]
    kind = "UnicodeEncodeError" if not token.isascii() else "LocalProtocolError"
    assert line == f"heartbeat: not delivered, 1 in a row: {kind}"


async def test_no_error_of_a_host_forges_a_line_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object) -> Any:
        raise ValueError(f"odd {GITHUB}\nERROR prestop: all is deleted\x1b[2J\u202e\u2028\r")

    async with platform(secret="s3cret-of-the-platform") as server:
        given: Any = {"wedge": fail, "metadata": fail, "on_inbound_secret": fail}
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN, auth=dict, **given), 1)
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN, auth=fail), 1)
    ours = [record.getMessage() for record in caplog.records if record.name == "heartbeat"]
    assert len(ours) == 4
    for line in ours:
        assert "odd" in line and GITHUB not in line
        assert line.isprintable()


async def test_stand_ins_of_host_tests_count_as_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    from unittest.mock import AsyncMock, MagicMock

    client = MagicMock()
    client.post = AsyncMock(return_value=MagicMock())
    client.get = AsyncMock(return_value=MagicMock())
    entered = MagicMock()
    entered.__aenter__ = AsyncMock(return_value=client)
    entered.__aexit__ = AsyncMock(return_value=None)
    monkeypatch.setattr("prestop.heartbeat.httpx.AsyncClient", MagicMock(return_value=entered))
    loop = heartbeat.HeartbeatLoop("http://platform", OWN)
    await beats(monkeypatch, loop, 2)
    assert loop._consecutive_failures == 0
    assert client.post.call_args_list[0].kwargs["json"]["workspace_id"] == OWN
