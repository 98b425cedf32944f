"""Errors as they appear in the log."""

from __future__ import annotations

import httpx

from .. import _log_line


def said(error: BaseException) -> str:
    """Return what an error says, without a secret; URLs and bodies stay out of the log with it."""
    # What cannot be encoded or decoded is quoted in the error, and may be a part of a token.
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | UnicodeError):
        return type(error).__name__
    return _log_line.described(error)
