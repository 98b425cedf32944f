"""The files in which a process is given its secrets: what stands in them is known, and redacted wherever it turns up."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOUNTED = "/run/secrets"
# How many files of a directory are read.
_MOST = 256

Seen = tuple[int, int, int]
"""What changes when a file does: inode, size and time of modification."""


def paths(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the name and the path of every file that may hold one of this process's secrets."""
    yield from _named(environ)
    try:
        mounted = sorted(os.listdir(_MOUNTED))[:_MOST]
    except OSError:
        mounted = []
    for name in mounted:
        yield name, os.path.join(_MOUNTED, name)


def _named(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    from . import _core

    return _core.credential_files(environ)


def seen(environ: Mapping[str, str]) -> dict[tuple[str, str], Seen]:
    """Say which of these files there are, and what tells that one has changed since."""
    found: dict[tuple[str, str], Seen] = {}
    for name, path in paths(environ):
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found[name, path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def read(path: str) -> str | None:
    """Return what a file holds, or None if it is no file, no text, or cannot be read."""
    from . import _core

    return _core.read_credential(path)
