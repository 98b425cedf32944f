"""Conditions for restoring a snapshot: its workspace, its age, and that it does not stop its host."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import logging
import os
import resource
import stat
from datetime import UTC, datetime
from pathlib import Path

from ._counters import count
from ._log_line import line, place
from ._private import sync_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

logger = logging.getLogger("prestop.session")

STARTS = 3
"""How many starts may restore one snapshot without reaching a checkpoint."""

_COUNTER_BYTES = 256


def refused(
    snapshot: Mapping[str, object], *, workspace_id: str, max_age: float | None, now: datetime
) -> Literal["workspace", "age"] | None:
    """Say why the snapshot may not be restored here and now, also by one WARNING; None if it may.

    A snapshot that names no workspace belongs to this one; ids are compared in their scrubbed form. With a
    `max_age` (seconds), a snapshot of unknown age counts as too old.
    """
    if _as_saved(snapshot.get("workspace_id", workspace_id)) != _as_saved(workspace_id):
        count("refused_workspace")
        logger.warning("Snapshot not restored: it belongs to another workspace")
        return "workspace"
    if max_age is None:
        return None
    written = _written(snapshot)
    if written is not None and (now - written).total_seconds() <= max_age:
        return None
    count("refused_age")
    if written is None:
        logger.warning(
            "Snapshot not restored: it does not say when it was written, and max_age is %g s", max_age
        )
    else:
        age = (now - written).total_seconds()
        logger.warning("Snapshot not restored: it is %.0f s old, and max_age is %g s", age, max_age)
    return "age"


class Starts:
    """The durable count of starts that restored a snapshot and have not reached a checkpoint since.

    It is kept in `.NAME.starts` beside the snapshot NAME, at most 256 bytes, 0600: a number, and the time at
    which the snapshot was written, which tells whether the number is about this snapshot. It is written in
    place by one small `write`, which a kill cannot tear; what a power cut may leave does not parse and counts
    as zero. If it cannot be written there is no guard, and the snapshot is restored.
    """

    def __init__(self, snapshot: Path) -> None:
        self._snapshot = snapshot
        self._starts = 0

    @functools.cached_property
    def path(self) -> Path:
        """Where the count stands."""
        return beside(self._snapshot, "starts")

    def begin(self, snapshot: Mapping[str, object]) -> bool:
        """Count this start, or return False if the snapshot has used up its starts."""
        identity = _identity(snapshot)
        seen, about = self._load()
        seen = seen if about == identity else 0
        if seen >= STARTS:
            return False
        self._starts = seen + 1
        self._store(identity)
        return True

    def carry(self, snapshot: Mapping[str, object]) -> None:
        """Continue the count for the snapshot of a failing host: it descends from the restored one."""
        if self._starts:
            self._store(_identity(snapshot))

    def settle(self) -> None:
        """Forget the count: this start has reached a checkpoint, or there is nothing left to count."""
        self._starts = 0
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _load(self) -> tuple[int, str]:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return 0, ""
                record = json.loads(os.read(descriptor, _COUNTER_BYTES))
            finally:
                os.close(descriptor)
            starts, about = record["starts"], record["written"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return 0, ""
        if type(starts) is not int or not 0 <= starts <= STARTS or not isinstance(about, str):
            return 0, ""
        return starts, about

    def _store(self, identity: str) -> None:
        record = json.dumps({"starts": self._starts, "written": identity}).encode()
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path, flags, 0o600)
            try:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                    raise OSError("the counter is not a file of its own")
                os.fchmod(descriptor, 0o600)
                # Beyond the limit the kernel ends a process that has not asked it otherwise.
                if 0 <= resource.getrlimit(resource.RLIMIT_FSIZE)[0] < len(record):
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
                if os.pwrite(descriptor, record, 0) != len(record):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.ftruncate(descriptor, len(record))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            sync_directory(self.path.parent)
        except OSError as error:
            logger.info(
                "Starts are not counted, %s cannot be written: %s",
                place(self.path),
                line(error.strerror or error),
            )


def set_aside(path: Path, snapshot: Mapping[str, object]) -> bool:
    """Move the snapshot to `.NAME.aside`, where nothing restores it and a person can look at it.

    Say whether it is gone from where it was: what is mounted there stays, for one.
    """
    from . import pre_stop

    count("set_aside")
    aside = put_aside(path, snapshot)
    if aside is None:
        logger.warning("Snapshot not restored: %d starts restored it and none reached a checkpoint", STARTS)
        return False
    pre_stop.delete_snapshot(path)
    logger.warning(
        "Snapshot set aside as %s: %d starts restored it and none reached a checkpoint", place(aside), STARTS
    )
    return not os.path.lexists(path)


def put_aside(path: Path, snapshot: object) -> Path | None:
    """Write the snapshot to `.NAME.aside`, and say where that is, or None where it cannot be written.

    It is written anew rather than renamed, so that what lies there is scrubbed and 0600 whoever wrote the
    original. The one set aside before gives way.
    """
    from . import pre_stop

    aside = beside(path, "aside")
    pre_stop.delete_snapshot(aside)
    return aside if pre_stop.write_snapshot(snapshot, aside) else None


def beside(snapshot: Path, suffix: str) -> Path:
    """Return the path of what is kept beside the snapshot under this suffix."""
    from . import _core

    return Path(_core.companion(os.fspath(snapshot), suffix))


def _as_saved(workspace_id: object) -> object:
    """Return the id as it is in a file, where an id that looks like a secret is redacted."""
    from . import _scrubbers

    return _scrubbers.shared().scrub({"workspace_id": workspace_id})["workspace_id"]


def _written(snapshot: Mapping[str, object]) -> datetime | None:
    text = snapshot.get("timestamp")
    if not isinstance(text, str):
        return None
    try:
        written = datetime.fromisoformat(text)
        return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _identity(snapshot: Mapping[str, object]) -> str:
    # Parsed and formatted again, so that the result is a time and never anything else the file may hold
    # there.
    written = _written(snapshot)
    return "" if written is None else written.isoformat()
