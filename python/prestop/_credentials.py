"""The files in which a process is given its secrets: what stands in them is known, and redacted wherever it turns up."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOUNTED = "/run/secrets"
_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
# What a scrubber holds of one value, and how many files of a directory are read.
_LONGEST = 64 * 1024
_MOST = 256

Seen = tuple[int, int, int]
"""What changes when a file does: inode, size and time of modification."""


def is_sensitive(name: str) -> bool:
    """Say whether a value under this name is a secret."""
    from . import _core

    return _core.is_sensitive(name)


def paths(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the name and the path of every file that may hold one of this process's secrets."""
    configs = environ.get("CONFIGS_DIR") or "/configs"
    yield "AUTH_TOKEN", os.path.join(configs, ".auth_token")
    yield "PLATFORM_INBOUND_SECRET", os.path.join(configs, ".platform_inbound_secret")
    yield "SERVICE_ACCOUNT_TOKEN", _SERVICE_ACCOUNT
    try:
        mounted = sorted(os.listdir(_MOUNTED))[:_MOST]
    except OSError:
        mounted = []
    for name in mounted:
        yield name, os.path.join(_MOUNTED, name)
    for name, value in environ.items():
        whose = name[: -len("_FILE")]
        # Any other file may be a log or a disk.
        if value and name.upper().endswith("_FILE") and is_sensitive(whose):
            yield whose, value


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
    try:
        # A FIFO that took the file's place must not be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = os.read(descriptor, _LONGEST)
        return content.decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    finally:
        os.close(descriptor)
