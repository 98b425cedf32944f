"""`ScrubFilter` and the exceptions in records, which formatters and handlers format by themselves."""

from __future__ import annotations

import io
import json
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from secrets_at_run_time import GITHUB, PASSWORD

import prestop
from prestop import ScrubFilter, _likeness


class OddError(Exception):
    class InsideError(LookupError):
        pass

    def __str__(self) -> str:
        raise RuntimeError(GITHUB)


def connect(word: str) -> None:
    raise ConnectionError(f"refused: password={word} {GITHUB}")


def fail(word: str) -> None:
    try:
        connect(word)
    except ConnectionError as error:
        error.add_note(f"with {GITHUB}")
        raise OddError.InsideError("no session") from error


def caught(raising: Callable[[str], None] = fail) -> BaseException:
    try:
        raising(PASSWORD)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return error
    raise AssertionError


class WithExceptions(logging.Formatter):
    """Like JSON formatters, which ask for the exception whether or not its text is there."""

    def format(self, record: logging.LogRecord) -> str:
        said = self.formatException(record.exc_info) if record.exc_info else record.exc_text
        return json.dumps({"message": record.getMessage(), "exception": said, "all": repr(vars(record))})


class WithVariables(logging.Formatter):
    """Like Rich and Sentry."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info is None or record.exc_info[1] is None:
            return record.exc_text or ""
        told = traceback.TracebackException.from_exception(record.exc_info[1], capture_locals=True)
        return "".join(told.format())


def written(error: BaseException, formatter: logging.Formatter) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(ScrubFilter(prestop.Scrubber("strict")))
    logger = logging.Logger("a host")
    logger.addHandler(handler)
    logger.error("failed", exc_info=error)
    return stream.getvalue()


@pytest.mark.parametrize("formatter", [logging.Formatter(), WithExceptions(), WithVariables()])
def test_no_formatter_finds_a_secret_in_the_exception(formatter: logging.Formatter) -> None:
    said = written(caught(), formatter)
    assert GITHUB not in said and PASSWORD not in said
    # Everything else is there: the chain, the names, the locations, the source lines.
    assert "ConnectionError: refused: password=[REDACTED:" in said
    assert "with [REDACTED:" in said
    assert "OddError.InsideError: no session" in said
    assert "in connect" in said and "in fail" in said
    assert "direct cause of the following" in said
    assert 'raise OddError.InsideError("no session") from error'.replace('"', "") in said.replace(
        "\\", ""
    ).replace('"', "")


def test_what_the_standard_formatter_prints_is_the_scrubbed_traceback() -> None:
    error = caught()
    whole = "".join(traceback.format_exception(error)).rstrip("\n")
    scrubbed = prestop.Scrubber("strict").scrub_text(whole)
    assert written(error, logging.Formatter()) == f"failed\n{scrubbed}\n"


def test_other_handlers_keep_what_they_had() -> None:
    seen: list[Any] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.exc_info)

    first, second = Keeping(), Keeping()
    first.addFilter(ScrubFilter(prestop.Scrubber("strict")))
    logger = logging.Logger("a host")
    logger.addHandler(first)
    logger.addHandler(second)
    error = caught()
    logger.error("failed", exc_info=error)
    like = seen[0][1]
    assert like is not error and type(like).__name__ == "InsideError"
    assert type(like).__module__ == type(error).__module__ and seen[0][0] is type(like)
    assert seen[1][1] is (error if sys.version_info >= (3, 12) else like)


def test_a_secret_in_a_line_of_source_leaves_the_scrubbed_text_alone() -> None:
    source = f"def leak(_):\n    raise ValueError('x')  # password={PASSWORD} {GITHUB}\n"
    scope: dict[str, Any] = {}
    exec(compile(source, "<a cell>", "exec"), scope)
    import linecache

    linecache.cache["<a cell>"] = (len(source), None, source.splitlines(True), "<a cell>")
    error = caught(scope["leak"])
    assert GITHUB in "".join(traceback.format_exception(error))
    said = written(error, WithExceptions())
    assert GITHUB not in said and "raise ValueError" in said


def test_the_frames_of_the_likeness_lead_nowhere() -> None:
    like = _likeness.likeness(caught(), prestop.Scrubber("strict").scrub_text)
    assert like is not None and like.__cause__ is not None
    for one in (like, like.__cause__):
        frames = [frame for frame, _ in traceback.walk_tb(one.__traceback__)]
        assert frames and all(frame.f_back is None and not frame.f_locals for frame in frames)


@pytest.mark.parametrize(
    "error",
    [
        ExceptionGroup("two", [ValueError(GITHUB), ExceptionGroup("more", [OddError()])]),
        BaseExceptionGroup("one", [KeyboardInterrupt(GITHUB)]),
        SyntaxError("bad", ("file.py", 3, 1, f"token = '{GITHUB}'")),
        OddError(),
        KeyError(GITHUB),
    ],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_of_all_kinds(error: BaseException) -> None:
    for formatter in (logging.Formatter(), WithExceptions()):
        said = written(error, formatter)
        assert GITHUB not in said
        assert type(error).__name__ in said


def test_a_circle_of_exceptions_stays_one() -> None:
    first, second = ValueError(GITHUB), KeyError("b")
    first.__context__, second.__context__ = second, first
    said = written(first, WithExceptions())
    assert GITHUB not in said and "ValueError: [REDACTED:" in said


def test_arguments_of_which_the_message_shows_a_part() -> None:
    record = logging.LogRecord("n", 20, "p", 1, "begins with %.4s", (GITHUB,), None)
    record.message = GITHUB  # set by the formatter of another handler
    assert ScrubFilter(prestop.Scrubber()).filter(record) is True
    assert GITHUB not in str(vars(record))
    assert record.getMessage() == f"begins with {GITHUB[:4]}"
