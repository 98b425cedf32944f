"""Whether the runtime is stuck, for hosts that have no `runtime_wedge` of their own."""

from __future__ import annotations

from . import _loggers

logger = _loggers.named("runtime_wedge")


class _State:
    reason: str | None = None


def mark_wedged(reason: str) -> None:
    """Record that the runtime is stuck; the first reason is kept until it is cleared."""
    if _State.reason is None and reason is not None:
        _State.reason = str(reason)
        logger.error("runtime wedged")


def clear_wedge() -> None:
    """Record that the runtime works again."""
    if _State.reason is not None:
        _State.reason = None
        logger.info("runtime no longer wedged")


def is_wedged() -> bool:
    """Return whether the runtime is stuck."""
    return _State.reason is not None


def wedge_reason() -> str:
    """Return why the runtime is stuck; empty if it is not."""
    return _State.reason or ""


def reset_for_test() -> None:
    """Forget everything, without logging."""
    _State.reason = None
