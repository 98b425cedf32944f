"""The two scrubbers that the package shares: one for `prestop.scrub`, one for the drop-in modules.

Both are built when they are first needed. Only this module reads the process's environment for them.
"""

from __future__ import annotations

import os
import sys

from . import _credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core import Scrubber

    _Pair = tuple[str, str]
    _Known = tuple[list[_Pair], list[_Pair], list[_Pair]]
    # The name and the path of a credential file.
    _File = tuple[str, str]


class _Shared:
    """The scrubber of the drop-in modules, with everything from which it was built. Never changed afterwards."""

    __slots__ = ("added", "environ", "files", "former", "former_held", "held", "scrubber")

    scrubber: Scrubber
    added: tuple[_Pair, ...]
    environ: dict[str, str]
    files: dict[_File, _credentials.Seen]
    # The content of each of the files.
    held: dict[_File, str]
    # Previous values of variables and of files, the newest last.
    former: list[_Pair]
    former_held: list[_Pair]

    def knows(
        self, added: tuple[_Pair, ...], environ: dict[str, str], files: dict[_File, _credentials.Seen]
    ) -> bool:
        return self.added is added and self.environ == environ and self.files == files

    def replaces(self, other: _Shared | None) -> bool:
        """Whether it knows every value of another one that was built from the same predecessor."""
        return other is None or (self.environ == other.environ and self.held == other.held)


class _Built:
    """What has been built so far in this process.

    Whatever depends on a previous value is published by `if _Built.NAME is before: _Built.NAME = after`, and made
    once more if another thread was faster. There is no lock, since a signal handler may be the caller; threads do
    not take turns between this comparison and the assignment, as there is no call and no jump back.
    """

    # With the added secrets that it knows.
    plain: tuple[Scrubber, object] | None = None
    shared: _Shared | None = None
    # The newest last.
    added: tuple[_Pair, ...] = ()
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


def add_secret(name: str, value: str | bytes) -> None:
    """Make a value known until the process ends: every consumer redacts it from its next call on.

    Its marker is `[REDACTED:NAME]`. Raises ValueError for a value of fewer than 4 characters or more than 64
    KiB, or of white space alone, and TypeError for one that is neither text nor bytes. At most 1,024 values are known: the oldest of those that a newer value of
    the same name has replaced are forgotten first.
    """
    _add(name, value, _MOST)


def add_rotated(name: str, value: str) -> None:
    """Make the current value of a rotated secret known, as `add_secret` does.

    The last few values before it stay known.
    """
    _add(name, value, _MOST_ROTATED)


def _add(name: str, value: str | bytes, most: int) -> None:
    from ._core import Scrubber

    if not isinstance(name, str):
        raise TypeError(f"the name of a secret is not text but a {type(name).__name__}")
    if not isinstance(value, str | bytes):
        raise TypeError(f"the value of {name} is neither text nor bytes but a {type(value).__name__}")
    try:
        Scrubber(known_secrets={name: value})
    except ValueError as error:
        raise ValueError(str(error).removeprefix("known_secrets: ")) from None
    # Bytes that are not UTF-8 are spelled as in `os.environ`.
    pair = name, value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
    while True:
        before = _Built.added
        if dict(before).get(name) == pair[1]:
            return
        after = _bounded((*before, pair), name, most)
        if _Built.added is before:
            _Built.added = after
            return


def _bounded(added: tuple[_Pair, ...], name: str, most: int) -> tuple[_Pair, ...]:
    """Return the secrets without duplicates and without those to forget, if at most `most` may have this name."""
    now = dict(added)
    # The newest first.
    pairs = list(dict.fromkeys(reversed(added)))
    gone = set([pair for pair in pairs if pair[0] == name][most:])
    replaced = [pair for pair in reversed(pairs) if now[pair[0]] != pair[1] and pair not in gone]
    gone.update(replaced[: max(0, len(pairs) - len(gone) - _MOST)])
    kept = [pair for pair in reversed(pairs) if pair not in gone]
    # One more than a scrubber holds, so that building it reports that there are too many current ones.
    return tuple(kept[-_MOST - 1 :])


def plain() -> Scrubber:
    """Return the scrubber of `prestop.scrub`: `balanced`, without the environment."""
    built, added = _Built.plain, _Built.added
    if built is None or built[1] is not added:
        from . import _core

        now, former = _parted(added)
        built = _core.shared("balanced", None, ([], [], now), ([], [], former))[0], added
        _Built.plain = built
    return built[0]


def with_environment() -> Scrubber:
    """Return `balanced` with every secret known now, for output that people read."""
    from . import _core

    built = _refreshed()
    rules = built.environ.get("PRESTOP_RULES") or None
    return _core.shared("balanced", rules, *_known(built))[0]


def shared() -> Scrubber:
    """Return the scrubber of the drop-in modules: `strict`, with the environment's secrets."""
    built = _Built.shared
    return built.scrubber if built and built.added is _Built.added else refreshed()


def refreshed() -> Scrubber:
    """Return the scrubber of the drop-in modules, rebuilt if the environment or a file has changed.

    Previous values of variables and files stay known: a secret that was rotated is still a secret.
    """
    return _refreshed().scrubber


def _refreshed() -> _Shared:
    built = _Built.shared
    if built is not None and sys.is_finalizing():
        # Nothing can be imported any more, which looking again needs.
        return built
    # What was built in vain, because another thread was faster: the values that it saw are not to be forgotten.
    lost: _Shared | None = None
    while True:
        before, added = _Built.shared, _Built.added
        # Other threads may change it meanwhile.
        environ = {name: value for name in os.environ if (value := os.environ.get(name)) is not None}
        files = _credentials.seen(environ)
        if before is not None and before.knows(added, environ, files) and before.replaces(lost):
            return before
        after = _build([one for one in (lost, before) if one is not None], added, environ, files)
        if _Built.shared is before:
            _Built.shared = after
            return after
        lost = after


def _build(
    earlier: list[_Shared],
    added: tuple[_Pair, ...],
    environ: dict[str, str],
    files: dict[_File, _credentials.Seen],
) -> _Shared:
    built = _Shared()
    built.added, built.environ, built.files = added, environ, files
    built.held = _read(files, earlier)
    former: list[_Pair] = []
    former_held: list[_Pair] = []
    for one in earlier:
        former += one.former
        former += [pair for pair in one.environ.items() if environ.get(pair[0]) != pair[1]]
        former_held += one.former_held
        former_held += [(file[0], value) for file, value in one.held.items() if built.held.get(file) != value]
    built.former, built.former_held = _newest(former), _newest(former_held)
    built.scrubber = _scrubber_of(built)
    return built


def _newest(pairs: list[_Pair]) -> list[_Pair]:
    """Return each pair once, and the newest of them up to what a scrubber holds."""
    return list(dict.fromkeys(reversed(pairs)))[:_MOST][::-1]


def _read(files: dict[_File, _credentials.Seen], earlier: list[_Shared]) -> dict[_File, str]:
    """Return the contents of the files; only those that are new or have changed are read."""
    held: dict[_File, str] = {}
    for file, seen in files.items():
        same = next((one for one in earlier if one.files.get(file) == seen), None)
        value = _credentials.read(file[1]) if same is None else same.held.get(file)
        if value is not None:
            held[file] = value
    return held


def _parted(added: tuple[_Pair, ...]) -> tuple[list[_Pair], list[_Pair]]:
    """Return the added secrets that are current, the newest of each name, and the previous ones."""
    now = dict(added)
    return list(now.items()), [pair for pair in added if now[pair[0]] != pair[1]]


def _known(built: _Shared) -> tuple[_Known, _Known]:
    """Return the current secrets, and the previous ones."""
    added, former = _parted(built.added)
    held = [(file[0], value) for file, value in built.held.items()]
    return (list(built.environ.items()), held, added), (built.former, built.former_held, former)


def _scrubber_of(built: _Shared) -> Scrubber:
    """Build by `PRESTOP_PRESET` and `PRESTOP_RULES`; faults in them are logged once."""
    from . import _core

    preset = built.environ.get("PRESTOP_PRESET") or "strict"
    rules = built.environ.get("PRESTOP_RULES") or None
    scrubber, faults, too_many = _core.shared(preset, rules, *_known(built))
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
