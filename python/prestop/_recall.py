"""An exception that a signal's handler raised where none gets out is noticed, and raised again further out.

What a finalizer, the callback of a weak reference or of the garbage collector, or a hook of `os.fork` raises, is given to
`sys.unraisablehook` and goes no further: the code around it never hears of the signal.
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
# How often the interpreter may look for signals before the exception is raised wherever it is by then. Other hooks of the
# same fork are through with their locks long before that.
_PATIENCE = 50


class Recall:
    """Watches over exceptions that leave a signal's handler, for as long as `wanted()` gives a signal.

    The hook is set when there is an exception to watch over, and not before: that is after a signal.
    """

    def __init__(self, wanted: Callable[[], int | None]) -> None:
        self._wanted = wanted
        self._previous: Callable[[Any], object] | None = None
        # One object, so that `is` tells whether the hook in place is ours.
        self._hook = self._on_unraisable
        # The frame that goes on where one of the exceptions came to nothing.
        self._outer: FrameType | None = None
        self._patience = 0

    @property
    def is_pending(self) -> bool:
        """Whether an exception came to nothing and was not raised again yet."""
        return self._outer is not None

    def watch(self, raised: BaseException) -> None:
        """Watch over an exception that is about to leave the handler."""
        self._outer = None
        vars(raised)[_MARK] = self
        if self._previous is None:
            self._previous = sys.unraisablehook
            sys.unraisablehook = self._hook

    def end(self) -> None:
        """Put back the hook that was there, unless somebody has set another."""
        self._outer = None
        if self._previous is not None and sys.unraisablehook is self._hook:
            sys.unraisablehook = self._previous

    def defers(self, frame: FrameType | None, number: int) -> bool:
        """Say whether the handler, called in this frame, has to wait for the frame that goes on, and see to its next call."""
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
        # One that is raised again is not ignored, as the hook of before would say.
        if self._previous is not None and not (is_ours and number is not None):
            self._previous(unraisable)
        if number is not None:
            _call_again(number)

    def _is_ours(self, error: BaseException | None) -> bool:
        return error is not None and vars(error).get(_MARK) is self


def _call_again(number: int) -> None:
    """Have the signal's handler called when the interpreter looks for signals next.

    It would do so after every call, still in this frame, but the step of a loop is none.
    """
    for _ in iter(partial(interrupt_main, signal.Signals(number)), None):
        pass
