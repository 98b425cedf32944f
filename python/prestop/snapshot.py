"""Snapshots: build, write, read, delete, purge and compare.

A write is all or nothing: after a crash at any point the path holds the complete old or the complete new
snapshot. The Rust core does the work; this module creates the file, so that patches and audit hooks of Python
see it.
"""

from __future__ import annotations

import io
import os
import sys

from . import _core, _gate, _scrubbers
from ._content import build as build
from ._core import Restored as Restored
from ._core import SnapshotError as SnapshotError
from ._core import WriteReport as WriteReport
from ._log_line import place

# The first descriptor that is not standard input, output or error.
_FIRST_FREE = 3

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
    """Scrub the snapshot and write it to the path, durably.

    The default scrubber is that of the drop-in modules. A symbolic link at the path is replaced unless
    `follow_symlink` is set. `deadline` is in seconds and bounds waits and retries. The finished bytes are
    searched once more: what is found is replaced, and its label is reported in `gated` and in a WARNING.
    Raises SnapshotError, with the old snapshot intact and nothing left behind; the exception is a file that
    could only be overwritten in place, where the message says that this failed midway. Raises ValueError for a
    path that names no file and for a deadline that is no time.
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
    """Return what was saved, or None if nothing was.

    A damaged file is set aside and the previous one put back where possible. `session_id` and
    `transcript_lines` that are only under `adapter` also appear at the top level. Raises SnapshotError for a
    file that cannot be read, and ValueError for a path that names no file.
    """
    reading = _examine(path)
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


def _examine(path: StrPath) -> Reading:
    """Return what `read` does, and whether a damaged file was met and where it is now, without a word in the log."""
    return _core.read(os.fsdecode(path), _scrubbers.shared())


def delete(path: StrPath) -> bool:
    """Delete the snapshot and the previous one; return whether there was one.

    Raises SnapshotError if that fails, and ValueError for a path that names no file.
    """
    return _core.delete(os.fsdecode(path), _scrubbers.shared())


def purge(path: StrPath) -> int:
    """Delete the snapshot and every file that belongs to it; return how many files were deleted.

    Raises SnapshotError if that fails, and ValueError for a path that names no file.
    """
    return _core.purge(os.fsdecode(path), _scrubbers.shared())


def diff(before: object, after: object) -> list[str]:
    """Return the sorted dotted names of the fields that differ, never their values.

    Dictionaries are compared by key, lists as a whole, and a value that JSON cannot represent by its text. A
    key that is empty or `$`, or contains a dot or a quote, is quoted: `adapter."a.b"`. Raises TypeError for a
    key that JSON cannot represent (a tuple), and ValueError for a cycle, for more than 300 levels, and for an
    integer of more digits than `sys.get_int_max_str_digits()` allows, usually 4,300.
    """
    import json

    try:
        documents = [json.dumps(document, default=str).encode() for document in (before, after)]
    except RecursionError:
        raise ValueError("nested too deeply to be compared") from None
    return _core.diff(*documents)


def _lift(descriptor: int) -> int:
    """Move a new file's descriptor above the standard ones: what a host prints that closed its output would end up in it."""
    import fcntl

    try:
        lifted = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    finally:
        os.close(descriptor)
    # Another thread may have printed into it meanwhile.
    os.ftruncate(lifted, 0)
    os.lseek(lifted, 0, os.SEEK_SET)
    return lifted


def _create(name: str, directory: int) -> tuple[int, int]:
    """Create the temporary file through `open`; return its device and inode.

    Patches and audit hooks see it there.
    """
    created = False

    def opener(name: str, flags: int) -> int:
        nonlocal created
        descriptor = os.open(name, flags | os.O_NOFOLLOW, 0o600, dir_fd=directory)
        created = True
        return descriptor if descriptor >= _FIRST_FREE else _lift(descriptor)

    try:
        # An interpreter that is finalizing has no such name any more.
        opened = io.open if sys.is_finalizing() else open
        with opened(name, "xb", buffering=0, opener=opener) as file:
            status = os.fstat(file.fileno())
    except BaseException:
        if created:
            try:  # noqa: SIM105 - contextlib takes longer to import than everything else in this package
                os.unlink(name, dir_fd=directory)
            except OSError:
                pass
        raise
    return status.st_dev, status.st_ino
