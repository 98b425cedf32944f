"""The lock of a file: which of several processes may write to it now."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator

PATIENCE = 2.0
"""Seconds to wait for the lock. A process that stands still does not keep results from their file for ever."""

_PAUSE = 0.01
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Lock:
    """An advisory lock on `NAME.lock`, a file of its own: readers take the results file away by renaming it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._patience = PATIENCE

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock, as far as it can be had: without it the work is done all the same.

        It cannot be had where the path names no file, where another user owns the lock's file (who could hold the lock for
        ever), where the file system has no locks, and where a process holds it for longer than `PATIENCE`. After the last
        of these it is not waited for again until it is free.
        """
        descriptor = self._opened()
        if descriptor is None:
            yield
            return
        try:
            is_held = self._waited(descriptor)
            try:
                yield
            finally:
                if is_held:
                    # A forked child may have inherited the descriptor, so that closing it would not do.
                    with contextlib.suppress(OSError):
                        fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def _opened(self) -> int | None:
        if os.path.basename(self._path) in ("", ".", ".."):
            return None
        try:
            # Nothing is created beside a device or a directory.
            with contextlib.suppress(FileNotFoundError):
                if not stat.S_ISREG(os.lstat(self._path).st_mode):
                    return None
            descriptor = os.open(f"{self._path}.lock", _FLAGS, 0o600)
        except (OSError, ValueError):
            return None
        about = os.fstat(descriptor)
        if stat.S_ISREG(about.st_mode) and about.st_uid in (0, os.geteuid()):
            return descriptor
        os.close(descriptor)
        return None

    def _waited(self, descriptor: int) -> bool:
        end = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    self._patience = 0.0
                    return False
                time.sleep(_PAUSE)
            except OSError:
                return False
            else:
                self._patience = PATIENCE
                return True
