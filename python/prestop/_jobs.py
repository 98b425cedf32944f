"""Work in a thread of its own, whose end nobody has to wait for."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import sys
import threading
import time
from typing import Any, Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_unfinished: set[Job[Any]] = set()


class Job(Generic[T]):
    """One call in a daemon thread: the caller waits for it with a limit and may then leave it behind.

    The thread does not belong to an executor: an executor is joined when the loop or the interpreter ends, so
    that a single system call that hangs would delay the stop for good.
    """

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self._work = work
        self._name = name
        self._finished = threading.Event()
        self._wake: Callable[[], None] | None = None
        self._result: list[T] = []
        self._error: BaseException | None = None

    def start(self) -> Job[T]:
        """Start the work, in the context variables of the caller."""
        if sys.is_finalizing():
            # A thread of Python's would never come to run, and its start waits for it.
            self._run()
            return self
        _unfinished.add(self)
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._run,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No thread can be started any more (the interpreter is shutting down, or a limit is reached): the
            # work matters more than the limit on its time.
            self._run()
        return self

    @property
    def done(self) -> bool:
        """Whether the work has ended, with a result or an error."""
        return self._finished.is_set()

    def result(self) -> T:
        """Return what the work returned, or raise what it raised. Only valid when `done`."""
        if self._error is not None:
            raise self._error
        return self._result[0]

    def wait(self, deadline: float) -> bool:
        """Block until the work ends or `time.monotonic()` reaches the deadline; return whether it ended."""
        return self._finished.wait(max(0.0, deadline - time.monotonic()))

    async def settle(self, deadline: float | None) -> bool:
        """Like `wait`, but without blocking the loop; None waits without limit.

        A cancellation ends the wait and not the work.
        """
        loop = asyncio.get_running_loop()
        arrived = loop.create_future()

        def arrive() -> None:
            if not arrived.done():
                arrived.set_result(None)

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(arrive)
            except RuntimeError:
                # The loop was closed meanwhile: nobody waits any more.
                return

        self._wake = wake
        if not self.done:
            limit = None if deadline is None else max(0.0, deadline - time.monotonic())
            await asyncio.wait({arrived}, timeout=limit)
        return self.done

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            self._error = error
        finally:
            _unfinished.discard(self)
            self._finished.set()
            if self._wake is not None:
                self._wake()


def _leave_behind() -> None:
    """Keep threads that still write from asking for an interpreter that is shutting down."""
    if not _unfinished:
        return
    try:
        from ._core import leave_behind
    except Exception:  # noqa: BLE001 - without the core no such work is under way
        return
    # A thread that is merely late finishes, or gets to where it waits only for the disk.
    end = time.monotonic() + 0.1
    while _unfinished and time.monotonic() < end:
        time.sleep(0.005)
    # Twice, each time with a pause for a thread that has already asked for the interpreter: it may release it
    # again later.
    for _ in range(2 if _unfinished else 0):
        leave_behind()
        time.sleep(0.01)


atexit.register(_leave_behind)


def loop_is_running() -> bool:
    """Return whether an event loop is running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
