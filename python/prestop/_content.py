"""The content of a snapshot. Independent of the Rust core, so that it works where that cannot be loaded."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The module `datetime`: it takes long to import, and cannot be imported any more while the interpreter is finalizing.
_imported: list[Any] = []


def build(
    *,
    workspace_id: str,
    adapter: object,
    current_task: object = "",
    active_tasks: object = 0,
    uptime_seconds: int | None = None,
    session_id: object = None,
    now: float | None = None,
) -> dict[str, Any]:
    """Return the snapshot of a workspace; nothing in it is scrubbed yet.

    `now` is in Unix seconds, by default the present. Fields that are None are left out; the state of the
    adapter is the very object given. Raises ValueError for a `now` outside the years 1 to 9999.
    """
    if not _imported:
        import datetime

        _imported.append(datetime)
    clock = _imported[0]
    try:
        moment = clock.datetime.fromtimestamp(time.time() if now is None else now, clock.UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("now is not a time in Unix seconds, of the years 1 to 9999") from None
    snapshot: dict[str, Any] = {
        "workspace_id": workspace_id,
        "timestamp": moment.isoformat(),
        "current_task": current_task,
        "active_tasks": active_tasks,
    }
    if uptime_seconds is not None:
        # A clock that was set back makes it negative, which no reader expects.
        snapshot["uptime_seconds"] = max(0, uptime_seconds)
    if session_id is not None:
        snapshot["session_id"] = session_id
    snapshot["adapter"] = adapter
    return snapshot
