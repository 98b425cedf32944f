"""Files of JSON lines: each line is scrubbed, durable before it is acknowledged, and costs no other.

For what has to outlive a crash one by one, such as the results of delegations.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from . import _core, _gate, _scrubbers
from ._core import Appended as Appended
from ._core import SnapshotError as SnapshotError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Scrubber

    StrPath = str | os.PathLike[str]


class Lines(NamedTuple):
    """What a file of JSON lines holds: the values of its lines, and how many lines are not JSON."""

    values: list[Any]
    bad: int


def append(
    value: object,
    path: StrPath,
    *,
    scrubber: Scrubber | None = None,
    size_limit: int = 8 << 20,
    deadline: float = 5.0,
) -> Appended:
    """Scrub the value and append it to the file as one JSON line, durably.

    The file is made 0600 where it is missing. A line that a crash had cut short is ended first. Where
    the file would grow over `size_limit` bytes it is renamed to `.NAME.old`, which replaces the one of
    before. `deadline` is in seconds and bounds the wait for the lock. Raises SnapshotError where the
    line is not in the file; a line may have 1 MiB. `indeterminate` in the report means that it is
    there, but that a power cut may take it or that a reader took the file away meanwhile. The finished
    line is searched once more for known values and tokens with a prefix: what is found is replaced,
    named by its label in `gated` and in a WARNING.
    """
    report = _core.append(
        value,
        os.fsdecode(path),
        scrubber or _scrubbers.refreshed(),
        size_limit=size_limit,
        deadline=deadline,
    )
    _gate.tell(report)
    return report


def read(path: StrPath) -> Lines:
    """Return what the file holds; nothing where there is no file.

    Lines that are not JSON are passed over and counted. Raises SnapshotError where there is a file that
    cannot be read, or one over 64 MiB.
    """
    return Lines(*_core.lines(os.fsdecode(path)))
