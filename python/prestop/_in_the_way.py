"""What stands where the snapshot goes and was not restored: it is out of the way before the first save, and not lost."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import time
from pathlib import Path

from . import _loggers
from ._guard import beside, put_aside
from ._log_line import line, place
from ._private import sync_directory

logger = _loggers.named("prestop.session")

# Files that could not be read, of which so many stay: as many as of the corrupt ones.
_UNREAD = 3


class InTheWay:
    """One such file. Nobody knows what an unread one holds: it is moved, and what was read is written anew, scrubbed.

    Only when there is something to save: a start that ends before that leaves everything as it found it, and the next one
    may be able to read.
    """

    def __init__(self, path: Path, snapshot: object = None) -> None:
        """Without a snapshot it could not be read."""
        self._path = path
        self._snapshot = snapshot
        self._is_kept = False
        self._moved: Path | None = None
        self._complained = False

    def clear(self, *, loud: bool) -> bool:
        """Get it out of the way; say whether the place may be written to. `loud`: say it again if not."""
        if self._is_kept:
            return True
        try:
            kept = self._move() if self._snapshot is None else self._write_aside()
        except OSError as error:
            level = logging.WARNING if loud or not self._complained else logging.DEBUG
            self._complained = True
            logger.log(
                level,
                "Nothing is saved: the file that was not restored cannot be set aside (%s): %s",
                place(self._path),
                line(error.strerror or error),
            )
            return False
        self._is_kept = True
        if kept is not None:
            # Of what was read a warning has said why it was not restored.
            level = logging.WARNING if self._snapshot is None else logging.INFO
            logger.log(level, "The file that was not restored is kept as %s", place(kept))
        return True

    def put_back(self) -> None:
        """The save came to nothing: what was moved is back in its place, unless there is something."""
        if self._moved is None or os.path.lexists(self._path):
            return
        with contextlib.suppress(OSError):
            self._moved.rename(self._path)
            self._moved, self._is_kept = None, False

    def _write_aside(self) -> Path:
        aside = put_aside(self._path, self._snapshot)
        if aside is None:
            raise OSError("it cannot be written beside itself")
        return aside

    def _move(self) -> Path | None:
        try:
            found = self._path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            # No write replaces it.
            return None
        prefix = beside(self._path, "unread").name + "-"
        number = time.time_ns() // 1_000_000
        while os.path.lexists(kept := self._path.with_name(f"{prefix}{number}")):
            number += 1
        self._path.rename(kept)
        self._moved = kept
        with contextlib.suppress(OSError):
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
                kept.chmod(stat.S_IMODE(found.st_mode) & 0o700)
            sync_directory(kept.parent)
        for number in sorted(_numbers(kept.parent, prefix), reverse=True)[_UNREAD:]:
            with contextlib.suppress(OSError):
                kept.with_name(f"{prefix}{number}").unlink()
        return kept


def _numbers(directory: Path, prefix: str) -> list[int]:
    with contextlib.suppress(OSError):
        ends = [name.removeprefix(prefix) for name in os.listdir(directory) if name.startswith(prefix)]
        return [int(end) for end in ends if end.isdecimal() and end.isascii() and len(end) < 20]
    return []
