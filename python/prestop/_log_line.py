"""What others have named, as it may stand in a log: scrubbed, one line, no control characters, of a bounded length."""

from __future__ import annotations

from . import _scrubbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Longer than a path may be.
_SHOWN = 4096
_SHOWN_OF_ERROR = 300
# Far more than is shown, so that no secret is cut before it is recognised; what is left of one that was cut is not shown.
_SEARCHED = 65_536
_DROPPED = 1024


def line(value: object) -> str:
    """Return the value's text for a log."""
    return _said(value, str)


def described(error: BaseException) -> str:
    """Return an exception for a log: its type and its text, of at most 300 characters."""
    name = printable(type(error).__name__[:_SHOWN])
    try:
        text = _clean(str(error))[:_SHOWN_OF_ERROR]
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - a faulty __str__, or no scrubber: only the type is named
        return name
    return f"{name}: {text}" if text else name


def place(path: object) -> str:
    """Return a path for a log. It may contain a secret, or a line break."""
    try:
        try:
            _scrubbers.shared()
        except ImportError:
            # Without the core nothing can be scrubbed, but the log has to name the file that is not written.
            return printable(repr(path) if isinstance(path, bytes) else str(path))
        return line(path)
    except Exception:  # noqa: BLE001 - a line of the log must not cost what it is about
        return "[UNPRINTABLE path]"


def shown(value: object) -> object:
    """Return what `%r` in a log's line may be given for a scrubbed value: plain ones as they are, of others a text.

    What runs code of the host's own runs it here and not in the handlers of the log.
    """
    kind = type(value)
    if value is None or kind in (bool, float):
        return value
    if isinstance(value, int) and kind is int and value.bit_length() < 3 * _SHOWN:
        return value
    if isinstance(value, str) and kind is str:
        return _cut(value)
    return _Shown(_said(value, repr))


def printable(text: str) -> str:
    """Return the text on one line, without control characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(values: dict[str, Any], scrub: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Scrub the values, of long texts only the beginning."""
    long = [name for name, value in values.items() if type(value) is str and len(value) > _SEARCHED]
    scrubbed = scrub({name: value[:_SEARCHED] if name in long else value for name, value in values.items()})
    return {name: value[:-_DROPPED] + "..." if name in long else value for name, value in scrubbed.items()}


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class _Shown:
    """An object whose `repr` is this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _clean(text: str) -> str:
    scrubbed = shortened({"": text}, lambda texts: {"": _scrubbers.shared().scrub_text(texts[""])})[""]
    return printable(_cut(scrubbed))


def _said(value: object, text_of: Callable[[object], str]) -> str:
    try:
        return _clean(text_of(value))
    except BaseException as error:
        if not isinstance(error, Exception) and _is_main_thread():
            # It may be a signal's wish.
            raise
        return f"[UNPRINTABLE {printable(type(value).__name__[:_SHOWN])}]"


def _is_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()
