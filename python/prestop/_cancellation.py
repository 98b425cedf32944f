"""Cancels the task that entered `preserve`: at once, or when the host's own stop takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import time

from . import _loggers

logger = _loggers.named("prestop.session")


class Cancellation:
    """Cancels the task that creates it, on its loop.

    `soon`, `later` and `wake` may be called in a signal handler.
    """

    def __init__(self, grace: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._grace = grace
        self._count = 0
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._waits_since: float | None = None

    def soon(self, number: int) -> None:
        """Cancel the task through the loop: nothing else may touch it, and the loop may be asleep."""
        try:
            self._loop.call_soon_threadsafe(self._cancel)
        except RuntimeError:
            # The loop is closed, so nothing else ends the body.
            raise SystemExit(128 + number) from None

    def later(self, number: int) -> None:
        """Cancel the task if the host's own stop is not over after half of the grace.

        The other half is left to save.
        """
        if self._waits_since is not None:
            return
        self._waits_since = time.monotonic()
        try:
            self._loop.call_soon_threadsafe(self._wait)
        except RuntimeError:
            raise SystemExit(128 + number) from None

    def wake(self, _number: int) -> None:
        """Wake the loop, so that the interpreter runs pending signal handlers."""
        # RuntimeError: the loop is closed.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: None)

    def end(self) -> float:
        """Cancel nothing any more; return the deadline of the stop, as `time.monotonic()`."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        now = time.monotonic()
        if self._waits_since is None:
            return now + self._grace
        return max(now + self._grace / 2, self._waits_since + self._grace)

    def take_back(self) -> None:
        """Withdraw our own requests for cancellation, so that only those of others count."""
        while self._task is not None and self._count:
            self._count -= 1
            self._task.uncancel()

    def _wait(self) -> None:
        if not self._over:
            self._timer = self._loop.call_later(self._grace / 2, self._give_up)

    def _give_up(self) -> None:
        if not self._over:
            logger.warning(
                "The host's own stop has not ended after %g s, its task is cancelled", self._grace / 2
            )
        self._cancel()

    def _cancel(self) -> None:
        if self._task is not None and not self._over:
            self._count += 1
            self._task.cancel()
