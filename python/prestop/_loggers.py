"""The loggers of the package: what a host's handler makes of a record never breaks the work that it tells of."""

from __future__ import annotations

import logging


def named(name: str) -> logging.Logger:
    """Return the logger of this name, which from now on keeps what its handlers and filters raise to itself.

    The standard library's handlers do so themselves, others need not. `handle` is where a record goes to them, so that the
    line in the record stays that of the caller.
    """
    logger = logging.getLogger(name)
    if not isinstance(getattr(logger.handle, "__self__", None), _Handing):
        logger.handle = _Handing(logger).handle  # type: ignore[method-assign]
    return logger


class _Handing:
    def __init__(self, logger: logging.Logger) -> None:
        self._handle = logger.handle

    def handle(self, record: logging.LogRecord) -> None:
        try:
            self._handle(record)
        except Exception:  # noqa: BLE001 - there is nowhere to say it
            return
