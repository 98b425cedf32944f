"""Small files that nobody else may read: replaced atomically, 0600 from their first byte on."""

from __future__ import annotations

import contextlib
import os
import secrets

from . import _credentials


def write(path: str | os.PathLike[str], text: str) -> None:
    """Replace the content of the file, durably and atomically. On OSError the old content is intact."""
    path = os.fspath(path)
    directory = os.path.dirname(path) or "."
    os.makedirs(directory, mode=0o700, exist_ok=True)
    made = os.path.join(directory, f".{os.path.basename(path)}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise
    with contextlib.suppress(OSError):
        sync_directory(directory)


def sync_directory(path: str | os.PathLike[str]) -> None:
    """Have the names in the directory reach the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: str | os.PathLike[str]) -> str | None:
    """Return the content without surrounding white space, or None if the file is missing or empty."""
    return _credentials.read(os.fspath(path)) or None
