"""How long a write of the drop-in module may take; what it calls itself has no argument for it."""

from __future__ import annotations

from contextvars import ContextVar

write_seconds: ContextVar[float] = ContextVar("prestop_write_seconds", default=5.0)
