"""Counts and times that a host may have set to any value."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any, default: float = 0.0) -> float:
    """Return the number that the value is or spells, or else the default."""
    try:
        found = float(value)
    except OverflowError:
        # An integer too large for a float.
        return math.copysign(math.inf, value > 0 or -1) if isinstance(value, int) else default
    except Exception:  # noqa: BLE001 - whatever a value does, it is not a number
        return default
    return default if math.isnan(found) else found


def whole(value: Any) -> int:
    """Return the value as an integer: the integral part of a number, 0 for an infinity or no number."""
    if isinstance(value, int):
        return int(value)
    found = number(value)
    return int(found) if math.isfinite(found) else 0


def share(part: Any, all_of_it: Any) -> float:
    """Return the ratio of two values; 0.0 if the whole is 0 or one of them is not a number."""
    part, all_of_it = number(part), number(all_of_it)
    found = part / all_of_it if all_of_it else 0.0
    return 0.0 if math.isnan(found) else found
