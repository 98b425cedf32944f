"""Tasks that run beside the beats; no beat waits for their end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


def is_under_way(task: asyncio.Future[Any] | None) -> bool:
    """Return whether the task is running.

    A task of another event loop is not: its loop is closed or no longer runs. It is cancelled.
    """
    if task is None or task.done():
        return False
    if task.get_loop() is asyncio.get_running_loop():
        return True
    with contextlib.suppress(RuntimeError):
        task.get_loop().call_soon_threadsafe(task.cancel)
    return False


async def has_ended(task: asyncio.Future[Any], seconds: float) -> bool:
    """Wait for the task for at most this long; return whether it has ended."""
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return bool(done)


async def end(task: asyncio.Future[Any] | None) -> None:
    """Cancel the task and wait for its end. What it raises is ignored; a cancellation of the caller is not."""
    if task is not None and is_under_way(task):
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            # Else it would be reported as never retrieved.
            task.exception()
