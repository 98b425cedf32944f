"""AgentAPI: its conversation as a platform shows it while the workspace is off, and which versions can keep it."""

from __future__ import annotations

from . import _core, _scrubbers
from ._core import LogSnapshot as LogSnapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Scrubber

PERSISTENCE = (0, 12, 0)
"""The first version of AgentAPI with a state file, and with a save signal that does not kill it."""


def log_snapshot(messages: object, *, scrubber: Scrubber | None = None) -> LogSnapshot | None:
    """Return the last ten messages as a body for the platform, or None where there are none.

    `messages` is the answer to `GET /messages`: its bytes or text, or what it was parsed into, or only the list. The body is
    scrubbed and takes at most 65,536 bytes as it is sent, whatever the text; the newest is kept, and the oldest message
    that is left says so in its text when something had to go. The scrubber is by default `balanced` with the
    environment's secrets. Raises ValueError where there is no list of messages.
    """
    if isinstance(messages, str):
        messages = messages.encode("utf-8", "surrogatepass")
    if not isinstance(messages, bytes):
        import json

        messages = json.dumps(messages, default=str).encode()
    return _core.log_snapshot(messages, scrubber or _scrubbers.with_environment())


def version_at_least(reported: str, minimum: tuple[int, int, int] = PERSISTENCE) -> bool:
    """Say whether a version, as `agentapi --version` reports it, is at least this one.

    What is no version in three numbers is not; of the minimum itself a release candidate is.
    """
    return _core.version_at_least(reported, minimum)
