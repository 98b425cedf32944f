"""Errors as they appear in the log."""

from __future__ import annotations

import httpx

from .. import _log_line


def said(error: BaseException) -> str:
    """Return the text of an error without secrets.

    An HTTP error is named by its type only: its text may hold a URL or a body.
    """
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return type(error).__name__
    text = _log_line.line(error)[:300]
    return _log_line.printable(type(error).__name__) + (f": {text}" if text else "")
