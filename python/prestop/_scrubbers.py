"""The two scrubbers that the package shares: one for people, one for the drop-in modules.

Both are built when they are first needed. Only this module reads the process's environment for them.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._core import Scrubber


class _Built:
    """What has been built so far in this process."""

    plain: Scrubber | None = None
    shared: Scrubber | None = None
    environ: ClassVar[dict[str, str]] = {}
    former: ClassVar[list[tuple[str, str]]] = []
    complained = False


# As many values as a scrubber holds.
_MOST_FORMER = 1024


def scrub(obj: object) -> Any:
    """Return the object with every secret in it replaced; the same object when there is none."""
    return plain().scrub(obj)


def scrub_text(text: str) -> str:
    """Return the text with every secret replaced; the same object when there is none."""
    return plain().scrub_text(text)


def plain() -> Scrubber:
    """Return the scrubber behind `prestop.scrub`: `balanced`, without the environment."""
    if _Built.plain is None:
        from ._core import Scrubber

        _Built.plain = Scrubber()
    return _Built.plain


def shared() -> Scrubber:
    """Return the scrubber of the drop-in modules: `strict`, with the environment's secrets."""
    return _Built.shared or refreshed()


def refreshed() -> Scrubber:
    """Return the same, built anew if the environment has changed since.

    What a variable held before stays known: a secret that was rotated is still one.
    """
    environ = dict(os.environ)
    scrubber = _Built.shared
    if scrubber is None or environ != _Built.environ:
        gone = [pair for pair in _Built.environ.items() if environ.get(pair[0]) != pair[1]]
        former = [*_Built.former, *gone][-_MOST_FORMER:]
        scrubber = _build(environ, former)
        _Built.shared, _Built.environ, _Built.former = scrubber, environ, former
    return scrubber


def _build(environ: dict[str, str], former: list[tuple[str, str]]) -> Scrubber:
    """Build as `PRESTOP_PRESET` and `PRESTOP_RULES` say; what is faulty in them is said once."""
    from . import _core

    scrubber, faults = _core.shared(
        environ.get("PRESTOP_PRESET") or "strict",
        environ.get("PRESTOP_RULES") or None,
        [*former, *environ.items()],
    )
    if faults and not _Built.complained:
        _Built.complained = True
        import logging

        logger = logging.getLogger("prestop")
        logger.error("PRESTOP_PRESET or PRESTOP_RULES cannot be used as it is: %s", "; ".join(faults))
    return scrubber
