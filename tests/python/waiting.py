"""Waiting for a condition: a bug that keeps it from coming true fails the test, and does not hang the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# Longer than any machine needs, however busy it is.
_SECONDS = 60.0
_PAUSE = 0.005


def until(condition: Callable[[], object]) -> None:
    """Return once the condition is true."""
    end = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(_PAUSE)


async def until_on_loop(condition: Callable[[], object]) -> None:
    """Like `until`, while the event loop goes on."""
    end = time.monotonic() + _SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(_PAUSE)
