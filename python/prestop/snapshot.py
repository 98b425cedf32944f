"""Snapshots: build, write, read, delete, purge and compare.

A write is all or nothing: after a crash at any point the path holds the complete old or the complete
new snapshot. The Rust core does the work; this module creates the file, so that Python sees it.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

from . import _core, _gate, _scrubbers
from ._content import build as build
from ._core import Restored as Restored
from ._core import SnapshotError as SnapshotError
from ._core import WriteReport as WriteReport
from ._log_line import place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Reading, Scrubber

    StrPath = str | os.PathLike[str]


def write(
    snapshot: object,
    path: StrPath,
    *,
    scrubber: Scrubber | None = None,
    follow_symlink: bool = False,
    deadline: float = 5.0,
) -> WriteReport:
    """Scrub the snapshot and put it at the path, durably.

    The scrubber is by default that of the drop-in modules. A symbolic link is replaced unless
    `follow_symlink` says otherwise. `deadline` is in seconds and bounds waits and retries. The finished
    bytes are searched once more: what is found is replaced, named by its label in `gated` and in a WARNING.
    Raises SnapshotError, with the old snapshot intact and nothing left behind.
    """
    report = _core.write(
        snapshot,
        os.fsdecode(path),
        scrubber or _scrubbers.refreshed(),
        _create,
        follow_symlink=follow_symlink,
        deadline=deadline,
    )
    _gate.tell(report)
    return report


def read(path: StrPath) -> Restored | None:
    """Return what was saved, or None where nothing was.

    A damaged file is set aside and the one before it put back. Of `session_id` and
    `transcript_lines`, what stands only under `adapter` also appears at the top level. Raises
    SnapshotError where there is a file that cannot be read.
    """
    reading = examine(path)
    if reading.quarantined is not None:
        # Importing logging takes long, and hardly any read needs it.
        from . import _loggers

        _loggers.named("prestop").warning(
            "Snapshot was corrupt (%s), and was moved to %s: %s",
            place(path),
            place(reading.quarantined),
            "the previous one is used" if reading.restored else "there is no previous one",
        )
    return reading.restored


def examine(path: StrPath) -> Reading:
    """Return what `read` does, and whether a damaged file was met and where it is now, without a word in the log."""
    return _core.read(os.fsdecode(path), _scrubbers.shared())


def delete(path: StrPath) -> bool:
    """Delete the snapshot and the one before it; say whether there was one."""
    return _core.delete(os.fsdecode(path), _scrubbers.shared())


def purge(path: StrPath) -> int:
    """Delete the snapshot and everything that belongs to it; return how many files went."""
    return _core.purge(os.fsdecode(path), _scrubbers.shared())


def diff(before: object, after: object) -> list[str]:
    """Return the sorted dotted names of the fields that differ, never their values.

    Dictionaries are looked into, lists are compared whole, and a value that JSON cannot say counts by its text. A key that is empty or
    `$`, or holds a dot or a quote, stands in quotes: `adapter."a.b"`. Raises TypeError for a key that JSON cannot say (a tuple),
    ValueError for a cycle and for more than 300 levels.
    """
    import json

    try:
        documents = [json.dumps(document, default=str).encode() for document in (before, after)]
    except RecursionError:
        raise ValueError("nested too deeply to be compared") from None
    return _core.diff(*documents)


def _create(name: str, directory: int) -> tuple[int, int]:
    """Create the temporary file through `open`, where patches and audit hooks see it; say which it is."""
    created = False

    def opener(name: str, flags: int) -> int:
        nonlocal created
        descriptor = os.open(name, flags | os.O_NOFOLLOW, 0o600, dir_fd=directory)
        created = True
        return descriptor

    try:
        # An interpreter that is finalizing has no such name any more.
        opened = io.open if sys.is_finalizing() else open
        with opened(name, "xb", buffering=0, opener=opener) as file:
            status = os.fstat(file.fileno())
    except BaseException:
        if created:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=directory)
        raise
    return status.st_dev, status.st_ino
