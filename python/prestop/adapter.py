"""The adapter's side of a snapshot: the state of one agent product, and how it is restored."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from . import _loggers
from ._deadline import hook_deadline
from ._jobs import Job
from ._log_line import described
from ._state import within

logger = _loggers.named("prestop.adapter")

_PAGES = 500
_TRANSCRIPT_SECONDS = 2.0
# How late a page may be that was requested in time.
_LATE_SECONDS = 0.5


class SnapshotAdapter:
    """A mixin that gives an adapter `pre_stop_state` and `restore_state`.

        class ClaudeAdapter(SnapshotAdapter, BaseAdapter): ...

    It reads `self._executor._session_id` and calls the method `transcript_lines(since, limit)`, plain or
    async; both are optional.
    """

    _snapshot_session_id: Any = None
    _snapshot_transcript: Any = None

    def pre_stop_state(self) -> dict[str, Any]:
        """Return `{"session_id": ..., "transcript_lines": [...]}`, each key only if it has a value.

        The lines are the last 200; where that is not certain, a WARNING says so. `transcript_lines(since=0, limit=200)` returns a list, or an object
        `{runtime, supported, lines, cursor, more, source}`, which is used if `supported`; while it has
        `more`, the next page is requested by its `cursor`, for at most 2 seconds and 500 pages. It is called
        in a thread of its own, an async one on a loop of its own; in `async with preserve(...)` an async one
        runs on the loop of the host. If it fails or does not return, the transcript is lost but not the
        session id. As long as there is no executor, the state is what was restored.
        """
        return self._prestop_state(self._prestop_lines())

    def restore_state(self, snapshot: Mapping[str, Any]) -> None:
        """Keep the snapshot's session id and transcript lines for `create_executor`.

        They are in `_snapshot_session_id` and `_snapshot_transcript`; None if the snapshot does not have
        them.
        """
        self._snapshot_session_id = snapshot.get("session_id") or None
        self._snapshot_transcript = snapshot.get("transcript_lines") or None

    async def _prestop_state_on_loop(self) -> dict[str, Any]:
        """Return the `pre_stop_state` of an adapter with async `transcript_lines`, on the running loop."""
        deadline, patience = _deadlines()
        # A task of its own: its cancellation is not one of the stop, and it can be left behind.
        reading = asyncio.ensure_future(_lines_on_loop(_source(self), deadline))
        try:
            await asyncio.wait({reading}, timeout=max(0.0, patience - time.monotonic()))
        finally:
            # Without effect on a task that is done.
            reading.cancel()
        if not reading.done():
            _tell_overdue()
        return self._prestop_state(reading.result() if reading.done() and not reading.cancelled() else None)

    def _prestop_state(self, lines: list[Any] | None) -> dict[str, Any]:
        executor = getattr(self, "_executor", None)
        if executor is None:
            session = self._snapshot_session_id
            lines = lines or self._snapshot_transcript
        else:
            session = getattr(executor, "_session_id", None)
        state: dict[str, Any] = {}
        if session:
            state["session_id"] = session
        if lines is not None:
            state["transcript_lines"] = lines
        return state

    def _prestop_lines(self) -> list[Any] | None:
        source = _source(self)
        if source is None:
            return None
        deadline, patience = _deadlines()
        # In a thread of its own: this thread's loop may be running, and a call that hangs can be left behind.
        job = Job(lambda: _lines_aside(source, deadline), "prestop-transcript").start()
        if job.wait(patience):
            return job.result()
        _tell_overdue()
        return None


def awaitable_state(adapter: object) -> Callable[[], Coroutine[Any, Any, dict[str, Any]]] | None:
    """Return the async form of the mixin's `pre_stop_state` if the host's loop should run it, else None.

    It should if the adapter has not replaced the method and its `transcript_lines` is async.
    """
    if not isinstance(adapter, SnapshotAdapter):
        return None
    if getattr(adapter.pre_stop_state, "__func__", None) is not SnapshotAdapter.pre_stop_state:
        return None
    return adapter._prestop_state_on_loop if inspect.iscoroutinefunction(_source(adapter)) else None


def _source(adapter: SnapshotAdapter) -> Callable[..., Any] | None:
    try:
        source = getattr(adapter, "transcript_lines", None)
    except Exception as error:  # noqa: BLE001 - it costs the transcript only
        _tell(error)
        return None
    return source if callable(source) else None


def _page(source: Callable[..., Any], since: int) -> Any:
    from .pre_stop import MAX_TRANSCRIPT_LINES

    return source(since=since, limit=MAX_TRANSCRIPT_LINES)


def _deadlines() -> tuple[float, float]:
    """Return until when pages are requested and until when one is waited for, within the time of the hook."""
    now = time.monotonic()
    left = hook_deadline.get() - now
    end = now + min(_TRANSCRIPT_SECONDS, 0.6 * left)
    return end, end + min(_LATE_SECONDS, 0.2 * left)


async def _lines_on_loop(source: Callable[..., Any] | None, deadline: float) -> list[Any] | None:
    try:
        return None if source is None else await _last_lines(source, _page(source, 0), deadline)
    except (Exception, asyncio.CancelledError, SystemExit, KeyboardInterrupt) as error:
        # A failure costs the transcript only, unless the reading itself is cancelled. `preserve` handles
        # signals while this runs.
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        _tell(error)
        return None


def _lines_aside(source: Callable[..., Any], deadline: float) -> list[Any] | None:
    try:
        page = _page(source, 0)
        reading = _last_lines(source, page, deadline)
        return asyncio.run(within(reading, deadline)) if inspect.isawaitable(page) else _at_once(reading)
    except BaseException as error:  # noqa: BLE001 - it costs the transcript only
        _tell(error)
        return None


async def _last_lines(source: Callable[..., Any], page: Any, deadline: float) -> list[Any] | None:
    """Return the last 200 lines, from the first page on, or None if there are none."""
    from .pre_stop import MAX_TRANSCRIPT_LINES

    lines: list[Any] = []
    since: Any = 0
    for number in range(1, _PAGES + 1):
        if inspect.isawaitable(page):
            page = await page
        if not isinstance(page, Mapping):
            # A plain list is complete.
            return None if page is None else list(page)[-MAX_TRANSCRIPT_LINES:]
        if not page.get("supported"):
            return None
        lines = [*lines, *(page.get("lines") or ())][-MAX_TRANSCRIPT_LINES:]
        if not page.get("more"):
            return lines
        cursor = page.get("cursor")
        # It would return the same page for ever.
        if (
            cursor is None
            or cursor == since
            or (isinstance(cursor, int) and isinstance(since, int) and cursor < since)
        ):
            _tell_more("its cursor does not advance")
            return lines
        if time.monotonic() >= deadline:
            _tell_more("there was no more time")
            return lines
        since = cursor
        if number < _PAGES:
            page = _page(source, since)
    _tell_more(f"{_PAGES} pages were read")
    return lines


def _at_once(reading: Coroutine[Any, Any, list[Any] | None]) -> list[Any] | None:
    """Run a coroutine that never waits, without a loop."""
    try:
        reading.send(None)
    except StopIteration as end:
        lines: list[Any] | None = end.value
        return lines
    reading.close()
    raise TypeError("transcript_lines is async from its second page on")


def _tell(error: BaseException) -> None:
    logger.warning("transcript_lines failed, the snapshot goes without it: %s", described(error))


def _tell_more(why: str) -> None:
    logger.warning("transcript_lines has more lines, the snapshot goes without the last ones: %s", why)


def _tell_overdue() -> None:
    _tell(TimeoutError("transcript_lines did not return in time"))
