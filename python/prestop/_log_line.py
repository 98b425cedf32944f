"""Names and texts from outside, made safe for a log: scrubbed, on one line, without control characters."""

from __future__ import annotations

from . import _scrubbers


def line(value: object) -> str:
    """Return the value's text for a log."""
    try:
        return printable(_scrubbers.shared().scrub_text(str(value)))
    except Exception:  # noqa: BLE001 - a log line is not worth a snapshot
        return f"[UNPRINTABLE {type(value).__name__}]"


def place(path: object) -> str:
    """Return a path for a log. It may contain a secret, or a line break."""
    try:
        _scrubbers.shared()
    except ImportError:
        # Without the core nothing can be scrubbed, but the log has to name the file that is not written.
        return printable(repr(path) if isinstance(path, bytes) else str(path))
    return line(path)


def printable(text: str) -> str:
    """Return the text on one line, without control characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
