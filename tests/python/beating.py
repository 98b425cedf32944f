"""Shared by the tests of the heartbeat's loop: a bare host, and a loop that beats a given number of times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from secrets_at_run_time import letters

import prestop.heartbeat as heartbeat
from prestop import platform_auth, platform_inbound_auth, runtime_wedge

OWN = "ws-1"
TOKEN = "tok-" + letters(20, 71)
OTHER_TOKEN = "tok-" + letters(20, 72)


@pytest.fixture(autouse=True)
def bare_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh_scrubber: None) -> Iterator[None]:
    """A host without modules of its own, with a directory and a results file of this test."""
    monkeypatch.setenv("CONFIGS_DIR", str(tmp_path / "configs"))
    monkeypatch.setattr(heartbeat, "DELEGATION_RESULTS_FILE", str(tmp_path / "results.jsonl"))
    platform_auth.clear_cache()
    platform_inbound_auth.reset_cache()
    runtime_wedge.reset_for_test()
    yield
    platform_auth.clear_cache()
    platform_inbound_auth.reset_cache()
    runtime_wedge.reset_for_test()


class Pauses:
    """Replaces `asyncio.sleep`: records the pauses between beats, and ends the loop after the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.seconds: list[float] = []
        self.most = most
        self._sleep = asyncio.sleep
        monkeypatch.setattr(asyncio, "sleep", self)

    async def __call__(self, seconds: float, result: object = None) -> None:
        if seconds < 5:
            await self._sleep(seconds)
            return
        self.seconds.append(seconds)
        if len(self.seconds) >= self.most:
            raise asyncio.CancelledError
        await self._sleep(0)


async def beats(monkeypatch: pytest.MonkeyPatch, loop: heartbeat.HeartbeatLoop, count: int) -> list[float]:
    """Let the loop beat this often; return the pauses it made."""
    pauses = Pauses(monkeypatch, count)
    with pytest.raises(asyncio.CancelledError):
        await loop._loop()
    monkeypatch.setattr(asyncio, "sleep", pauses._sleep)
    return pauses.seconds


def row(number: int | str, status: str = "completed", source: str = OWN, **more: Any) -> dict[str, Any]:
    return {"delegation_id": f"d-{number}", "type": "delegate_result", "source_id": source, "target_id": "ws-2",
            "status": status, "summary": f"task {number}", "response_preview": f"done {number}"} | more  # fmt: skip


def written(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "results.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
