"""Files of JSON lines: each line is scrubbed, and durable before it is acknowledged.

For records that each have to outlive a crash, such as the results of delegations. A bad line does not affect
others.
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
    """The content of a file of JSON lines: the values of its lines, and how many lines are not JSON."""

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

    The file is created with mode 0600 if it is missing. A line that a crash had cut short is ended first. If
    the file would grow over `size_limit` bytes it is renamed to `.NAME.old`, which replaces the previous one.
    `deadline` is in seconds and bounds the wait for the lock. Raises SnapshotError if the line is not in the
    file; a line may have 1 MiB. `indeterminate` in the report means that the line is there, but that a power
    cut may lose it or that a reader took the file away meanwhile. The finished line is searched once more for
    known values and prefixed tokens: what is found is replaced, and its label is reported in `gated` and in a
    WARNING. Raises ValueError for a path that names no file and for an option out of range.
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
    """Return the content of the file; no values if there is no file.

    Lines that are not JSON are skipped and counted. Raises SnapshotError for a file that cannot be read, or
    that is larger than 64 MiB, and ValueError for a path that names no file.
    """
    return Lines(*_core.lines(os.fsdecode(path)))
