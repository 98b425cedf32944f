"""The body of a beat, and the secret in the answer to it."""

from __future__ import annotations

from . import _scrubbers
from ._core import heartbeat_inbound_secret as heartbeat_inbound_secret
from ._core import heartbeat_payload as _payload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Scrubber


def heartbeat_payload(state: object, *, scrubber: Scrubber | None = None) -> bytes:
    """Return the body of a beat as JSON, from the state of the host.

    The state is a mapping, or a dataclass, with `workspace_id`, `error_count` and `request_count` or
    `error_rate`, `sample_error`, `active_tasks`, `current_task`, `uptime_seconds`, `wedged_reason` (None
    while healthy) and `runtime_metadata` (`capabilities`, `idle_timeout_seconds`; None without an adapter).
    No value in it is an error, and none leads to a body that the platform refuses: numbers are limited to the
    platform's ranges, text is scrubbed and made valid. The default scrubber is that of the drop-in modules.
    """
    return _payload(state, scrubber or _scrubbers.refreshed())
