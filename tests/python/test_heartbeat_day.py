"""A day of a heartbeat under a simulated clock: thousands of beats and delegations, against a model.

Faults of the network, of the disk and of the process are drawn at random; the model says what must result.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import prestop.heartbeat as heartbeat
from prestop import lines

OWN = "ws-1"
LONG = bool(os.environ.get("PRESTOP_LONG"))
BEATS = 2880 if LONG else 250


class Day:
    """The platform, the agent that consumes its results, and the clock."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.chance = random.Random(seed)
        self.path = directory / "results.jsonl"
        self.now = 1_800_000_000.0
        self.faults = 0.15
        self.rows: list[dict[str, Any]] = []
        self.wanted: set[str] = set()
        self.taken: Counter[str] = Counter()
        self.read: set[str] = set()
        self.woken: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.beats: list[float] = []
        self.wake_ups: list[float] = []
        # Delivered by a process that ended before it could record that: if the agent removed the result
        # meanwhile, it left no trace, and is delivered again.
        self.traceless: set[str] = set()
        self.number = 0

    def happens(self) -> bool:
        return self.chance.random() < self.faults

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/heartbeat"):
            self.beats.append(self.now)
        if self.happens():
            return self.fault()
        if path.endswith("/heartbeat"):
            return httpx.Response(200, json={"status": "ok"})
        if path.endswith("/delegations"):
            self.work()
            return httpx.Response(200, json=self.rows[-50:][::-1])
        if path.endswith("/a2a"):
            self.wake_ups.append(self.now)
            text = json.loads(request.content)["params"]["message"]["parts"][0]["text"]
            self.woken.update(one for one in self.wanted if f'"{one}"' in text)
            if " more. " in text:  # this line says that the others are in the file
                self.woken.update(self.waiting())
            return httpx.Response(200, json={})
        if path.endswith("/notify"):
            message = json.loads(request.content)["message"]
            self.noted.update(one for one in self.wanted if f"task {one}." in message)
            return httpx.Response(200, json={})
        return httpx.Response(200, json={"name": "someone"})

    def fault(self) -> httpx.Response:
        kind = self.chance.randrange(4)
        if kind == 0:
            raise httpx.ConnectError("refused")
        if kind == 1:
            return httpx.Response(200, content=b'{"half')
        return httpx.Response([500, 503][kind - 2], json={"error": "later"})

    def work(self) -> None:
        """Request and finish delegations, few between two lists, so that none leaves the list unseen."""
        if self.faults == 0:
            return
        for _ in range(self.chance.randrange(3)):
            self.number += 1
            kind = self.chance.choice(["completed", "completed", "failed", "pending"])
            source = OWN if self.chance.random() < 0.9 else "ws-9"
            one = f"d{self.number}x"
            text = {"summary": f"task {one}.", "response_preview": "fine", "error": "odd"}
            self.rows.append({"delegation_id": one, "source_id": source, "status": kind, **text})
            if source == OWN and kind != "pending":
                self.wanted.add(one)
        if self.chance.random() < 0.1:
            self.rows.append({"delegation_id": None, "status": 5})
        del self.rows[:-50]

    def waiting(self) -> list[str]:
        """Return the ids of the results in the file."""
        if not self.path.exists():
            return []
        return [json.loads(line)["delegation_id"] for line in self.path.read_text().splitlines()]

    def agent(self) -> None:
        """Consume the results as the agent does; it need not be told of what it has read by itself."""
        before = set(self.taken)
        self.take()
        self.read |= set(self.taken) - before

    def take(self) -> None:
        # As hosts do.
        consumed = self.path.with_suffix(".consumed")
        if self.path.exists():
            self.taken.update(self.waiting())
            self.path.rename(consumed)
            if self.chance.random() < 0.5:
                consumed.unlink()


@pytest.mark.parametrize("seed", range(8 if LONG else 3))
async def test_a_day(seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    day = Day(seed, tmp_path)
    monkeypatch.setattr(heartbeat, "DELEGATION_RESULTS_FILE", str(day.path))
    monkeypatch.setattr(time, "time", lambda: day.now)
    client, append, sleep = httpx.AsyncClient, lines.append, asyncio.sleep

    def faulty(value: Any, path: Any, **options: Any) -> Any:
        if day.happens():
            raise OSError("no space left on device")
        return append(value, path, **options)

    monkeypatch.setattr(lines, "append", faulty)
    monkeypatch.setattr(
        httpx,
        "AsyncClient",
        lambda **options: client(transport=httpx.MockTransport(day.answer), **options),
    )
    restarts: list[float] = []

    async def beat(loop: heartbeat.HeartbeatLoop, until: Callable[[], bool]) -> None:
        async def pause(seconds: float) -> None:
            day.now += seconds
            await sleep(0)
            if until():
                raise asyncio.CancelledError

        monkeypatch.setattr(asyncio, "sleep", pause)
        with pytest.raises(asyncio.CancelledError):
            await loop._loop()
        monkeypatch.setattr(asyncio, "sleep", sleep)
        assert len(loop._seen_delegation_ids) <= heartbeat.MAX_SEEN_DELEGATION_IDS
        if loop._results is not None:
            day.traceless.update(loop._results._unnoted)

    while len(day.beats) < BEATS:
        if day.chance.random() < 0.3:
            day.agent()
        lives = len(day.beats) + day.chance.randrange(1, 60)
        restarts.append(day.now)
        await beat(heartbeat.HeartbeatLoop("http://platform", OWN), lambda: len(day.beats) >= lives)  # noqa: B023
    # The faults end, and a few beats later everything has been delivered.
    day.faults = 0.0
    calm = len(day.beats) + 12
    await beat(heartbeat.HeartbeatLoop("http://platform", OWN), lambda: len(day.beats) >= calm)
    day.take()

    listed = {row.get("delegation_id") for row in day.rows}
    assert set(day.taken) <= day.wanted
    twice = {one for one, times in day.taken.items() if times != 1}
    assert twice <= day.traceless, "exactly once into the file"
    assert len(day.traceless) < len(day.taken) / 20
    assert day.wanted - set(day.taken) - listed == set(), "none is lost while it is listed"
    assert set(day.taken) - set(day.woken) - day.read == set(), "the agent knows of each"
    assert len(set(day.taken) & set(day.woken)) > len(day.taken) / 2
    pauses = [b - a for a, b in zip(day.beats, day.beats[1:], strict=False) if b not in restarts]
    assert all(pause >= heartbeat.HEARTBEAT_INTERVAL * 0.9 for pause in pauses if pause)
    assert len(day.taken) > BEATS / 4 and len(restarts) > 5
