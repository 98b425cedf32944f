"""A filter for the host's own logs: what they say goes through the scrubber first."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from . import _scrubbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Scrubber

_FORMATTER = logging.Formatter()
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""The attributes of every record; others are what the host gave as `extra`."""
_NAMES = ("name", "threadName", "processName", "taskName")
"""Those of them that the host named itself."""


class ScrubFilter(logging.Filter):
    """Replaces the secrets in log records: message, traceback, stack, names, and what `extra` added.

    Add it to handlers, so that it sees every record that they write (a logger's filter sees only what is logged by
    that logger itself). It holds no record back. Without a scrubber it uses that of the drop-in modules, which knows the
    secrets of the environment, of credential files, and those given to `prestop.add_secret`.

        handler.addFilter(prestop.ScrubFilter())
    """

    def __init__(self, scrubber: Scrubber | None = None) -> None:
        """Use this scrubber, or the shared one."""
        super().__init__()
        self._scrubber = scrubber

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub the record in its place."""
        try:
            self._scrub(record)
        except Exception:  # noqa: BLE001 a log line is not worth the host, nor may it go out as it is
            _empty(record)
        return True

    def _scrub(self, record: logging.LogRecord) -> None:
        scrubber = self._scrubber or _scrubbers.shared()
        if isinstance(record.args, Mapping):
            # What `%(password)s` puts into the message says no more what it is called.
            record.args = scrubber.scrub(record.args)
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 the logging module would print the arguments
            message = record.msg = _without_arguments(record.msg)
            record.args = None
        scrubbed = scrubber.scrub_text(message)
        if scrubbed is not message or not isinstance(record.msg, str):
            record.msg, record.args = scrubbed, None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrubber.scrub_text(record.exc_text)
        if record.stack_info:
            record.stack_info = scrubber.scrub_text(record.stack_info)
        for name in _NAMES:
            said = getattr(record, name, None)
            if isinstance(said, str):
                setattr(record, name, scrubber.scrub_text(said))
        for name in vars(record).keys() - _OWN:
            setattr(record, name, scrubber.scrub({name: getattr(record, name)})[name])


def _without_arguments(message: object) -> str:
    try:
        return f"{message} [UNPRINTABLE arguments]"
    except Exception:  # noqa: BLE001 the message is an object of the host, too
        return f"[UNPRINTABLE {type(message).__name__}]"


def _empty(record: logging.LogRecord) -> None:
    """Leave nothing in the record that could not be scrubbed."""
    record.msg, record.args = "[UNPRINTABLE record]", None
    record.name = "[UNPRINTABLE]"
    record.exc_info = record.exc_text = record.stack_info = None
    for name in vars(record).keys() - _OWN:
        setattr(record, name, "[UNPRINTABLE]")
