"""Notifications to the user about results: one after another, beside the beats."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from . import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from .._core import Notification
    from .._delegations import Delegations


class Telling:
    """The notifications that are still to be sent. One that is cancelled on the way is sent again."""

    def __init__(self, tracker: Delegations, logger: Callable[[], logging.Logger]) -> None:
        self._logger = logger
        self._tracker = tracker
        self._unsent: deque[Notification] = deque()
        self._left_out: set[str] = set()
        self._task: asyncio.Future[None] | None = None

    def leave_out(self, delegation_ids: set[str]) -> None:
        """Send no notification of these results: another process does."""
        self._left_out |= delegation_ids

    async def go_on(self, sent: Callable[[bytes], Awaitable[str | None]], patience: float) -> None:
        """Send all by `sent(body)`, which returns None or why it failed; wait at most `patience` seconds."""
        if beside.is_under_way(self._task):
            return
        new = self._tracker.notifications()
        self._unsent.extend(one for one in new if one.delegation_id not in self._left_out)
        self._left_out.clear()
        self._task = asyncio.ensure_future(self._tell(sent))
        await beside.has_ended(self._task, patience)

    async def end(self) -> None:
        """Stop sending; the next call of `go_on` sends the rest."""
        await beside.end(self._task)

    async def _tell(self, sent: Callable[[bytes], Awaitable[str | None]]) -> None:
        while self._unsent:
            notification = self._unsent[0]
            why = await sent(notification.body())
            # Removed only now: a notification whose sending was cancelled is sent again.
            self._unsent.popleft()
            if why is not None:
                again = self._tracker.notification_failed(notification)
                self._logger().warning(
                    "heartbeat: the user was not told, %s: %s", "later" if again else "given up", why
                )
