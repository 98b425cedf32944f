"""The signals that stop a process: handled while the body runs, held while it saves, then sent again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from typing import Any

from . import _loggers
from ._counters import count
from ._recall import Recall
from ._wakeup import Waker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

logger = _loggers.named("prestop.session")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Those whose handlers are in use, in the order in which they were installed. Tasks of one loop may leave in any other.
_installed: list[StopSignals] = []


class StopSignals:
    """Handlers of SIGTERM and SIGINT for as long as one `preserve` is entered.

    `interrupt(number)` is called in the main thread for each signal that arrives while the body runs; it
    makes the body end, by raising or otherwise. After `hold`, a signal is only remembered. `exits` are the
    code objects of the functions that call `hold`: a signal handled on their first instruction, before they
    can, is treated as held. `defer(number)`, if given, is called in place of `interrupt` where the handler of before has
    begun a stop of the host's own at this signal. `wake(number)` is called, in another thread, while the main thread sleeps through
    a signal. `task` is what `interrupt` ends, where it ends a task. What `interrupt` raises where no exception gets out
    is raised again, until the body ends.

    `signal.signal` is used and not `loop.add_signal_handler`: only the former returns the previous handler,
    so that it can be restored; it works on any loop and without one.
    """

    def __init__(
        self,
        interrupt: Callable[[int], None],
        exits: frozenset[CodeType],
        wake: Callable[[int], None],
        *,
        defer: Callable[[int], None] | None = None,
        task: object = None,
    ) -> None:
        self.first: int | None = None
        """The first signal that arrived, or None."""
        self._interrupt = interrupt
        self._defer = defer
        self._task = task
        self._wake = wake
        self._exits = exits | {StopSignals.hold.__code__}
        self.held = False
        """Whether `hold` has been called: the body is over."""
        self._released = False
        self._pid = os.getpid()
        # What was there at `install`, of an earlier one or of others: only ever handlers older than this one's.
        self._previous: dict[int, Any] = {}
        # What the body has left in its place, if it is something else.
        self._left: dict[int, Any] = {}
        # The handlers of before that have had the signal.
        self._handed_on: dict[int, Any] = {}
        # What those have in common that one signal stops at once.
        self._round: object = None
        # One object, so that `is` tells whether the handler in place is ours.
        self._handler = self._on_signal
        self._waker = Waker(self._waits, self._wake_owner)
        self._recall = Recall(self._wanted)

    def install(self) -> None:
        """Install the handlers, or log why not."""
        if threading.current_thread() is not threading.main_thread():
            logger.info(
                "Not in the main thread: no signal handler is installed, the other ways out still save"
            )
            return
        try:
            self._take()
            self._waker.start()
        except ValueError:
            self._previous.clear()
            self._forget()
            # The main thread of a subinterpreter.
            logger.info(
                "Not in the main interpreter: no signal handler is installed, the other ways out still save"
            )

    def hold(self) -> None:
        """Only remember signals from now on, even if the body installed handlers of its own."""
        self.held = True
        self._recall.end()
        if os.getpid() != self._pid:
            return
        if self._previous and threading.current_thread() is threading.main_thread():
            self._take_again()

    def release(self) -> None:
        """Restore the previous handlers, which handle what arrives later."""
        self._released = True
        self._recall.end()
        self._forget()
        self._waker.stop()
        for number, previous in self._previous.items():
            if signal.getsignal(number) is self._handler:
                # ValueError: left in another thread than entered. The handler stays and passes signals on.
                with contextlib.suppress(ValueError):
                    signal.signal(number, self._left.get(number, previous))
        if _installed and threading.current_thread() is threading.main_thread():
            # It did without, as long as this one had the descriptor.
            _installed[-1]._waker.start()

    def abandon(self) -> None:
        """Change nothing: this is a forked child, and the handlers are its parent's concern."""
        self._released = True
        self._forget()

    def _forget(self) -> None:
        """Take this one out from between the others: whoever would have put its handler back puts back what was below."""
        with contextlib.suppress(ValueError):
            _installed.remove(self)
        for other in _installed:
            for number, previous in self._previous.items():
                for known in (other._previous, other._left):
                    if known.get(number) is self._handler:
                        known[number] = previous
                if other._handed_on.get(number) is self._handler:
                    # Who has had the signal by way of this one has had it; who has not gets it at the end.
                    del other._handed_on[number]
                    if number in self._handed_on:
                        other._handed_on[number] = self._handed_on[number]

    def send_again(self) -> BaseException | None:
        """Send the first signal once more, to the handler it was meant for. Call it after `release`.

        Does not return if the default action ends the process. Returns the exception to raise instead if that
        action should have ended the process and did not (the kernel spares process 1 of a container), or if
        the handler of `asyncio.run` turned the signal into a cancellation; None if another handler decides.
        """
        if self.first is None:
            return None
        handler = signal.getsignal(self.first)
        owner = _owner(handler)
        if owner is not None and owner._round is self._round and not owner._released:
            # Another one that has had the signal and has not ended yet: it sends it again.
            return None
        if _belongs_to_a_loop(handler):
            # Such a handler is driven by the wake-up descriptor, which we did not touch: it has already
            # received the signal.
            return None
        if self.first in self._handed_on and handler is self._handed_on[self.first]:
            return None
        for stream in (sys.stdout, sys.stderr):
            # The default action flushes nothing.
            with contextlib.suppress(Exception):
                stream.flush()
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(self.first)
        else:
            os.kill(os.getpid(), self.first)
        if _belongs_to_a_runner(handler):
            return asyncio.CancelledError()
        return SystemExit(128 + self.first) if handler == signal.SIG_DFL else None

    def _take(self) -> None:
        _installed.append(self)
        for number in STOP_SIGNALS:
            current = _in_use(number, signal.getsignal(number))
            # An ignored signal does not stop the process, and one handled in C (None) cannot be put back.
            if current not in (None, signal.SIG_IGN):
                self._previous[number] = current
                signal.signal(number, self._handler)

    def _take_again(self) -> None:
        """Take the signals from what the body has left, unless that is a later one's of ours, which has its own end."""
        later = _installed[_installed.index(self) + 1 :] if self in _installed else []
        for number in STOP_SIGNALS:
            current = _in_use(number, signal.getsignal(number))
            if current in (None, signal.SIG_IGN) or _owner(current) in later:
                continue
            if current is not self._handler:
                self._left[number] = current
            signal.signal(number, self._handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._released or os.getpid() != self._pid:
            self._pass_on(number, frame)
            return
        again = self._recall.is_pending
        if not again:
            count("signals")
        if self.first is None:
            self.first = number
            self._round = self._round or object()
        if self.held or (frame is not None and frame.f_code in self._exits):
            self._tell_others(number, frame)
            return
        if again and self._recall.defers(frame, number):
            return
        try:
            if self._defer is not None and self.is_the_hosts(number):
                self._hand_on(number, frame)
                self._defer(number)
            else:
                self._interrupt(number)
                self._tell_others(number, frame)
        except BaseException as raised:
            self._recall.watch(raised)
            raise

    def _tell_others(self, number: int, frame: FrameType | None) -> None:
        """Stop the task of the one below as well, if it is another: it need not wait until this one has saved."""
        below = _owner(self._previous.get(number))
        if below is None or self._task is None or below._task in (None, self._task):
            return
        if below.first is None and not below.held and not below._released and below._pid == os.getpid():
            below._round = self._round
            below._on_signal(number, frame)

    def is_the_hosts(self, number: int) -> bool:
        """Return whether the host starts a stop of its own at this signal; the body then gets time."""
        previous = self._previous.get(number)
        owner = _owner(previous)
        if owner is not None:
            # Another `preserve` around this one.
            return owner._defer is not None and owner.is_the_hosts(number)
        return _belongs_to_a_loop(previous) or _belongs_to_a_server(previous)

    def _hand_on(self, number: int, frame: FrameType | None) -> None:
        """Call the previous handler now, and not when the signal is sent again."""
        previous = self._previous[number]
        if not _belongs_to_a_loop(previous):
            self._handed_on[number] = previous
            owner = _owner(previous)
            if owner is not None and owner.first is None:
                owner._round = self._round
            previous(number, frame)

    def _wanted(self) -> int | None:
        """Return the signal whose exception must be raised again if it was swallowed."""
        if self.held or self._released or self.first is None or os.getpid() != self._pid:
            return None
        return self.first if signal.getsignal(self.first) is self._handler else None

    def _waits(self, number: int) -> bool:
        """Say whether a signal that has arrived is still to be handled, and by us."""
        owner = _owner(signal.getsignal(number))
        if owner is None or owner._released or number not in STOP_SIGNALS:
            return False
        return owner.first is None or owner._recall.is_pending

    def _wake_owner(self, number: int) -> None:
        """Wake whoever has to handle the signal: of several only one has the descriptor."""
        (_owner(signal.getsignal(number)) or self)._wake(number)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        previous = self._previous.get(number, signal.SIG_DFL)
        if callable(previous):
            previous(number, frame)
        else:
            signal.signal(number, previous)
            signal.raise_signal(number)


def _owner(handler: object) -> StopSignals | None:
    """Return whose handler it is, if it is one of ours."""
    owner = getattr(handler, "__self__", None)
    return owner if isinstance(owner, StopSignals) else None


def _in_use(number: int, handler: Any) -> Any:
    """Return the handler, or what is below it where it is one of ours that nobody needs any more."""
    while (owner := _owner(handler)) is not None and owner._released:
        handler = owner._previous.get(number, signal.SIG_DFL)
    return handler


os.register_at_fork(after_in_child=_installed.clear)


def _belongs_to_a_loop(handler: object) -> bool:
    """Return whether it is the handler of `loop.add_signal_handler`, of asyncio's loops or of another's."""
    owner = getattr(handler, "__self__", None)
    return getattr(handler, "__module__", None) == "asyncio.unix_events" or isinstance(
        owner, asyncio.AbstractEventLoop
    )


def _belongs_to_a_server(handler: object) -> bool:
    """Return whether it is a method of a server with `should_exit`, as uvicorn's is: it raises nothing."""
    return isinstance(getattr(getattr(handler, "__self__", None), "should_exit", None), bool)


def _belongs_to_a_runner(handler: object) -> bool:
    """Return whether it is the SIGINT handler of `asyncio.run`, which cancels the main task."""
    return getattr(getattr(handler, "func", None), "__module__", None) == "asyncio.runners"
