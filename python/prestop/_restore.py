"""Restores a snapshot to a host: only one that may be restored, and never at the cost of the start."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import traceback
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import _loggers
from ._counters import count
from ._guard import Starts, refused, set_aside
from ._in_the_way import InTheWay
from ._jobs import loop_is_running
from ._log_line import described
from ._state import close

logger = _loggers.named("prestop.session")


def admitted(
    adapter: object, path: Path, starts: Starts, max_age: float | None
) -> tuple[dict[str, Any] | None, InTheWay | None]:
    """Read the snapshot and return it if it may be restored; this start then counts as one of its starts.

    The second is what must be kept of a file that is not: before the first save.
    """
    from . import pre_stop

    snapshot: Any = None
    try:
        snapshot, is_readable = pre_stop._read_if_possible(path)
        if not is_readable:
            return None, InTheWay(path)
        if snapshot is None or snapshot == {}:
            return None, None
        if not isinstance(snapshot, dict):
            count("refused_shape")
            logger.warning("Snapshot not restored: it is not an object")
            return None, InTheWay(path, snapshot)
        workspace_id = os.environ.get("WORKSPACE_ID", "unknown")
        refusal = refused(snapshot, workspace_id=workspace_id, max_age=max_age, now=datetime.now(UTC))
        if refusal is not None:
            # One that is too old is what `max_age` says may go.
            return None, InTheWay(path, snapshot) if refusal == "workspace" else None
        # What nobody takes cannot stop its host: it is not counted.
        if _hook(adapter) is not None and not starts.begin(snapshot):
            if set_aside(path, snapshot):
                starts.settle()
            return None, None
    except Exception as fault:  # noqa: BLE001 - whatever stands in the file, the host boots
        logger.warning("Snapshot not restored: %s", described(fault))
        return None, InTheWay(path, snapshot)
    return snapshot, None


def give_back(adapter: object, snapshot: dict[str, Any]) -> bool:
    """Call `restore_state`, with `asyncio.run` if it is async; return whether it accepted the snapshot."""
    hook = _hook(adapter)
    if hook is None:
        return False
    running = loop_is_running()
    if running and inspect.iscoroutinefunction(hook):
        return _skipped()
    try:
        given = hook(snapshot)
        if inspect.isawaitable(given):
            if running:
                close(given)
                return _skipped()
            asyncio.run(_awaited(given))
    except (Exception, asyncio.CancelledError, SystemExit) as error:
        if _is_asked_for(error):
            raise
        return _failed(error)
    return _taken()


async def give_back_on_loop(adapter: object, snapshot: dict[str, Any]) -> bool:
    """Call `restore_state`, and await it if it is async; return whether it accepted the snapshot."""
    hook = _hook(adapter)
    if hook is None:
        return False
    try:
        given = hook(snapshot)
        if inspect.isawaitable(given):
            await given
    except (Exception, asyncio.CancelledError, SystemExit) as error:
        if _is_asked_for(error):
            raise
        return _failed(error)
    return _taken()


def _hook(adapter: object) -> Any:
    hook = getattr(adapter, "restore_state", None)
    return hook if callable(hook) else None


async def _awaited(awaitable: Awaitable[Any]) -> None:
    await awaitable


def _is_asked_for(error: BaseException) -> bool:
    """Return whether somebody else ends the start: by cancelling the task, or in a signal handler."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task() if loop_is_running() else None
        return task is not None and task.cancelling() > 0
    if not isinstance(error, SystemExit):
        return False
    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()}
    return any(frame.f_code in handlers for frame, _ in traceback.walk_tb(error.__traceback__))


def _taken() -> bool:
    count("restored")
    return True


def _failed(error: BaseException) -> bool:
    count("restore_failed")
    logger.warning("restore_state failed, the host starts without the snapshot: %s", described(error))
    return False


def _skipped() -> bool:
    count("hook_skipped")
    logger.warning("restore_state is async and cannot run here: use `async with preserve(...)`")
    return False
