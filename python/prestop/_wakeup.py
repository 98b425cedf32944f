"""Wakes a main thread that sleeps through a signal, so that the signal's handler runs now and not later."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import weakref

from ._descriptors import Pipe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# The first is long enough for a handler to run on a loaded machine, and their sum exceeds any grace.
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)

_wakers: weakref.WeakSet[Waker] = weakref.WeakSet()


class Waker:
    """Calls `wake(number)` repeatedly while a signal has arrived and `waits(number)` is true.

    `waits(number)` says that no handler has run yet.

    CPython's own handler, in C, only records the signal; the one in Python runs when the main thread next
    executes Python code. A signal that is delivered to another thread, or to the main thread in the
    instructions between its last check and its system call, interrupts nothing: a process that sleeps in
    `select` or `time.sleep` then sleeps on, past its grace period. The wake-up descriptor of `signal` is
    written to in every case; a daemon thread reads it.
    """

    def __init__(self, waits: Callable[[int], bool], wake: Callable[[int], None]) -> None:
        self._waits = waits
        self._wake = wake
        self._pipe: Pipe | None = None

    def start(self) -> None:
        """Take the wake-up descriptor, in the main thread, unless someone has it: then a loop is woken by it."""
        if self._pipe is not None or sys.is_finalizing():
            return
        try:
            pipe = Pipe()
        except OSError:
            # No descriptor is left: a signal is handled as late as without this class.
            return
        os.set_blocking(pipe.writer, False)
        previous = signal.set_wakeup_fd(pipe.writer, warn_on_full_buffer=False)
        if previous != -1:
            signal.set_wakeup_fd(previous)
            pipe.close(pipe.reader, pipe.writer)
            return
        self._pipe = pipe
        _wakers.add(self)
        try:
            threading.Thread(target=self._watch, args=(pipe,), name="prestop-signals", daemon=True).start()
        except RuntimeError:
            # No thread is left either.
            self.forget()

    def stop(self) -> None:
        """Give the descriptor back, and end the thread. Does nothing a second time."""
        if self._pipe is not None and self._give_back(self._pipe):
            # The thread closes its own end.
            self._pipe.close(self._pipe.writer)
        self._pipe = None

    def forget(self) -> None:
        """Like `stop` where the thread does not run: in a forked child, with signals of its own."""
        if self._pipe is not None and self._give_back(self._pipe):
            self._pipe.close(self._pipe.reader, self._pipe.writer)
        self._pipe = None

    def _give_back(self, pipe: Pipe) -> bool:
        _wakers.discard(self)
        try:
            current = signal.set_wakeup_fd(-1)
            if current not in (-1, pipe.writer):
                # Somebody else took it meanwhile.
                signal.set_wakeup_fd(current)
        except ValueError:
            # Not in the main thread: the pipe stays open, since a signal must not be written into some other
            # file.
            return False
        return True

    def _watch(self, pipe: Pipe) -> None:
        try:
            while numbers := os.read(pipe.reader, 64):
                for number in set(numbers):
                    self._insist(number)
        finally:
            pipe.close(pipe.reader)

    def _insist(self, number: int) -> None:
        for pause in _PAUSES:
            time.sleep(pause)
            if self._pipe is None or not self._waits(number):
                return
            self._wake(number)


def interrupt_main_thread(number: int) -> None:
    """Interrupt the system call in which the main thread sleeps, by sending the signal again."""
    ident = threading.main_thread().ident
    if ident is not None:
        signal.pthread_kill(ident, number)


def _forget_all() -> None:
    for waker in list(_wakers):
        waker.forget()


os.register_at_fork(after_in_child=_forget_all)
