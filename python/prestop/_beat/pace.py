"""The delay before the next beat."""

from __future__ import annotations

import random

LONGEST = 300.0
"""The most seconds between two beats, however many have failed and whatever the platform asks for."""


def delay(interval: float, failures: int, retry_after: float | None = None) -> float:
    """Return the seconds to the next beat after this many failures in a row.

    The interval for the first two, then twice as long with each, give or take a tenth so that hosts that failed
    together do not come back together; at the longest pause there is only less. What the platform asked for (`Retry-After`) wins.
    """
    longest = max(LONGEST, interval)
    seconds = interval
    if failures >= 3:
        # More doublings than this are not needed to reach the longest.
        seconds = min(interval * 2.0 ** min(failures - 2, 64), longest)
        seconds = random.uniform(max(interval, seconds * 0.9), min(longest, seconds * 1.1))
    if failures and retry_after is not None:
        # Never sooner than after a beat that was delivered.
        seconds = max(interval, retry_after)
    return min(seconds, longest)
