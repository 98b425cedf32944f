"""The parts of the hosts in miniature: adapters, ways to wait, and the report of events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import prestop
from prestop import pre_stop

PATH = sys.argv[2]


def tell(**event: Any) -> None:
    # One system call: it also works in a signal handler, where `print` may be interrupted by itself.
    os.write(1, (json.dumps(event) + "\n").encode())


class Adapter:
    """A host's own adapter, without the mixin."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"session_id": "session-1", "step": 0}

    def pre_stop_state(self) -> Any:
        return dict(self.state)

    def restore_state(self, snapshot: dict[str, Any]) -> Any:
        tell(restored=snapshot["adapter"].get("step"), session_id=snapshot.get("session_id"))


class AsyncAdapter(Adapter):
    async def pre_stop_state(self) -> Any:
        await asyncio.sleep(0.01)
        return dict(self.state)

    async def restore_state(self, snapshot: dict[str, Any]) -> Any:
        await asyncio.sleep(0.01)
        Adapter.restore_state(self, snapshot)


class NoHooks:
    """Saves and restores nothing of its own."""


class Raising(Adapter):
    def pre_stop_state(self) -> Any:
        raise SystemExit("gh" + "p_" + "A1b2" * 9)


class Hanging(Adapter):
    def pre_stop_state(self) -> Any:
        time.sleep(60)


class AsyncHanging(Adapter):
    async def pre_stop_state(self) -> Any:
        await asyncio.sleep(60)


def count_writes(*, seconds: float = 0.0) -> None:
    """Report each write, and make it slow, as on a slow disk."""
    write = pre_stop.write_snapshot

    def slow(*arguments: Any) -> bool:
        tell(write="begins")
        time.sleep(seconds)
        written = write(*arguments)
        tell(write="ends", ok=written)
        return written

    pre_stop.write_snapshot = slow  # type: ignore[assignment]


@contextlib.contextmanager
def captured() -> Iterator[threading.Event]:
    """Handle the signals as a web server does: stop when it likes, restore the handlers, raise them again."""
    stop = threading.Event()
    seen: list[int] = []

    def handle(number: int, frame: object) -> None:
        seen.append(number)
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for caught in reversed(seen):
        signal.raise_signal(caught)


def signal_elsewhere(number: int) -> None:
    """Have the signal delivered to another thread than the main one, whose sleep it does not interrupt."""

    def deliver() -> None:
        time.sleep(0.2)
        signal.pthread_kill(threading.get_ident(), number)
        # It is alive while the signal is handled, as a thread of a host would be.
        time.sleep(60)

    threading.Thread(target=deliver, daemon=True).start()


def wait() -> None:
    tell(ready=True)
    time.sleep(60)


async def wait_on_loop() -> None:
    tell(ready=True)
    await asyncio.sleep(60)


def preserve(adapter: Any = None, **options: Any) -> prestop.session.Preservation:
    return prestop.preserve(adapter or Adapter(), **{"path": PATH, "checkpoint": None, **options})


# Plain stops.
