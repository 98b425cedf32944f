"""What the heartbeat needs of its host, as modules or functions; none of them can end the beats."""

from __future__ import annotations

import asyncio
import sys
import types
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from beating import OWN, TOKEN, bare_host, beats, row
from platform_server import platform, said
from waiting import until_on_loop

import prestop.heartbeat as heartbeat
from prestop import platform_inbound_auth
from prestop._beat import host

__all__ = ["bare_host"]


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


class Factory:
    """Makes an adapter when it is called, and is none itself."""

    def __call__(self) -> Good:
        return Good()


@pytest.mark.parametrize("made", [Good, Good(), lambda: Good(), Factory()])  # noqa: PLW0108
@pytest.mark.parametrize("named", [True, False])
def test_an_adapter_is_given_or_made(made: Any, named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    adapters(monkeypatch, made)
    if not named:
        monkeypatch.setattr(sys.modules["adapters"], "get_adapter", lambda: made)
    Good.idle = 600
    assert host.Adapter().metadata() == {"capabilities": {"heartbeat": True}, "idle_timeout_seconds": 600}


def test_a_type_error_of_the_hosts_own_is_not_taken_for_a_missing_parameter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def get_adapter(name: str = "another") -> Any:
        asked.append(name)
        raise TypeError("of the host's own")

    adapters(monkeypatch, None)
    monkeypatch.setattr(sys.modules["adapters"], "get_adapter", get_adapter)
    monkeypatch.setenv("RUNTIME", "this")
    assert host.Adapter().metadata() is None
    assert asked == ["this"]


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


async def asynchronous(*given: object) -> Any:
    return {}


class Hidden:
    def __call__(self, *given: object) -> Any:
        return asynchronous()


@pytest.mark.parametrize("name", ["auth", "wedge", "metadata", "on_inbound_secret"])
async def test_an_async_function_is_refused_and_never_silently_ignored(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given: Any = {name: asynchronous}
    with pytest.raises(TypeError, match=f"{name} is async"):
        heartbeat.HeartbeatLoop("http://127.0.0.1:9", OWN, **given)
    # One that does not look async is noticed when it is called.
    hidden: Any = {"auth": dict, name: Hidden()}
    async with platform(secret="s3cret-of-the-platform") as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN, **hidden)
        await beats(monkeypatch, loop, 1)
        bodies = [one.json for one in server.sent("heartbeat")]
    assert len(bodies) == (0 if name == "auth" else 1)
    assert all("runtime_state" not in body and not body.get("sample_error") for body in bodies)
    assert [record.levelname for record in caplog.records if "is async" in record.getMessage()] == ["WARNING"]


@pytest.mark.parametrize(
    "garbage", [asynchronous, lambda: [1], lambda: "text", lambda: 5, lambda: True, lambda: dict]
)
async def test_what_is_no_metadata_does_not_replace_the_last_known(
    garbage: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = {"capabilities": {"heartbeat": True}}
    given = [garbage, garbage, lambda: known]

    def metadata() -> Any:
        return given.pop()()

    async with platform() as server:
        loop = heartbeat.HeartbeatLoop(server.url, OWN, auth=dict, metadata=metadata)
        await beats(monkeypatch, loop, 3)
        assert [one.json["runtime_metadata"] for one in server.sent("heartbeat")] == [known] * 3
    assert caplog.text.count("heartbeat: no metadata: TypeError") == 2


async def test_a_logger_that_a_host_puts_in_the_place_is_used_everywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []

    def log(level: int, text: str, *given: object) -> None:
        lines.append(text % given)

    stand_in = Mock(log=log)
    for name in ("info", "warning", "error"):
        setattr(stand_in, name, partial(log, 0))
    (tmp_path / "results.jsonl.delivered").mkdir()
    async with platform(rows=[row(1), row(2, source="ws-9")]) as server:
        ends = ("/a2a", "/notify")
        server.wrong = lambda request: said(500, {}) if request.path.endswith(ends) else ...
        loop = heartbeat.HeartbeatLoop(server.url, OWN, auth=dict)
        monkeypatch.setattr(heartbeat, "logger", stand_in)
        await beats(monkeypatch, loop, 2)
    for wanted in ("not believed", "another workspace's", "not remembered", "the agent was", "the user was"):
        assert any(wanted in line for line in lines), wanted
    assert caplog.text == ""


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
        await until_on_loop(lambda: server.sent("heartbeat"))
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
