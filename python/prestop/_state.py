"""Reads the state of a host's adapter, which may be slow, broken, async or absent."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import sys
import threading
import time
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from . import _loggers
from ._counters import count
from ._deadline import hook_deadline
from ._jobs import Job, loop_is_running
from ._log_line import described

T = TypeVar("T")

logger = _loggers.named("prestop.session")


class StateReader:
    """Calls `adapter.pre_stop_state()` and keeps its last result.

    A sync hook is called in a thread of its own while the calling thread waits, so that nothing changes
    meanwhile and a hook that hangs can be left behind. An async hook runs on the loop, or in that thread with
    `asyncio.run` if there is no loop. A hook that fails costs the changes since it last worked, and never the
    snapshot.
    """

    def __init__(self, adapter: object, restored: Mapping[str, Any] | None) -> None:
        self._adapter = adapter
        # The restored state is what is known until the hook has worked.
        part = None if restored is None else restored.get("adapter")
        self._last: object = part if isinstance(part, Mapping) else {}
        self.inside_loop = False
        """Whether a sync `preserve` was entered inside a running loop."""
        # One call at a time: a checkpoint's call may still be under way when the stop begins.
        self._calling = threading.Lock()
        self._complained: set[str] = set()

    @property
    def last(self) -> object:
        """The last result of the hook; before that the restored state, or {}."""
        return self._last

    def read(self, deadline: float, *, patient: bool) -> bool:
        """Call the hook; return whether `last` is its result.

        The call ends at the deadline (of `time.monotonic()`) at the latest. If an earlier call has not
        returned, a patient reader waits for it first; any other gives up.
        """
        if not patient and self._calling.locked():
            return self._overdue()
        try:
            hook = self._hook()
            may_run = not (self.inside_loop or loop_is_running())
            if hook is None:
                return True
            if not may_run and inspect.iscoroutinefunction(hook):
                return self._skipped()
            job = Job(lambda: self._call(hook, deadline, may_run=may_run), "prestop-hook").start()
            return self._accept(job.result()) if job.wait(deadline) else self._overdue()
        except _SkippedError:
            return self._skipped()
        except BaseException as error:  # noqa: BLE001 - the host's hook must not cost the snapshot
            return self._failed(error, deadline)

    async def read_on_loop(self, deadline: float, *, patient: bool) -> bool:
        """Like `read`, with async hooks run on this loop as a task of their own."""
        if not patient and self._calling.locked():
            return self._overdue()
        try:
            hook = self._hook(on_loop=True)
            if hook is None:
                return True
            hook_deadline.set(deadline)
            given = hook() if inspect.iscoroutinefunction(hook) else self._called_aside(hook, deadline)
            return self._accept(await self._awaited(given, deadline) if inspect.isawaitable(given) else given)
        except _OverdueError:
            return self._overdue()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # The hook cancelled itself.
            return self._failed(error, deadline)
        except BaseException as error:  # noqa: BLE001 - the host's hook must not cost the snapshot
            return self._failed(error, deadline)

    def _called_aside(self, hook: Any, deadline: float) -> Any:
        """Call a sync hook, and block the loop on purpose: the hook reads what the loop's tasks change."""
        job = Job(lambda: self._call(hook, deadline, may_run=None), "prestop-hook").start()
        if not job.wait(deadline):
            raise _OverdueError
        return job.result()

    async def _awaited(self, awaitable: Awaitable[Any], deadline: float) -> Any:
        task = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait({task}, timeout=max(0.0, deadline - time.monotonic()))
        finally:
            # Without effect on a task that is done.
            task.cancel()
        if not task.done():
            raise _OverdueError
        return task.result()

    def _hook(self, *, on_loop: bool = False) -> Any:
        if on_loop:
            from .adapter import awaitable_state

            native = awaitable_state(self._adapter)
            if native is not None:
                return native
        hook = getattr(self._adapter, "pre_stop_state", None)
        return hook if callable(hook) else None

    def _call(self, hook: Any, deadline: float, *, may_run: bool | None) -> Any:
        """Call the hook, in the job's thread, and run what is awaitable if `may_run`; None leaves it."""
        # Of an interpreter that is finalizing no other thread goes on.
        left = 0.0 if sys.is_finalizing() else max(0.0, deadline - time.monotonic())
        if not self._calling.acquire(timeout=left):
            raise TimeoutError("an earlier call has not returned")
        try:
            hook_deadline.set(deadline)
            given = hook()
            if may_run is None or not inspect.isawaitable(given):
                return given
            if not may_run:
                close(given)
                raise _SkippedError
            return asyncio.run(within(given, deadline))
        finally:
            self._calling.release()

    def _accept(self, given: object) -> bool:
        self._last = {} if given is None else given
        self._complained.clear()
        return True

    def _failed(self, error: BaseException, deadline: float) -> bool:
        if isinstance(error, TimeoutError) and time.monotonic() >= deadline:
            return self._overdue()
        count("hook_failed")
        self._complain("failed", "pre_stop_state failed, the snapshot goes without its part: %s", error)
        return False

    def _overdue(self) -> bool:
        count("hook_overdue")
        self._complain("overdue", "pre_stop_state did not return in time, the snapshot goes without its part")
        return False

    def _skipped(self) -> bool:
        count("hook_skipped")
        self._complain(
            "skipped", "pre_stop_state is async and cannot run here: use `async with preserve(...)`"
        )
        return False

    def _complain(self, kind: str, message: str, error: BaseException | None = None) -> None:
        # Logged once until the hook has worked again, since checkpoints come every few seconds.
        level = logging.DEBUG if kind in self._complained else logging.WARNING
        self._complained.add(kind)
        if error is None:
            logger.log(level, message)
        else:
            logger.log(level, message, described(error))


class _SkippedError(Exception):
    """The hook turned out to be async where none can run."""


class _OverdueError(Exception):
    """The hook did not return in time."""


async def within(awaitable: Awaitable[T], deadline: float) -> T:
    """Await until `time.monotonic()` reaches the deadline, then raise TimeoutError."""
    return await asyncio.wait_for(awaitable, max(0.0, deadline - time.monotonic()))


def close(awaitable: object) -> None:
    """Close a coroutine that will not be awaited, without the warning about that."""
    with contextlib.suppress(Exception):
        getattr(awaitable, "close", lambda: None)()
