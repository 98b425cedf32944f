"""The two scrubbers that the package shares: one for `prestop.scrub`, one for the drop-in modules.

Both are built when they are first needed. Only this module reads the process's environment for them.
"""

from __future__ import annotations

import os
import sys

from . import _credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._core import Scrubber


class _Built:
    """What has been built so far in this process."""

    # Each with the version of the added secrets with which it was built.
    plain: tuple[Scrubber, object] | None = None
    shared: tuple[Scrubber, object] | None = None
    environ: ClassVar[dict[str, str]] = {}
    files: ClassVar[dict[tuple[str, str], _credentials.Seen]] = {}
    # The content of each of the files.
    held: ClassVar[dict[tuple[str, str], str]] = {}
    # Previous values of variables and of files, the newest last.
    former: ClassVar[list[tuple[str, str]]] = []
    former_held: ClassVar[list[tuple[str, str]]] = []
    # The newest last.
    added: ClassVar[list[tuple[str, str]]] = []
    # Replaced whenever a secret is added: a scrubber built with another version is built again.
    version = object()
    complained = False
    complained_of_number = False


# The most values that a scrubber holds.
_MOST = 1024
# The most values of a rotated secret that stay known: texts may still contain its last few values.
_MOST_ROTATED = 8


def scrub(obj: object) -> Any:
    """Return the object with every secret in it replaced; the same object if there is none."""
    return plain().scrub(obj)


def scrub_text(text: str) -> str:
    """Return the text with every secret replaced; the same object if there is none."""
    return plain().scrub_text(text)


def add_secret(name: str, value: str) -> None:
    """Make a value known until the process ends: every consumer redacts it from its next call on.

    Its marker is `[REDACTED:NAME]`. Raises ValueError for a value of fewer than 4 characters or more than 64
    KiB, or of white space alone. At most 1,024 values are known: the oldest of those that a newer value of
    the same name has replaced are forgotten first.
    """
    _add(name, value, _MOST)


def add_rotated(name: str, value: str) -> None:
    """Make the current value of a rotated secret known, as `add_secret` does.

    The last few values before it stay known.
    """
    _add(name, value, _MOST_ROTATED)


def _add(name: str, value: str, most: int) -> None:
    import contextlib  # here, since what it imports takes longer than everything else in this package

    from ._core import Scrubber

    Scrubber(known_secrets={name: value})  # raises for a value that cannot be known
    if dict(_Built.added).get(name) == value:
        return
    # In this order, and without a lock: a signal handler may be the caller.
    _Built.added.append((name, value))
    for pair in _surplus(list(_Built.added), name, most):
        with contextlib.suppress(ValueError):  # another thread was faster
            _Built.added.remove(pair)
    _Built.version = object()


def _surplus(added: list[tuple[str, str]], name: str, most: int) -> list[tuple[str, str]]:
    """Return the secrets to forget if at most `most` are allowed of this name."""
    newest = dict.fromkeys(reversed(added))
    gone = (
        [pair for at, pair in enumerate(added) if pair in added[at + 1 :]] if len(newest) < len(added) else []
    )
    gone += [pair for pair in newest if pair[0] == name][most:]
    now = dict(added)
    beyond = len(added) - len(gone) - _MOST
    if beyond > 0:
        gone += [pair for pair in added if now[pair[0]] != pair[1]][:beyond]
    # One more than a scrubber holds, so that building it reports that there are too many current ones.
    return gone + added[: max(0, len(added) - len(gone) - _MOST - 1)]


def _added() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the added secrets that are current, the newest of each name, and the previous ones."""
    now = dict(_Built.added)
    return list(now.items()), [pair for pair in _Built.added if now[pair[0]] != pair[1]]


def plain() -> Scrubber:
    """Return the scrubber of `prestop.scrub`: `balanced`, without the environment."""
    built, version = _Built.plain, _Built.version
    if built is None or built[1] is not version:
        from . import _core

        added, former = _added()
        built = _core.shared("balanced", None, ([], [], added), ([], [], former))[0], version
        _Built.plain = built
    return built[0]


def with_environment() -> Scrubber:
    """Return `balanced` with every secret known now, for output that people read."""
    from . import _core

    refreshed()
    rules = _Built.environ.get("PRESTOP_RULES") or None
    return _core.shared("balanced", rules, *_known())[0]


def shared() -> Scrubber:
    """Return the scrubber of the drop-in modules: `strict`, with the environment's secrets."""
    built = _Built.shared
    return built[0] if built and built[1] is _Built.version else refreshed()


def refreshed() -> Scrubber:
    """Return the scrubber of the drop-in modules, rebuilt if the environment or a file has changed.

    Previous values of variables and files stay known: a secret that was rotated is still a secret.
    """
    built, version = _Built.shared, _Built.version
    if built is not None and sys.is_finalizing():
        # Nothing can be imported any more, which looking again needs.
        return built[0]
    environ = dict(os.environ)
    files = _credentials.seen(environ)
    same = environ == _Built.environ and files == _Built.files
    if built is None or built[1] is not version or not same:
        gone = [pair for pair in _Built.environ.items() if environ.get(pair[0]) != pair[1]]
        held = _read(files)
        gone_held = [(file[0], value) for file, value in _Built.held.items() if held.get(file) != value]
        _Built.former = _newest([*_Built.former, *gone])
        _Built.former_held = _newest([*_Built.former_held, *gone_held])
        _Built.environ, _Built.files, _Built.held = environ, files, held
        built = _build(environ), version
        _Built.shared = built
    return built[0]


def _newest(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each pair once, and the newest of them up to what a scrubber holds."""
    return list(dict.fromkeys(reversed(pairs)))[:_MOST][::-1]


def _read(files: dict[tuple[str, str], _credentials.Seen]) -> dict[tuple[str, str], str]:
    """Return the contents of the files; only those that are new or have changed are read."""
    held: dict[tuple[str, str], str] = {}
    for file, seen in files.items():
        same = _Built.files.get(file) == seen
        value = _Built.held.get(file) if same else _credentials.read(file[1])
        if value is not None:
            held[file] = value
    return held


_Pairs = list[tuple[str, str]]


def _known() -> tuple[tuple[_Pairs, _Pairs, _Pairs], tuple[_Pairs, _Pairs, _Pairs]]:
    """Return the current secrets, and the previous ones."""
    added, former = _added()
    held = [(file[0], value) for file, value in _Built.held.items()]
    return (list(_Built.environ.items()), held, added), (_Built.former, _Built.former_held, former)


def _build(environ: dict[str, str]) -> Scrubber:
    """Build by `PRESTOP_PRESET` and `PRESTOP_RULES`; faults in them are logged once."""
    from . import _core

    preset, rules = environ.get("PRESTOP_PRESET") or "strict", environ.get("PRESTOP_RULES") or None
    scrubber, faults, too_many = _core.shared(preset, rules, *_known())
    if too_many and not _Built.complained_of_number:
        _Built.complained_of_number = True
        from . import _loggers

        _loggers.named("prestop").error("the oldest secrets are not known any more: %s", too_many)
    if faults and not _Built.complained:
        _Built.complained = True
        from . import _loggers
        from ._log_line import printable

        # Not scrubbed by the shared scrubber, which this one is about to become.
        said = printable(scrubber.scrub_text("; ".join(faults)))
        _loggers.named("prestop").error("PRESTOP_PRESET or PRESTOP_RULES cannot be used as it is: %s", said)
    return scrubber
