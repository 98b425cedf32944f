"""The delay before the next beat."""

from __future__ import annotations

import random

LONGEST = 300.0
"""The most seconds between two beats, however many have failed and whatever the platform asks for."""


def delay(interval: float, failures: int, retry_after: float | None = None) -> float:
    """Return the seconds to the next beat after this many failures in a row.

    The interval for the first two failures, then twice as long with each further one, plus or minus a tenth
    so that hosts that failed together do not return together. A delay requested by the platform
    (`Retry-After`) wins.
    """
    seconds = interval
    if failures >= 3:
        # More doublings than this are not needed to reach the maximum.
        seconds *= 2.0 ** min(failures - 2, 64) * random.uniform(0.9, 1.1)
    if failures and retry_after is not None:
        # Never sooner than after a beat that was delivered.
        seconds = max(interval, retry_after)
    return min(seconds, max(LONGEST, interval))
