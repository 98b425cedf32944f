"""The platform's list of delegations, and how it failed to come."""

from __future__ import annotations

from .answers import content_of, is_delivered, status_of
from .saying import said

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable
    from typing import Any


class Listing:
    """Reads the answers to requests for the list. Each kind of failure is a warning once until a list comes again."""

    def __init__(self, logger: Callable[[], logging.Logger]) -> None:
        self._logger = logger
        # How requests failed since the last list that came: no more kinds than there are statuses and errors.
        self._failures: set[str] = set()

    async def rows(self, answer: Awaitable[Any]) -> Any:
        """Return the list, or None. An answer that is no JSON counts as an empty one: what waits is tried again."""
        try:
            response = await answer
        except Exception as error:  # noqa: BLE001 - the next beat asks again
            self._failed(type(error).__name__, said(error))
            return None
        if not is_delivered(response):
            self._failed(f"status {status_of(response)}")
            return None
        rows = content_of(response)
        if rows is None:
            self._failed("the list of delegations is no JSON")
            return []
        self._failures.clear()
        return rows

    def _failed(self, kind: str, why: str | None = None) -> None:
        again = kind in self._failures
        self._failures.add(kind)
        log = self._logger().info if again else self._logger().warning
        log("heartbeat: no delegations: %s", why or kind)
