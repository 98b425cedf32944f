"""The message that wakes the agent up: sent beside the beats, and again if it did not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from . import beside

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging

    from .._delegations import Delegations


class Waking:
    """One message at a time. The tracker learns what did not arrive, even if the event loop is gone."""

    def __init__(self, tracker: Delegations, logger: Callable[[], logging.Logger]) -> None:
        self._logger = logger
        self._tracker = tracker
        self._task: asyncio.Future[None] | None = None
        self._is_untold = False

    def is_free(self) -> bool:
        """Return whether no message is under way; one that was lost is reported to the tracker as failed."""
        if beside.is_under_way(self._task):
            return False
        if self._is_untold:
            self._is_untold = False
            self._tracker.wake_up_failed()
        return True

    async def go(self, sent: Callable[[], Awaitable[str | None]], patience: float) -> None:
        """Send it by `sent()`, which returns None or why it failed; wait no longer than `patience` seconds.

        The agent may take minutes to answer, and nothing else waits for that.
        """
        self._is_untold = True
        self._task = asyncio.ensure_future(self._send(sent))
        await beside.has_ended(self._task, patience)

    async def end(self) -> None:
        """Stop sending."""
        await beside.end(self._task)

    async def _send(self, sent: Callable[[], Awaitable[str | None]]) -> None:
        why = await sent()
        self._is_untold = False
        if why is None:
            return
        given_up = self._tracker.wake_up_failed()
        self._logger().warning(
            "heartbeat: the agent was not told, %s: %s", "given up" if given_up else "later", why
        )
