"""Delegations with the clock and the scrubber of this process."""

from __future__ import annotations

import time

from . import _core, _scrubbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Ingested, Scrubber, WakeUp


class Delegations(_core.Delegations):
    """Work that one workspace asked others to do, from the platform's list to the messages about it.

    `ingest` a list, append each result's `line()` to the results file, `confirm` those that are durably
    there, and send what is `due` to the agent and the `notifications` to the user. Every `ingest` returns a
    result until it is confirmed, and never after. Times are Unix seconds, by default the present; the default
    scrubber is that of the drop-in modules.
    """

    def ingest(self, rows: object, scrubber: Scrubber | None = None, now: float | None = None) -> Ingested:
        """Read a list of delegations as the platform returns it, and return what there is to write.

        Anything but a list gives nothing new, and a row of any other kind does not affect the others.
        """
        return super().ingest(rows, scrubber or _scrubbers.refreshed(), _time(now))

    def due(self, now: float | None = None) -> WakeUp | None:
        """Return the message to send to the agent now, or None; after one, a cooldown begins."""
        return super().due(_time(now))

    def restore(self, file: bytes, scrubber: Scrubber | None = None) -> int:
        """Read the results file after a restart; return how many results it contains.

        They are not returned again, and the agent is told of them once more.
        """
        return super().restore(file, scrubber or _scrubbers.refreshed())

    def set_parent(self, name: str, scrubber: Scrubber | None = None) -> None:
        """Set the name of the workspace to which the agent reports; empty for none."""
        super().set_parent(name, scrubber or _scrubbers.refreshed())


def _time(now: float | None) -> float:
    return time.time() if now is None else now
