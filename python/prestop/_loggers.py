"""The package's loggers, whose handlers cannot break the work that is logged."""

from __future__ import annotations

import logging


def named(name: str) -> logging.Logger:
    """Return the logger of this name, changed so that exceptions of its handlers and filters are ignored.

    The standard library's handlers catch their own exceptions; others may not. `handle` is replaced because
    it passes a record to the handlers after the caller's line has been determined.
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
        except Exception:  # noqa: BLE001 - there is nowhere to report it
            return
