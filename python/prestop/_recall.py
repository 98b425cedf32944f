"""Notices when an exception of a signal handler is swallowed, and raises it again further out.

An exception raised in a finalizer, in a callback of a weak reference or of the garbage collector, or in a
hook of `os.fork` is passed to `sys.unraisablehook` and goes no further: the surrounding code never learns of
the signal.
"""

from __future__ import annotations

import signal
import sys
from _thread import interrupt_main
from functools import partial
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_MARK = "_prestop_recall"
# How often the interpreter may check for signals before the exception is raised wherever it is by then. Other
# hooks of the same fork have released their locks long before that.
_PATIENCE = 50


class Recall:
    """Watches exceptions that leave a signal handler, for as long as `wanted()` returns a signal.

    The hook is installed when there is an exception to watch, and not before: only after a signal.
    """

    def __init__(self, wanted: Callable[[], int | None]) -> None:
        self._wanted = wanted
        self._previous: Callable[[Any], object] | None = None
        # One object, so that `is` tells whether the installed hook is ours.
        self._hook = self._on_unraisable
        # The frame around the code that swallowed an exception.
        self._outer: FrameType | None = None
        self._patience = 0

    @property
    def is_pending(self) -> bool:
        """Whether an exception was swallowed and has not been raised again yet."""
        return self._outer is not None

    def watch(self, raised: BaseException) -> None:
        """Watch an exception that is about to leave the handler."""
        self._outer = None
        vars(raised)[_MARK] = self
        if self._previous is None:
            self._previous = sys.unraisablehook
            sys.unraisablehook = self._hook

    def end(self) -> None:
        """Restore the previous hook, unless somebody has installed another."""
        self._outer = None
        if self._previous is not None and sys.unraisablehook is self._hook:
            sys.unraisablehook = self._previous

    def defers(self, frame: FrameType | None, number: int) -> bool:
        """Return whether the handler, called in this frame, must wait for the outer one.

        If so, the handler is scheduled again.
        """
        outer = self._outer
        while outer is not None and outer is not frame:
            outer = outer.f_back
        if outer is not None or self._patience == 0:
            return False
        self._patience -= 1
        _call_again(number)
        return True

    def _on_unraisable(self, unraisable: Any) -> None:
        error = unraisable.exc_value
        is_ours = self._is_ours(error)
        number = self._wanted() if is_ours or self._is_ours(getattr(error, "__context__", None)) else None
        if number is not None:
            self._outer, self._patience = sys._getframe().f_back, _PATIENCE
        # An exception that will be raised again is not ignored, as the previous hook would report.
        if self._previous is not None and not (is_ours and number is not None):
            self._previous(unraisable)
        if number is not None:
            _call_again(number)

    def _is_ours(self, error: BaseException | None) -> bool:
        return error is not None and vars(error).get(_MARK) is self


def _call_again(number: int) -> None:
    """Have the signal's handler called at the interpreter's next check for signals.

    The interpreter would check after every call, still in this frame, but not between the steps of this loop.
    """
    for _ in iter(partial(interrupt_main, signal.Signals(number)), None):
        pass
