"""Interpretation of the platform's answers: delivered or not, when to retry, and the content."""

from __future__ import annotations

import contextlib
import email.utils
import time
from typing import Any

from .. import _core

UNAUTHORIZED = 401


def status_of(response: object) -> int | None:
    """Return the status of a response, or None for a stand-in without one."""
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def is_delivered(response: object) -> bool:
    """Return whether the platform accepted the request: any 2xx, or a stand-in without a status."""
    status = status_of(response)
    return status is None or 200 <= status < 300


def retry_after(response: object) -> float | None:
    """Return the seconds after which the platform wants to be asked again, or None.

    The header holds a number of seconds or a date (RFC 9110, section 10.2.3).
    """
    try:
        value = str(response.headers["Retry-After"]).strip()  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - a stand-in, or no such header
        return None
    if value.isascii() and value.isdecimal():
        # So many digits say more than is ever waited.
        return float(value.lstrip("0")[:9] or "0")
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None


def content_of(response: Any) -> Any:
    """Return the JSON in a response, or None if there is none.

    A defect in one value does not affect the others.
    """
    try:
        return response.json()
    except Exception:  # noqa: BLE001 - invalid UTF-8, too many digits, too deep, or a stand-in's error
        with contextlib.suppress(Exception):
            return _core.tolerant_json(response.content)
        return None
