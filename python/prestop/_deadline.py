"""Time limits for functions whose signature is fixed by others and has no argument for it."""

from __future__ import annotations

from contextvars import ContextVar

write_seconds: ContextVar[float] = ContextVar("prestop_write_seconds", default=5.0)
"""The seconds for a write of the drop-in module."""

hook_deadline: ContextVar[float] = ContextVar("prestop_hook_deadline", default=float("inf"))
"""When `pre_stop_state` has to return, as `time.monotonic()`."""
