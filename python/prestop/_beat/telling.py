"""Notifications to the user about results: one after another, beside the beats."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from .. import _loggers
from . import aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Notification
    from .._delegations import Delegations

logger = _loggers.named("heartbeat")


class Telling:
    """The notifications that are still to be sent. One that is cancelled on the way is sent again."""

    def __init__(self, tracker: Delegations) -> None:
        self._tracker = tracker
        self._unsent: deque[Notification] = deque()
        self._task: asyncio.Future[None] | None = None

    async def go_on(self, sent: Callable[[bytes], Awaitable[str | None]], patience: float) -> None:
        """Send all by `sent(body)`, which returns None or why it failed; wait at most `patience` seconds."""
        if aside.is_under_way(self._task):
            return
        self._unsent.extend(self._tracker.notifications())
        self._task = asyncio.ensure_future(self._tell(sent))
        await aside.has_ended(self._task, patience)

    async def end(self) -> None:
        """Stop sending; the next call of `go_on` sends the rest."""
        await aside.end(self._task)

    async def _tell(self, sent: Callable[[bytes], Awaitable[str | None]]) -> None:
        while self._unsent:
            notification = self._unsent[0]
            why = await sent(notification.body())
            # Removed only now: a notification whose sending was cancelled is sent again.
            self._unsent.popleft()
            if why is not None:
                again = self._tracker.notification_failed(notification)
                logger.warning(
                    "heartbeat: the user was not told, %s: %s", "later" if again else "given up", why
                )
