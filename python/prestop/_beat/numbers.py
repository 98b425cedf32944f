"""Counts and times that a host may have set to any value."""

from __future__ import annotations

import math
from typing import Any

from .host import called


def number(value: Any, default: float = 0.0) -> float:
    """Return the number that the value is or spells, or else the default."""
    try:
        found = called(float, value)
    except OverflowError:
        # An integer beyond every float.
        if not isinstance(value, int):
            return default
        return -math.inf if int.__index__(value) < 0 else math.inf
    except Exception:  # noqa: BLE001 - whatever a value does, it is no number then
        return default
    return default if math.isnan(found) else found


def whole(value: Any) -> int:
    """Return the value as an integer: the integral part of a number, 0 for an infinity or no number."""
    if isinstance(value, int):
        return int.__index__(value)  # whatever methods a subclass has
    found = number(value)
    return int(found) if math.isfinite(found) else 0


def share(part: Any, all_of_it: Any) -> float:
    """Return the ratio of two values; 0.0 if the whole is 0 or one of them is not a number."""
    part, all_of_it = number(part), number(all_of_it)
    found = part / all_of_it if all_of_it else 0.0
    return 0.0 if math.isnan(found) else found
