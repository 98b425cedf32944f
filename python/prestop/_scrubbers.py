"""The two scrubbers that the package shares: one for people, one for the drop-in modules.

Both are built when they are first needed. Only this module reads the process's environment for them.
"""

from __future__ import annotations

import os

from . import _credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._core import Scrubber


class _Built:
    """What has been built so far in this process."""

    # Each with the version of the added secrets that it was built with.
    plain: tuple[Scrubber, object] | None = None
    shared: tuple[Scrubber, object] | None = None
    environ: ClassVar[dict[str, str]] = {}
    former: ClassVar[list[tuple[str, str]]] = []
    files: ClassVar[dict[tuple[str, str], _credentials.Seen]] = {}
    # What files hold, and what they held before: the newest last.
    credentials: ClassVar[list[tuple[str, str]]] = []
    added: ClassVar[list[tuple[str, str]]] = []
    # A new one with every secret that is added: what was built with another is built again.
    version = object()
    complained = False


# As many values as a scrubber holds.
_MOST_FORMER = 1024


def scrub(obj: object) -> Any:
    """Return the object with every secret in it replaced; the same object when there is none."""
    return plain().scrub(obj)


def scrub_text(text: str) -> str:
    """Return the text with every secret replaced; the same object when there is none."""
    return plain().scrub_text(text)


def add_secret(name: str, value: str) -> None:
    """Make a value known from now on, until the process ends: every consumer redacts it at its next call.

    Its marker is `[REDACTED:NAME]`. Raises ValueError for a value of fewer than 4 characters or more than 64 KiB,
    or of white space alone.
    """
    from ._core import Scrubber

    Scrubber(known_secrets={name: value})  # says what is wrong with it
    if (name, value) not in _Built.added:
        # In this order, and without a lock: a signal handler may be the one who asks.
        _Built.added.append((name, value))
        del _Built.added[:-_MOST_FORMER]
        _Built.version = object()


def plain() -> Scrubber:
    """Return the scrubber behind `prestop.scrub`: `balanced`, without the environment."""
    built, version = _Built.plain, _Built.version
    if built is None or built[1] is not version:
        from . import _core

        built = _core.shared("balanced", None, [], [], list(_Built.added))[0], version
        _Built.plain = built
    return built[0]


def with_environment() -> Scrubber:
    """Return `balanced` with everything that is known now: what people read of a process that has secrets."""
    from . import _core

    refreshed()
    known = [*_Built.former, *_Built.environ.items()]
    rules = _Built.environ.get("PRESTOP_RULES") or None
    return _core.shared("balanced", rules, known, list(_Built.credentials), list(_Built.added))[0]


def shared() -> Scrubber:
    """Return the scrubber of the drop-in modules: `strict`, with the environment's secrets."""
    built = _Built.shared
    return built[0] if built and built[1] is _Built.version else refreshed()


def refreshed() -> Scrubber:
    """Return the same, built anew if the environment or a credential file has changed since.

    What a variable or a file held before stays known: a secret that was rotated is still one.
    """
    environ = dict(os.environ)
    files = _credentials.seen(environ)
    built, version = _Built.shared, _Built.version
    same = environ == _Built.environ and files == _Built.files
    if built is None or built[1] is not version or not same:
        gone = [pair for pair in _Built.environ.items() if environ.get(pair[0]) != pair[1]]
        former = [*_Built.former, *gone][-_MOST_FORMER:]
        credentials = _read(files)
        built = _build(environ, former, credentials), version
        _Built.environ, _Built.former = environ, former
        _Built.files, _Built.credentials = files, credentials
        _Built.shared = built
    return built[0]


def _read(files: dict[tuple[str, str], _credentials.Seen]) -> list[tuple[str, str]]:
    """Read those files that are new or have changed, behind what is known of them already."""
    known = dict.fromkeys(_Built.credentials)
    for file, seen in files.items():
        if _Built.files.get(file) != seen:
            value = _credentials.read(file[1])
            if value is not None:
                known[file[0], value] = None
    return list(known)[-_MOST_FORMER:]


def _build(
    environ: dict[str, str], former: list[tuple[str, str]], credentials: list[tuple[str, str]]
) -> Scrubber:
    """Build as `PRESTOP_PRESET` and `PRESTOP_RULES` say; what is faulty in them is said once."""
    from . import _core

    scrubber, faults = _core.shared(
        environ.get("PRESTOP_PRESET") or "strict",
        environ.get("PRESTOP_RULES") or None,
        [*former, *environ.items()],
        credentials,
        list(_Built.added),
    )
    if faults and not _Built.complained:
        _Built.complained = True
        from . import _loggers
        from ._log_line import printable

        # Not by the shared scrubber, which this one is about to become.
        said = printable(scrubber.scrub_text("; ".join(faults)))
        _loggers.named("prestop").error("PRESTOP_PRESET or PRESTOP_RULES cannot be used as it is: %s", said)
    return scrubber
