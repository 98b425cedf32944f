"""The files through which a process receives its secrets, whose contents are redacted everywhere."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOUNTED = "/run/secrets"
# The most files of a directory that are read.
_MOST = 256

Seen = tuple[int, int, int]
"""What changes when a file does: inode, size and modification time."""


def paths(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and path of every file that may hold one of this process's secrets."""
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
    """Return which of these files exist, each with what changes when the file does."""
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
    """Return the content of a file, or None if it cannot be read or is not a file of text."""
    from . import _core

    return _core.read_credential(path)
