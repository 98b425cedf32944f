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
    complained = False


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
    """Return the same, built anew if the environment has changed since."""
    environ = dict(os.environ)
    scrubber = _Built.shared
    if scrubber is None or environ != _Built.environ:
        scrubber = _build(environ)
        _Built.shared, _Built.environ = scrubber, environ
    return scrubber


def _build(environ: dict[str, str]) -> Scrubber:
    """Build as `PRESTOP_PRESET` says; a fault in it costs only itself."""
    from ._core import Scrubber

    try:
        return Scrubber(environ.get("PRESTOP_PRESET") or "strict")
    except ValueError as error:
        _complain(error)
        return Scrubber("strict")


def _complain(error: Exception) -> None:
    if _Built.complained:
        return
    _Built.complained = True
    import logging

    logging.getLogger("prestop").error("PRESTOP_PRESET or PRESTOP_RULES cannot be used: %s", error)
