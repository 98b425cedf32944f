"""The heartbeat's loop against a platform that speaks the wire contract: every failure, and every defect of the
replaced module by name."""

from __future__ import annotations

import asyncio
import gzip
import logging
import sys
import time
import types
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from beating import OTHER_TOKEN, OWN, TOKEN, bare_host, beats, row
from hypothesis import given
from hypothesis import strategies as st
from platform_server import Request, platform, said
from secrets_at_run_time import GITHUB

import prestop.heartbeat as heartbeat
from prestop import platform_auth, platform_inbound_auth, runtime_wedge
from prestop._beat import pace

__all__ = ["bare_host"]


# --- the beat


async def test_a_beat_says_what_the_platform_wants_in_its_types(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.active_tasks, loop.current_task = 2, f"use {GITHUB}"
        loop.record_error("boom")
        loop.record_success()
        await beats(monkeypatch, loop, 1)
        body = server.sent("/registry/heartbeat")[0].json
    assert body.pop("uptime_seconds") in range(600)
    assert body.pop("current_task").startswith("use [REDACTED:")
    assert body == {"workspace_id": OWN, "error_rate": 0.5, "sample_error": "boom", "active_tasks": 2}


async def test_the_window_of_errors_is_reset_by_a_delivered_beat_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with platform() as server:
        answers = iter([said(500, {}), said(200, {"status": "ok"}), said(200, {"status": "ok"})])
        server.wrong = lambda request: next(answers) if request.path.endswith("heartbeat") else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.record_error("boom")
        await beats(monkeypatch, loop, 3)
        said_of = [(one.json["error_rate"], one.json["sample_error"]) for one in server.sent("heartbeat")]
    assert said_of == [(1.0, "boom"), (1.0, "boom"), (0.0, "")]


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500, 502, 503, 301, 302, 307])
async def test_an_answer_that_is_not_2xx_is_a_failure(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server, platform() as elsewhere:
        server.wrong = lambda request: said(status, {}, Location=elsewhere.url + "/registry/heartbeat")
        loop = heartbeat.HeartbeatLoop(server.url, OWN, auth=lambda: {"Authorization": f"Bearer {TOKEN}"})
        loop.record_error("boom")
        await beats(monkeypatch, loop, 2)
        assert loop._consecutive_failures == 2
        assert loop.error_count == 1
        assert elsewhere.requests == [], "a redirect is not followed with the token"


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_platform_on_this_machine_is_not_asked_through_a_proxy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with platform() as server, platform() as proxy:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        url = server.url.replace("127.0.0.1", name)
        loop = heartbeat.HeartbeatLoop(url, OWN, auth=lambda: {"Authorization": f"Bearer {TOKEN}"})
        await beats(monkeypatch, loop, 1)
        assert len(server.sent("heartbeat")) == 1
        assert proxy.requests == []


async def test_a_platform_elsewhere_is_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with platform() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await beats(monkeypatch, heartbeat.HeartbeatLoop("http://platform.invalid", OWN), 1)
        assert len(proxy.sent("/registry/heartbeat")) == 1


async def test_a_401_refreshes_the_token_and_retries_once_with_the_whole_body(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    platform_auth.save_token(TOKEN)
    (tmp_path / "configs" / ".auth_token").write_text(OTHER_TOKEN)
    runtime_wedge.mark_wedged("no model")
    async with platform(token=OTHER_TOKEN, secret="s3cret-of-the-platform") as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 1)
        first, second = server.sent("heartbeat")
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert second.headers["authorization"] == f"Bearer {OTHER_TOKEN}"
    assert first.body == second.body and first.json["runtime_state"] == "wedged"
    assert loop._consecutive_failures == 0
    assert platform_inbound_auth.get_inbound_secret() == "s3cret-of-the-platform"


async def test_a_401_that_stays_is_one_failure_and_two_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform(token=OTHER_TOKEN) as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 1)
        assert len(server.sent("heartbeat")) == 2 and loop._consecutive_failures == 1


async def test_there_is_one_pause_a_beat_and_no_hot_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        server.wrong = lambda request: None
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        pauses = await beats(monkeypatch, loop, 40)
        assert len(server.sent("heartbeat")) <= 40
    assert pauses[:2] == [30, 30]
    assert all(54 <= one <= 66 for one in pauses[2:3]) and all(108 <= one <= 132 for one in pauses[3:4])
    assert all(27 <= one <= 300 for one in pauses) and max(pauses) == 300


@given(st.floats(0.1, 1000), st.integers(0, 10_000), st.none() | st.floats(0, 1e9))
def test_the_pace_is_within_its_bounds(interval: float, failures: int, asked: float | None) -> None:
    seconds = pace.delay(interval, failures, asked)
    assert min(interval, 300.0) <= seconds <= max(300.0, interval)
    if failures == 0:
        assert seconds == interval
    if failures and asked is not None and interval <= asked <= 300:
        assert seconds == asked


@pytest.mark.parametrize(
    ("header", "least", "most"), [("120", 120, 120), ("9999", 300, 300), ("1", 30, 30), ("junk", 30, 30)]
)
async def test_retry_after_is_honoured_within_five_minutes(
    header: str, least: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform() as server:
        server.wrong = lambda request: said(429, {}, Retry_After=header)
        (pause,) = await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 1)
    assert least <= pause <= most


WRONG: dict[str, Any] = {
    "no answer": lambda request: None,
    "half a body": lambda request: b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status"',
    "no HTTP": lambda request: b"SSH-2.0-OpenSSH\r\n\r\n",
    "10 MB": lambda request: (200, {}, b"[" + b" " * 10_000_000 + b"]"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_broken_answer_is_a_failure_and_the_next_beat_is_delivered(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform() as server:
        broken = [WRONG[wrong]]
        server.wrong = lambda request: broken.pop()(request) if broken else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        pauses = await beats(monkeypatch, loop, 2)
    assert pauses == [30, 30]
    assert loop._consecutive_failures == 0


@pytest.mark.parametrize("path", ["/registry/heartbeat", "/delegations"])
async def test_an_answer_that_drips_is_too_late(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        while True:
            yield b" "
            await asyncio.sleep(0.02)

    monkeypatch.setattr(heartbeat, "_TIMEOUT", 0.5)
    async with platform() as server:
        server.wrong = lambda request: drip() if request.path.endswith(path) else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await asyncio.wait_for(beats(monkeypatch, loop, 2), 30)
        assert len(server.sent("/registry/heartbeat")) == 2
        assert loop._consecutive_failures == (2 if path.endswith("heartbeat") else 0)


async def test_an_answer_that_is_compressed_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"[" + b" " * 20_000_000 + b"]"))
    async with platform() as server:
        ends = ["/registry/heartbeat"]
        server.wrong = lambda request: packed if request.path.endswith(ends[0]) else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 1)
        assert loop._consecutive_failures == 1
        ends[0] = "/delegations"
        await beats(monkeypatch, loop, 1)
        assert loop._consecutive_failures == 0
        assert {one.headers["accept-encoding"] for one in server.requests} == {"identity"}


@pytest.mark.parametrize(
    "rows", [None, 5, "text", {"error": "x"}, [None, 5, [], {}, {"delegation_id": []}], [[[]]]]
)
async def test_a_list_of_the_wrong_types_costs_nothing(rows: object, monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform(rows=rows) as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 2)
        assert len(server.sent("heartbeat")) == 2 and loop._consecutive_failures == 0


@pytest.mark.parametrize(
    "wrong", [WRONG["10 MB"], WRONG["half a body"], WRONG["no answer"], lambda request: said(500, [])]
)
async def test_a_list_that_does_not_come_costs_no_beat(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        server.wrong = lambda request: wrong(request) if request.path.endswith("delegations") else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 3)
        assert len(server.sent("heartbeat")) == 3 and loop._consecutive_failures == 0


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", "a\0b", 10**400, -5, None, object(), [1]]
)
async def test_no_value_stops_the_beats(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        for name in ("active_tasks", "current_task", "sample_error"):
            setattr(loop, name, value)
        await beats(monkeypatch, loop, 1)
        body = server.sent("heartbeat")[0].json
    assert isinstance(body["active_tasks"], int) and 0 <= body["active_tasks"] < 2**31
    assert isinstance(body["current_task"], str) and "\0" not in body["current_task"]


@pytest.mark.parametrize("value", [None, "x", "5", float("nan"), float("inf"), -1, 10**400, [1], b"\xff"])
async def test_no_count_or_time_stops_the_beats(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("start_time", "error_count", "request_count")
    for wrong in [*((name,) for name in names), names]:
        async with platform() as server:
            loop = heartbeat.HeartbeatLoop(server.url, OWN)
            loop.request_count = 1
            for name in wrong:
                setattr(loop, name, value)
            await beats(monkeypatch, loop, 2)
            bodies = [one.json for one in server.sent("heartbeat")]
            assert len(bodies) == 2 and loop._consecutive_failures == 0
        for body in bodies:
            assert isinstance(body["error_rate"], float) and 0 <= body["error_rate"] <= 1
            assert body["uptime_seconds"] in range(2**31)
        assert bodies[1]["error_rate"] == 0
        setattr(loop, wrong[-1], value)
        loop.record_error("odd")
        loop.record_success()
        assert loop.error_rate >= 0


async def test_a_count_that_a_text_spells_is_that_number(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.error_count, loop.request_count = "1", "4"  # type: ignore[assignment]
        await beats(monkeypatch, loop, 1)
        assert server.sent("heartbeat")[0].json["error_rate"] == 0.25


def test_an_error_that_cannot_say_anything_is_counted() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    loop = heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN)
    loop.record_error(Mute())
    assert (loop.error_count, loop.request_count, loop.sample_error) == (1, 1, "Mute")


async def test_uptime_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start_time = time.time() + 5000
        await beats(monkeypatch, loop, 1)
        assert server.sent("heartbeat")[0].json["uptime_seconds"] >= 0


# --- the host's modules


def adapters(monkeypatch: pytest.MonkeyPatch, made: Any) -> None:
    module = types.ModuleType("adapters")
    module.get_adapter = lambda name: made  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "adapters", module)


class Good:
    made = 0
    idle: Any = 600

    def __init__(self) -> None:
        type(self).made += 1

    def capabilities(self) -> Any:
        return types.SimpleNamespace(to_dict=lambda: {"heartbeat": True})

    def idle_timeout_override(self) -> Any:
        return type(self).idle


async def test_the_adapter_is_made_once_and_its_metadata_stands_in_every_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapters(monkeypatch, Good)
    Good.made, Good.idle = 0, 600
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 3)
        said_of = [one.json.get("runtime_metadata") for one in server.sent("heartbeat")]
    assert said_of == [{"capabilities": {"heartbeat": True}, "idle_timeout_seconds": 600}] * 3
    assert Good.made == 1


@pytest.mark.parametrize("idle", [True, False, 0, -1, None, "600", 1.5])
async def test_only_a_positive_integer_is_an_idle_timeout(
    idle: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapters(monkeypatch, Good)
    Good.idle = idle
    async with platform() as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 1)
        assert server.sent("heartbeat")[0].json["runtime_metadata"] == {"capabilities": {"heartbeat": True}}


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, ImportError])
async def test_an_adapter_that_raises_or_exits_costs_its_metadata(
    error: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made() -> None:
        raise error

    class Bad(Good):
        def __init__(self) -> None:
            made()

    adapters(monkeypatch, Bad)
    async with platform() as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 2)
        assert ["runtime_metadata" in one.json for one in server.sent("heartbeat")] == [False, False]


async def test_what_was_known_of_an_adapter_stays_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fails(Good):
        calls = 0

        def capabilities(self) -> Any:
            Fails.calls += 1
            if Fails.calls > 1:
                raise SystemExit(1)
            return super().capabilities()

    adapters(monkeypatch, Fails)
    Good.idle = 600
    async with platform() as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 2)
        first, second = (one.json["runtime_metadata"] for one in server.sent("heartbeat"))
    assert first == second


async def test_a_host_without_modules_gives_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    rotated: list[str] = []
    async with platform(token=TOKEN, secret="s3cret-of-the-platform") as server:
        loop = heartbeat.HeartbeatLoop(
            server.url,
            OWN,
            auth=lambda: {"Authorization": f"Bearer {TOKEN}"},
            wedge=lambda: "no model",
            metadata=lambda: {"capabilities": {"session": True}},
            on_inbound_secret=rotated.append,
        )
        await beats(monkeypatch, loop, 1)
        body = server.sent("heartbeat")[0].json
    assert (body["runtime_state"], body["sample_error"]) == ("wedged", "no model")
    assert body["runtime_metadata"] == {"capabilities": {"session": True}}
    assert rotated == ["s3cret-of-the-platform"]


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError, GeneratorExit])
@pytest.mark.parametrize("name", ["auth", "wedge", "metadata", "on_inbound_secret"])
async def test_no_function_of_a_host_ends_the_beats(
    name: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*given: object) -> Any:
        raise error

    async with platform(secret="s3cret-of-the-platform") as server:
        given: Any = {"auth": dict, name: ends}
        loop = heartbeat.HeartbeatLoop(server.url, OWN, **given)
        assert len(await beats(monkeypatch, loop, 2)) == 2
        assert len(server.sent("heartbeat")) == (0 if name == "auth" else 2)
        assert loop._consecutive_failures == (2 if name == "auth" else 0)


@pytest.mark.parametrize("error", [SystemExit, asyncio.CancelledError])
async def test_no_module_of_a_host_ends_the_beats(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*given: object) -> Any:
        raise error

    names = {
        "platform_inbound_auth": ["save_inbound_secret"],
        "runtime_wedge": ["is_wedged"],
        "adapters": ["get_adapter"],
        "platform_auth": ["auth_headers", "refresh_cache", "self_source_headers"],
    }
    async with platform(secret="s3cret-of-the-platform") as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        for count, (name, functions) in enumerate(names.items()):
            module = types.ModuleType(name)
            for function in functions:
                setattr(module, function, ends)
            monkeypatch.setitem(sys.modules, name, module)
            assert len(await beats(monkeypatch, loop, 1)) == 1
            assert len(server.sent("heartbeat")) == min(count + 1, 3)


async def test_ctrl_c_in_a_function_of_a_host_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN, wedge=interrupted)._loop()


async def test_a_cancellation_of_the_loop_ends_it() -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        task = loop._task
        assert task is not None
        while not server.sent("heartbeat"):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert loop._task is task, "it is not started again"
        await loop.stop()


async def test_starting_twice_is_starting_once() -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        task = loop._task
        loop.start()
        assert loop._task is task
        await loop.stop()


async def test_the_hosts_own_modules_are_looked_up_late(monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    inbound, wedge, auth = (
        types.ModuleType(name) for name in ("platform_inbound_auth", "runtime_wedge", "platform_auth")
    )
    inbound.save_inbound_secret = saved.append  # type: ignore[attr-defined]
    wedge.is_wedged, wedge.wedge_reason = (lambda: True), (lambda: "")  # type: ignore[attr-defined]
    auth.auth_headers = lambda: {"Authorization": f"Bearer {TOKEN}"}  # type: ignore[attr-defined]
    async with platform(token=TOKEN, secret="s3cret-of-the-platform") as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        for module in (inbound, wedge, auth):
            monkeypatch.setitem(sys.modules, module.__name__, module)
        await beats(monkeypatch, loop, 1)
        assert server.sent("heartbeat")[0].json["runtime_state"] == "wedged"
    assert saved == ["s3cret-of-the-platform"]


async def test_a_secret_that_cannot_be_saved_is_a_warning_without_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(secret: str) -> None:
        raise OSError(f"no space for {secret}")

    monkeypatch.setattr(platform_inbound_auth, "save_inbound_secret", fail)
    async with platform(secret="s3cret-of-the-platform") as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 1)
    assert "heartbeat: persist inbound secret failed" in caplog.text
    assert "s3cret" not in caplog.text


# --- start, stop, restart


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
        # Were it waited for to no end, the watchdog of a stop would be over long before.
        monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 3600.0)
        await loop.stop()
        assert delivered and task is not None and task.cancelled()
        await loop.stop()


async def test_stop_ends_in_bounded_time_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived, never = asyncio.Event(), asyncio.Event()

    async def hang(request: Request) -> Any:
        arrived.set()
        await never.wait()

    monkeypatch.setattr(heartbeat, "_STOP_TIMEOUT", 0.05)
    async with platform() as server:
        server.wrong = hang
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start()
        await arrived.wait()
        await loop.stop()
        assert loop._task is None
        never.set()


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
        while loop._consecutive_failures < failures:
            await asyncio.sleep(0.01)

    for time_ in (1, 2):
        asyncio.run(some(time_))
    asyncio.run(loop.stop())
    assert loop._task is None


async def test_nothing_secret_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG, "heartbeat")
    platform_auth.save_token(TOKEN)
    async with platform(rows=[row(1, summary=f"see {GITHUB}", source="ws-9"), row(2)]) as server:
        ends = ("/a2a", "/notify")
        server.wrong = lambda request: said(500, {"error": GITHUB}) if request.path.endswith(ends) else ...
        url = server.url.replace("http://", f"http://user:{TOKEN}@")
        await beats(monkeypatch, heartbeat.HeartbeatLoop(url, OWN), 2)
        assert server.sent("/notify")
    gone = heartbeat.HeartbeatLoop(f"http://user:{TOKEN}@127.0.0.1:9", OWN)
    await beats(monkeypatch, gone, 2)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name == "heartbeat")
    assert ours and TOKEN not in ours and GITHUB not in ours and "127.0.0.1" not in ours


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
