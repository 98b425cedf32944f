"""`preserve`: restores the snapshot of the last stop, and saves one at the next."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any, Self

from . import _loggers, _restore
from ._cancellation import Cancellation
from ._checkpoint import SnapshotWriter
from ._counters import count, stats
from ._descriptors import Reserve
from ._guard import Starts
from ._jobs import Job, loop_is_running
from ._log_line import described
from ._signals import StopSignals
from ._state import StateReader
from ._wakeup import interrupt_main_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Preservation", "preserve", "stats"]

logger = _loggers.named("prestop.session")

# What the write has in every case, however long the hook takes: of `grace`, or beyond it where a loop that something blocked
# has used that up.
_WRITE_SECONDS = 1.0
# What an option may be: some thirty years, which every clock and wait that it is given to takes.
_MOST_SECONDS = 1_000_000_000


def preserve(
    adapter: object,
    heartbeat: object = None,
    *,
    path: str | os.PathLike[str] | None = None,
    grace: float = 5.0,
    checkpoint: float | None = 30.0,
    max_age: float | None = None,
    beats: bool = False,
) -> Preservation:
    """Return a context manager, sync and async, in which the adapter's state survives every stop.

        async with preserve(adapter, heartbeat):
            await serve()

    On entry `adapter.restore_state(snapshot)` is called if there is a snapshot. On exit, exception,
    cancellation, SIGTERM and SIGINT `adapter.pre_stop_state()` is asked for the state, which is scrubbed and
    written to `path` (default: that of `prestop.pre_stop`; a relative one counts from the working directory
    at entry). Either hook may be async or absent; one that fails, even by `SystemExit` or a `CancelledError`
    that nobody requested, causes a WARNING and no more. The async form awaits async hooks; the sync form runs
    them with `asyncio.run`, and skips them if a loop is running. A `pre_stop_state` that is not async is
    called in a thread of its own while the caller, including its loop, waits: if it needs what belongs to one
    thread (a connection of `sqlite3`) or to the loop, make it async and use the async form.

    *Signals*: the first one cancels the task that entered, or in the sync form raises `SystemExit(128 + n)`
    in the main thread; if that exception is swallowed (in a finalizer, or a callback of the garbage
    collector) it is raised again as soon as possible. If the previous handler starts a stop of the host's own
    (one of `loop.add_signal_handler`, or a server with `should_exit`, such as uvicorn's around an ASGI
    lifespan), the async form lets it: the task is cancelled only if it has not ended after half of `grace`.
    After the write the previous handlers are restored and the signal is sent again, so that the exit status
    is what it would have been. An ignored signal stays ignored. In a thread other than the main one no
    handler is installed.

    `grace` bounds the stop, in seconds: the hook and the write run in threads of their own, and when it has
    passed the stop goes on with a WARNING; a write can be killed at any point. Where something blocks the loop for
    longer, the hook and the write still have a second each. `checkpoint` is the interval,
    in seconds, at which a changed state is also saved while the body runs, so that SIGKILL costs at most that
    much; None turns it off.

    A snapshot of another workspace, or older than `max_age` seconds, is not restored; one that was restored
    in three starts none of which reached a checkpoint or a stop is set aside as `.NAME.aside`.
    `prestop.stats()` counts all this.

    With `beats` the heartbeat, a `prestop.heartbeat.HeartbeatLoop`, is started on entry and stopped on exit,
    while the state is saved; in the async form only.

    Raises ValueError for an option out of range: `grace`, `checkpoint` and `max_age` are above 0 and at most 1,000,000,000.
    """
    return Preservation(
        adapter, heartbeat, path=path, grace=grace, checkpoint=checkpoint, max_age=max_age, beats=beats
    )


class Preservation:
    """One `preserve(...)`. It can be entered again after it was left, but not while it is entered."""

    def __init__(
        self,
        adapter: object,
        heartbeat: object,
        *,
        path: str | os.PathLike[str] | None,
        grace: float,
        checkpoint: float | None,
        max_age: float | None,
        beats: bool,
    ) -> None:
        if beats and not (hasattr(heartbeat, "start") and hasattr(heartbeat, "stop")):
            raise ValueError("beats needs a heartbeat with start and stop")
        self._adapter = adapter
        self._heartbeat: Any = heartbeat
        self._beats = beats
        self._given_path = path
        self._grace = _seconds("grace", grace)
        self._interval = None if checkpoint is None else _seconds("checkpoint", checkpoint)
        self._max_age = None if max_age is None else _seconds("max_age", max_age)
        self._entered = False
        self._ticker: asyncio.Task[None] | None = None
        self._restored: dict[str, Any] | None = None

    @property
    def restored(self) -> dict[str, Any] | None:
        """The snapshot that was given to the adapter on entry, or None."""
        return self._restored

    def __enter__(self) -> Self:
        if self._beats:
            raise RuntimeError("beats needs `async with`")
        snapshot = self._begin()
        try:
            self._reader.inside_loop = loop_is_running()
            if snapshot is not None and _restore.give_back(self._adapter, snapshot):
                self._restored = snapshot
            interrupt = _exit_in_loop if self._reader.inside_loop else _exit_now
            self._signals = StopSignals(interrupt, _EXITS, interrupt_main_thread)
            self._start_ticking()
            self._signals.install()
        except BaseException:
            self._give_up()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals.hold()
        if self._forked():
            return
        deadline = time.monotonic() + self._grace
        try:
            self._halt()
            if self._is_idle:
                return
            self._reader.read(self._hook_deadline(deadline), patient=True)
            deadline = self._at_least(deadline)
            job = self._save(error, deadline)
            job.wait(deadline)
            self._report(job)
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not hide the body's error
            _report_fault(fault)
        finally:
            self._leave(error)

    async def __aenter__(self) -> Self:
        snapshot = self._begin()
        try:
            if snapshot is not None and await _restore.give_back_on_loop(self._adapter, snapshot):
                self._restored = snapshot
            cancellation = self._cancellation = Cancellation(self._grace)
            self._signals = StopSignals(
                cancellation.soon,
                _EXITS,
                cancellation.wake,
                defer=cancellation.later,
                task=asyncio.current_task(),
            )
            if self._interval is not None and not self._is_idle:
                self._ticker = asyncio.create_task(
                    self._tick_on_loop(self._interval), name="prestop-checkpoint"
                )
            self._signals.install()
            if self._beats:
                self._heartbeat.start()
        except BaseException:
            self._give_up()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals.hold()
        deadline = self._cancellation.end()
        if isinstance(error, GeneratorExit):
            # The coroutine is being closed and must not await anything.
            self.__exit__(kind, error, trace)
            return
        if self._forked():
            return
        interrupted = False
        try:
            interrupted = await self._stop_on_loop(error, deadline)
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not hide the body's error
            _report_fault(fault)
        finally:
            self._cancellation.take_back()
            self._leave(error)
        if interrupted and not isinstance(error, asyncio.CancelledError):
            # Someone cancelled the task while it saved; the cancellation is delivered now.
            raise asyncio.CancelledError

    # Entry.

    def _begin(self) -> dict[str, Any] | None:
        """Set up one run and return the snapshot to restore, or None."""
        if self._entered:
            raise RuntimeError("this preserve(...) is entered already")
        is_new = f"{__package__}.pre_stop" not in sys.modules
        from . import pre_stop

        path = Path(self._given_path or pre_stop.DEFAULT_SNAPSHOT_PATH)
        # The body may change the working directory. OSError: there is none any more; the write then fails.
        with contextlib.suppress(OSError):
            path = path.absolute()
        starts = Starts(path)
        snapshot, in_the_way = None, None
        self._is_idle = not pre_stop._can_write()
        if not self._is_idle:
            snapshot, in_the_way = _restore.admitted(self._adapter, path, starts, self._max_age)
        elif not is_new:
            # Else its import has just said so.
            logger.error("Nothing is restored or saved: prestop._core cannot be loaded")
        self._entered = True
        self._restored = None
        self._ticker = None
        self._pid = os.getpid()
        self._ended = threading.Event()
        self._reserve = Reserve()
        self._reader = StateReader(self._adapter, snapshot)
        self._writer = SnapshotWriter(path, self._heartbeat, starts, in_the_way)
        self._signals = StopSignals(_exit_now, _EXITS, interrupt_main_thread)
        return snapshot

    def _give_up(self) -> None:
        """Undo an entry that did not succeed: the file is unchanged."""
        self._halt()
        self._entered = False
        self._signals.release()
        self._signals.send_again()

    # While running.

    def _start_ticking(self) -> None:
        if self._interval is None or self._is_idle or sys.is_finalizing():
            return
        run = (self._interval, self._ended, self._reader, self._writer)
        try:
            threading.Thread(target=self._tick, args=run, name="prestop-checkpoint", daemon=True).start()
        except RuntimeError as error:
            logger.warning("No checkpoints: their thread cannot be started: %s", described(error))

    def _tick(
        self, interval: float, ended: threading.Event, reader: StateReader, writer: SnapshotWriter
    ) -> None:
        due = time.monotonic() + interval
        while not ended.wait(max(0.0, due - time.monotonic())):
            started = time.monotonic()
            due = started + interval
            try:
                if reader.read(started + self._grace, patient=False):
                    writer.checkpoint(reader.last)
                else:
                    count("checkpoint_failed")
            except BaseException as fault:  # noqa: BLE001 - the next one may succeed
                _report_fault(fault)

    async def _tick_on_loop(self, interval: float) -> None:
        reader, writer = self._reader, self._writer
        # Not `asyncio.sleep`, which tests of hosts replace.
        never = asyncio.get_running_loop().create_future()
        due = time.monotonic() + interval
        while True:
            await asyncio.wait({never}, timeout=max(0.0, due - time.monotonic()))
            started = time.monotonic()
            due = started + interval
            try:
                if await reader.read_on_loop(started + self._grace, patient=False):
                    state = reader.last
                    job = Job(partial(writer.checkpoint, state), "prestop-checkpoint-write").start()
                    await job.settle(None)
                    job.result()
                else:
                    count("checkpoint_failed")
            except Exception as fault:  # noqa: BLE001 - the next one may succeed
                _report_fault(fault)

    # The stop.

    def _halt(self) -> None:
        self._writer.stop()
        self._reserve.free()
        self._ended.set()
        if self._ticker is not None:
            # RuntimeError: the loop is closed.
            with contextlib.suppress(RuntimeError):
                self._ticker.cancel()

    async def _stop_on_loop(self, error: BaseException | None, deadline: float) -> bool:
        """Save in spite of cancellations; return whether there was one."""
        self._halt()
        interrupted = False
        # If it is async it stops while the state is saved; one that may block the loop stops afterwards.
        silence = self._silence() if self._is_idle or self._stops_beside() else None
        if self._is_idle:
            return await _to_the_end(silence, deadline) if silence is not None else False
        if self._ticker is not None:
            interrupted |= await _to_the_end(self._ticker, self._hook_deadline(deadline))
        # Whatever blocks the loop takes this time too: the hook has its least all the same, and so has the write.
        hook_deadline = self._at_least(self._hook_deadline(deadline))
        reading = asyncio.ensure_future(self._reader.read_on_loop(hook_deadline, patient=True))
        # Twice: the loop may have been blocked all through the first.
        for _ in range(2):
            interrupted |= await _to_the_end(reading, self._at_least(deadline))
        deadline = self._at_least(deadline)
        job = self._save(error, deadline)
        while not job.done and time.monotonic() < deadline:
            try:
                await job.settle(deadline)
            except asyncio.CancelledError:
                interrupted = True
        self._report(job)
        if silence is None:
            silence = self._silence()
        if silence is not None:
            interrupted |= await _to_the_end(silence, deadline)
            silence.cancel()
        return interrupted

    def _stops_beside(self) -> bool:
        return inspect.iscoroutinefunction(getattr(self._heartbeat, "stop", None))

    def _silence(self) -> asyncio.Task[None] | None:
        """Stop the heartbeat; return what is still to be awaited, if anything."""
        if not self._beats:
            return None
        try:
            stopping = self._heartbeat.stop()
        except BaseException as fault:  # noqa: BLE001 - it must not end the stop of the host
            _report_fault(fault)
            return None
        return asyncio.ensure_future(_reported(stopping)) if inspect.isawaitable(stopping) else None

    def _hook_deadline(self, deadline: float) -> float:
        return deadline - self._least

    @property
    def _least(self) -> float:
        return min(_WRITE_SECONDS, self._grace / 2)

    def _at_least(self, deadline: float) -> float:
        """Return the deadline, or a later one if less than the least is left of it."""
        return max(deadline, time.monotonic() + self._least)

    def _save(self, error: BaseException | None, deadline: float) -> Job[bool]:
        reader, writer = self._reader, self._writer
        clean = _is_clean(error, self._signals.first)
        return Job(lambda: writer.save(reader.last, clean=clean, deadline=deadline), "prestop-write").start()

    def _report(self, job: Job[bool]) -> None:
        if job.done:
            try:
                job.result()
            except BaseException as fault:  # noqa: BLE001 - raised in the job's thread, not in this one
                count("save_failed")
                _report_fault(fault)
            return
        count("save_unfinished")
        logger.warning("The snapshot's write is unfinished after %g s, the stop goes on", self._grace)

    def _leave(self, error: BaseException | None) -> None:
        """Restore the handlers and let the stop go on in the way it began."""
        self._entered = False
        self._signals.release()
        try:
            end = self._signals.send_again()
            if isinstance(end, SystemExit) and not isinstance(error, SystemExit):
                raise end
            if isinstance(end, asyncio.CancelledError) and _is_exit_of(error, self._signals.first):
                # Our SystemExit would bypass the loop, which turns the cancellation into an interrupt.
                raise end
        except BaseException as again:
            if self._signals.first is None or not isinstance(error, SystemExit | asyncio.CancelledError):
                raise
            # The error is how we ended the body and does not belong in the traceback.
            raise again from None

    def _forked(self) -> bool:
        """Return whether a forked child is leaving its parent's body: the parent saves the state."""
        if os.getpid() == self._pid:
            return False
        self._signals.abandon()
        self._reserve.free()
        self._entered = False
        return True


# A signal handled on the first instruction of these must not raise: nobody would save.
_EXITS = frozenset({Preservation.__exit__.__code__, Preservation.__aexit__.__code__})


def _exit_now(number: int) -> None:
    raise SystemExit(128 + number)


def _exit_in_loop(number: int) -> None:
    """Like `_exit_now`, for a sync body inside a loop.

    Where the loop sleeps, the exception ends the loop, so it is the one that usually does.
    """
    if number == signal.SIGINT and loop_is_running() and asyncio.current_task() is None:
        raise KeyboardInterrupt
    _exit_now(number)


async def _to_the_end(task: asyncio.Task[Any], deadline: float) -> bool:
    """Wait for a task until the deadline, in spite of cancellations; return whether there was one."""
    interrupted = False
    while not task.done() and (left := deadline - time.monotonic()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError:
            interrupted = True
    if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
        _report_fault(fault)
    return interrupted


async def _reported(awaitable: Awaitable[Any]) -> None:
    """Await it; what it raises is logged and ends neither the task's waiter nor the loop."""
    try:
        await awaitable
    except asyncio.CancelledError:
        raise
    except BaseException as fault:  # noqa: BLE001 - a SystemExit in a task would end the loop
        _report_fault(fault)


def _is_clean(error: BaseException | None, number: int | None) -> bool:
    """Return whether a body that ended with this was stopped and did not fail."""
    if isinstance(error, SystemExit):
        return error.code in (None, 0) or _is_exit_of(error, number)
    return error is None or isinstance(error, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt)


def _is_exit_of(error: BaseException | None, number: int | None) -> bool:
    """Return whether this is the exit by which a signal ends a sync body."""
    return isinstance(error, SystemExit) and number is not None and error.code == 128 + number


def _report_fault(fault: BaseException) -> None:
    logger.warning("preserve: %s", described(fault))


def _seconds(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _MOST_SECONDS:
        raise ValueError(f"{name} must be a number of seconds above 0, and at most {_MOST_SECONDS:,}")
    return float(value)
