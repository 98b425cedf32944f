"""Copies of exceptions that are safe to log: type, text and locations, without variables of frames."""

from __future__ import annotations

import functools
import traceback
from types import FunctionType, TracebackType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def likeness(error: BaseException, scrub: Callable[[str], str]) -> BaseException | None:
    """Return an exception that formats like this one, scrubbed and with frames that hold no variables.

    It has the names of the original's type but is not an instance of it; the exceptions chained to it are
    replaced too. Returns None if a source line shown with it, or several lines together, still contain a
    secret, or if no likeness can be made.
    """
    try:
        like = _like(error, scrub, {})
        said = "".join(traceback.format_exception(like))
        return like if scrub(said) is said else None
    except Exception:  # noqa: BLE001 - an odd object of the host; the text of its traceback must suffice
        return None


def _like(error: BaseException, scrub: Callable[[str], str], made: dict[int, BaseException]) -> BaseException:
    if id(error) in made:
        # Exceptions may be chained in a cycle.
        return made[id(error)]
    kind = type(error)
    text = scrub(_text(error))
    like: BaseException
    if isinstance(error, BaseExceptionGroup):
        members = [_like(member, scrub, made) for member in error.exceptions]
        like = _kind(kind.__module__, kind.__qualname__, BaseExceptionGroup)(text, members)
    else:
        like = _kind(kind.__module__, kind.__qualname__, Exception)(text)
    made[id(error)] = like
    for note in getattr(error, "__notes__", ()):
        like.add_note(scrub(str(note)))
    if error.__cause__ is not None:
        like.__cause__ = _like(error.__cause__, scrub, made)
    if error.__context__ is not None:
        like.__context__ = _like(error.__context__, scrub, made)
    like.__suppress_context__ = error.__suppress_context__
    return like.with_traceback(_places(error.__traceback__))


@functools.lru_cache(maxsize=256)
def _kind(module: str, name: str, base: type[BaseException]) -> type[BaseException]:
    names = {"__module__": module, "__qualname__": name, "__str__": lambda self: self.args[0]}
    return type(name.rpartition(".")[2], (base,), names)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - the same text as in the standard library
        return "<exception str() failed>"


# Its first eight instructions are on the first line of the code, without columns (Objects/locations.md of
# CPython).
_ONE_LINE = b"\xef\x00"


def _places(trace: TracebackType | None) -> TracebackType | None:
    like = None
    for frame, line in reversed(list(traceback.walk_tb(trace))):
        code = frame.f_code
        nowhere = _nowhere.__code__.replace(
            co_filename=code.co_filename,
            co_name=code.co_name,
            co_qualname=code.co_qualname,
            co_firstlineno=line or 1,
            co_linetable=_ONE_LINE,
        )
        # The frame of a generator that was never started has no callers, whose frames would hold variables
        # again.
        empty = FunctionType(nowhere, {"__name__": frame.f_globals.get("__name__")})().gi_frame
        like = TracebackType(like, empty, 0, line)
    return like


def _nowhere() -> Iterator[None]:
    yield
