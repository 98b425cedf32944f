"""The heartbeat's loop against a platform that speaks the wire contract.

Every failure is tested, and every defect of the replaced module by name.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from beating import OTHER_TOKEN, OWN, TOKEN, bare_host, beats
from hypothesis import given
from hypothesis import strategies as st
from platform_server import platform, said
from secrets_at_run_time import GITHUB

import prestop.heartbeat as heartbeat
from prestop import platform_auth, platform_inbound_auth, runtime_wedge
from prestop._beat import pace

__all__ = ["bare_host"]


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
    assert all(27 <= one <= 300 for one in pauses)
    longest = pauses[6:]
    assert all(270 <= one <= 300 for one in longest) and len(set(longest)) > 10, (
        "they do not come back together"
    )


@given(st.floats(0.1, 1000), st.integers(0, 10_000), st.none() | st.floats(0, 1e9))
def test_the_pace_is_within_its_bounds(interval: float, failures: int, asked: float | None) -> None:
    seconds = pace.delay(interval, failures, asked)
    assert min(interval, 300.0) <= seconds <= max(300.0, interval)
    if failures == 0:
        assert seconds == interval
    if failures and asked is not None and interval <= asked <= 300:
        assert seconds == asked


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("9999", 300, 300),
        ("1", 30, 30),
        ("junk", 30, 30),
        ("0000000000120", 120, 120),
        ("0" * 20, 30, 30),
        ("9" * 400, 300, 300),
    ],
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


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503, 302])
async def test_a_list_that_is_refused_is_said_once_until_it_comes(
    status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def warned() -> list[str]:
        found = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
        caplog.clear()
        return found

    async with platform() as server:
        answers = [said(status, {"error": GITHUB})]
        server.wrong = lambda request: answers[0] if answers and request.path.endswith("delegations") else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        await beats(monkeypatch, loop, 3)
        assert warned() == [f"heartbeat: no delegations: status {status}"]
        answers[0] = said(418, {})
        await beats(monkeypatch, loop, 2)
        assert warned() == ["heartbeat: no delegations: status 418"]
        answers[0] = said(status, {})
        await beats(monkeypatch, loop, 1)
        assert warned() == []
        answers.clear()
        await beats(monkeypatch, loop, 1)
        answers.append(None)
        await beats(monkeypatch, loop, 2)
        assert warned() == ["heartbeat: no delegations: RemoteProtocolError"]
        assert loop._consecutive_failures == 0


async def test_a_401_for_a_list_refreshes_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    platform_auth.save_token(TOKEN)
    async with platform() as server:

        def rotated(request: Any) -> Any:
            if request.path.endswith("heartbeat"):
                (tmp_path / "configs" / ".auth_token").write_text(OTHER_TOKEN)
                return said(200, {})
            server.token = OTHER_TOKEN
            return ...

        server.wrong = rotated
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, OWN), 1)
        tokens = [one.headers["authorization"] for one in server.sent("/delegations")]
    assert tokens == [f"Bearer {TOKEN}", f"Bearer {OTHER_TOKEN}"]


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


class Ends:
    """Tries to end the process, whatever is asked of it."""

    def _end(self, *given: object) -> Any:
        raise SystemExit(1)

    __float__ = __int__ = __index__ = __str__ = __repr__ = __bool__ = __iter__ = _end


class EndingInt(int):
    """A number whose methods do."""

    __float__ = __int__ = __index__ = __gt__ = __lt__ = __str__ = __repr__ = Ends._end


@pytest.mark.parametrize("value", [Ends(), EndingInt(5), EndingInt(10**400)], ids=["object", "5", "10**400"])
async def test_no_value_ends_the_process(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        about: dict[str, Any] = {"capabilities": {"heartbeat": True}}
        loop = heartbeat.HeartbeatLoop(server.url, OWN, metadata=lambda: about)
        names = ("start_time", "error_count", "request_count", "active_tasks", "current_task", "sample_error")
        for name in names:
            setattr(loop, name, value)
        await beats(monkeypatch, loop, 1)
        assert server.sent("heartbeat")[0].json["runtime_metadata"] == about
        about["capabilities"]["heartbeat"] = value
        await beats(monkeypatch, loop, 1)
        assert len(server.sent("heartbeat")) == 2 and loop._consecutive_failures == 0
        loop.error_count = value
        loop.record_error(value)
        loop.record_success()
        assert loop.error_rate >= 0


async def test_uptime_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.start_time = time.time() + 5000
        await beats(monkeypatch, loop, 1)
        assert server.sent("heartbeat")[0].json["uptime_seconds"] >= 0
