"""A filter for the host's own logs, which scrubs their records."""

from __future__ import annotations

import copy
import logging
import sys
from collections.abc import Mapping
from typing import Any

from . import _scrubbers
from ._likeness import likeness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import Scrubber

_FORMATTER = logging.Formatter()
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""The attributes of every record; any other comes from the host's `extra`."""
_NAMES = ("name", "threadName", "processName", "taskName")
"""The attributes among them that hold names given by the host."""


class ScrubFilter(logging.Filter):
    """Replaces the secrets in log records: message, traceback, stack, names, and the attributes of `extra`.

    Add it to handlers, so that it sees every record that they write (the filter of a logger sees only what is
    logged by that logger itself). It holds no record back. The default scrubber is that of the drop-in
    modules, which knows the secrets of the environment, of credential files, and those given to
    `prestop.add_secret`.

        handler.addFilter(prestop.ScrubFilter())

    The exception in `exc_info`, from which formatters make tracebacks of their own, is replaced by one with
    the same names, locations and scrubbed text, whose frames hold no variables; if one of its source lines
    contains a secret, only `exc_text` is left. From Python 3.12 on, other handlers keep the original
    exception; in 3.11, later ones get the replacement.
    """

    def __init__(self, scrubber: Scrubber | None = None) -> None:
        """Use this scrubber, or the shared one."""
        super().__init__()
        self._scrubber = scrubber

    def filter(self, record: logging.LogRecord) -> Any:
        """Scrub the record in place, except its exception; return True, or a record to use instead."""
        try:
            scrubber = self._scrubber or _scrubbers.shared()
            _scrub(record, scrubber)
            return _without_exception(record, scrubber)
        except Exception:  # noqa: BLE001 - a log line must neither stop the host nor be written unscrubbed
            _empty(record)
            return True


def _scrub(record: logging.LogRecord, scrubber: Scrubber) -> None:
    if isinstance(record.args, Mapping):
        # Scrubbed as a mapping: in the message, a value of `%(password)s` no longer has its key.
        record.args = scrubber.scrub(record.args)
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - the logging module would print the arguments
        message = record.msg = _without_arguments(record.msg)
        record.args = None
    scrubbed = scrubber.scrub_text(message)
    # The arguments are also printed on their own, and the message may show only a part of them.
    is_clean = scrubbed is message and scrubber.scrub(record.args) is record.args
    if not is_clean or not isinstance(record.msg, str):
        record.msg, record.args = scrubbed, None
    if "message" in vars(record):
        # A formatter of another handler has set it.
        record.message = scrubbed
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


def _without_exception(record: logging.LogRecord, scrubber: Scrubber) -> Any:
    """Return the record with a scrubbed likeness of its exception, or True if it has no exception.

    From Python 3.12 on, logging accepts another record, and a copy is returned.
    """
    if not record.exc_info or record.exc_info[1] is None:
        return True
    like = likeness(record.exc_info[1], scrubber.scrub_text)
    if sys.version_info >= (3, 12):
        record = copy.copy(record)
    record.exc_info = None if like is None else (type(like), like, like.__traceback__)
    return record if sys.version_info >= (3, 12) else True


def _without_arguments(message: object) -> str:
    try:
        return f"{message} [UNPRINTABLE arguments]"
    except Exception:  # noqa: BLE001 - the message is an object of the host, too
        return f"[UNPRINTABLE {type(message).__name__}]"


def _empty(record: logging.LogRecord) -> None:
    """Remove everything from the record that could not be scrubbed."""
    record.msg, record.args = "[UNPRINTABLE record]", None
    record.name = "[UNPRINTABLE]"
    record.exc_info = record.exc_text = record.stack_info = None
    for name in vars(record).keys() - _OWN:
        setattr(record, name, "[UNPRINTABLE]")
