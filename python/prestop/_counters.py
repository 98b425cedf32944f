"""Counters of what `preserve` did in this process.

The module is not called `stats`: a submodule of that name would hide the function `prestop.stats`.
"""

from __future__ import annotations

import threading

_NAMES = (
    # At entry.
    "restored",
    "restore_failed",
    "refused_workspace",
    "refused_age",
    "refused_shape",
    "set_aside",
    # While running.
    "checkpoints",
    "checkpoints_unchanged",
    "checkpoint_failed",
    # At the stop.
    "signals",
    "saved",
    "save_failed",
    "save_unfinished",
    # The host's hooks, at any time.
    "hook_failed",
    "hook_overdue",
    "hook_skipped",
)

_lock = threading.Lock()
_counts = dict.fromkeys(_NAMES, 0)


def count(name: str) -> None:
    """Add one to a counter. Does not wait for the lock: a signal handler may interrupt this very function."""
    # Losing the race loses one count; waiting here inside a handler could never end.
    held = _lock.acquire(blocking=False)
    try:
        _counts[name] += 1
    finally:
        if held:
            _lock.release()


def stats() -> dict[str, int]:
    """Return how often each thing happened since the process began, as a new dict.

    At entry: `restored`, `restore_failed` (the hook raised), `refused_workspace`, `refused_age`,
    `refused_shape` (not an object), `set_aside` (three starts without a checkpoint). While running:
    `checkpoints` (written), `checkpoints_unchanged`, `checkpoint_failed`. At the stop: `signals` (received),
    `saved`, `save_failed`, `save_unfinished` (not done when `grace` had passed). Hooks: `hook_failed`,
    `hook_overdue`, `hook_skipped` (an async hook where none can run).
    """
    return dict(_counts)
