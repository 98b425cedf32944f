"""What is said in a log: scrubbed, on one line, without control characters."""

from __future__ import annotations

from . import _scrubbers


def line(value: object, *, scrubs: bool = True) -> str:
    """Return the value's text as it may stand in a log; without `scrubs` where there is nothing that could."""
    try:
        text = str(value)
        return printable(_scrubbers.shared().scrub_text(text) if scrubs else text)
    except Exception:  # noqa: BLE001 - a log line is worth nobody's work
        return f"[UNPRINTABLE {type(value).__name__}]"


def printable(text: str) -> str:
    """Return the text with an escape for whatever ends a line, is not seen, or turns the reading direction."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
