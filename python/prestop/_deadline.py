"""How long something may take that is called by a name of others and has no argument for it."""

from __future__ import annotations

from contextvars import ContextVar

write_seconds: ContextVar[float] = ContextVar("prestop_write_seconds", default=5.0)
"""For a write of the drop-in module."""

hook_deadline: ContextVar[float] = ContextVar("prestop_hook_deadline", default=float("inf"))
"""When `pre_stop_state` has to be back, as `time.monotonic()` says it."""
