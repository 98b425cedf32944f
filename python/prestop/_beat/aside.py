"""What goes on beside the beats, in tasks for which no beat waits."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


def is_under_way(task: asyncio.Future[Any] | None) -> bool:
    """Say whether the task goes on: one of another event loop does not, since that one is gone or stands still."""
    if task is None or task.done():
        return False
    if task.get_loop() is asyncio.get_running_loop():
        return True
    with contextlib.suppress(RuntimeError):
        task.get_loop().call_soon_threadsafe(task.cancel)
    return False


async def has_ended(task: asyncio.Future[Any], seconds: float) -> bool:
    """Wait for the task at most so long, and say whether it has ended."""
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return bool(done)


async def end(task: asyncio.Future[Any] | None) -> None:
    """Cancel the task and wait for its end."""
    if task is not None and is_under_way(task):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
