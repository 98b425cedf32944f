"""Secrets known at run time: credential files, `add_secret`, and a log filter that uses both."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secrets_at_run_time import GITHUB, PASSWORD, letters

import prestop
from prestop import ScrubFilter, _core, _credentials, _private, _scrubbers
from prestop.pre_stop import write_snapshot

VALUE = "plain-looking-words-of-a-passphrase-" + letters(3, 61)
ROTATED = "other-looking-words-of-a-passphrase-" + letters(3, 62)


pytestmark = pytest.mark.usefixtures("fresh_scrubber")


@pytest.fixture(autouse=True)
def _credential_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credential files of the test's own."""
    monkeypatch.setenv("CONFIGS_DIR", str(tmp_path / "configs"))
    monkeypatch.setattr(_credentials, "_MOUNTED", str(tmp_path / "mounted"))
    named = _credentials._named

    def redirected(environ: Mapping[str, str]) -> list[tuple[str, str]]:
        account = str(tmp_path / "account")
        return [(name, account if path.startswith("/var/run/") else path) for name, path in named(environ)]

    monkeypatch.setattr(_credentials, "_named", redirected)


def stored(note: str, tmp_path: Path) -> str:
    target = tmp_path / "snapshot.json"
    assert write_snapshot({"note": note}, target) is True
    text: str = json.loads(target.read_text())["note"]
    return text


# --- credential files


PLACES = {
    "configs/.auth_token": "AUTH_TOKEN",
    "configs/.platform_inbound_secret": "PLATFORM_INBOUND_SECRET",
    "mounted/db-key": "DB_KEY",
    "account": "SERVICE_ACCOUNT_TOKEN",
}


@pytest.mark.parametrize("place", PLACES)
def test_what_a_credential_file_holds_is_known_also_after_rotation(place: str, tmp_path: Path) -> None:
    file = tmp_path / place
    assert stored(f"x {VALUE} y", tmp_path) == f"x {VALUE} y"
    file.parent.mkdir(exist_ok=True)
    file.write_text(VALUE + "\n")
    marker = f"[REDACTED:{PLACES[place]}]"
    assert stored(f"x {VALUE} y", tmp_path) == f"x {marker} y"
    file.write_text(ROTATED)
    assert stored(f"x {VALUE} and {ROTATED}", tmp_path) == f"x {marker} and {marker}"
    file.unlink()
    assert stored(f"x {VALUE} and {ROTATED}", tmp_path) == f"x {marker} and {marker}"


def test_the_target_of_a_variable_that_names_a_secrets_file_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, log = tmp_path / "secret", tmp_path / "log"
    secret.write_text(VALUE)
    log.write_text(ROTATED)
    monkeypatch.setenv("DB_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("LOG_FILE", str(log))
    assert stored(f"{VALUE} {ROTATED}", tmp_path) == f"[REDACTED:DB_PASSWORD] {ROTATED}"


def test_from_environment_reads_the_files_that_variables_name(tmp_path: Path) -> None:
    secret, long = tmp_path / "secret", tmp_path / "long"
    secret.write_text(VALUE + "\n")
    # A character spans the position up to which a file is read.
    long.write_text("x" + "ä" * 40_000)
    environ = {"DB_PASSWORD_FILE": str(secret), "LOG_FILE": str(long), "BIG_SECRET_FILE": str(long)}
    scrubber = prestop.Scrubber.from_environment(environ=environ)
    assert scrubber.scrub_text(f"a {VALUE} b") == "a [REDACTED:DB_PASSWORD] b"
    assert scrubber.scrub_text("x" + "ä" * 40_000).startswith("[REDACTED:BIG_SECRET]")


def test_from_environment_of_the_process_reads_its_credential_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/.auth_token").write_text(VALUE)
    assert prestop.Scrubber.from_environment().scrub_text(VALUE) == "[REDACTED:AUTH_TOKEN]"
    assert prestop.Scrubber.from_environment(environ={}).scrub_text(VALUE) == VALUE


def test_the_part_of_a_variable_that_is_a_secret_is_known() -> None:
    key = letters(24, 69) + "7Qz"
    for name, value in [
        ("API_TOKEN", f"Bearer {key}"),
        ("SMTP_AUTH", f"bob:{key}"),
        ("MAIN_DB", f"Server=db.example.com;User ID=bob;Password={key};Encrypt=true"),
        ("GH_PAT", key),
    ]:
        scrubber = prestop.Scrubber.from_environment(environ={name: value})
        assert scrubber.scrub_text(f"it is {key}") == f"it is [REDACTED:{name}]"


def test_what_is_no_file_of_text_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    os.mkfifo(mounted / "fifo")
    (mounted / "directory").mkdir()
    (mounted / "bytes").write_bytes(b"\xff\xfe" * 20)
    (mounted / "short").write_text("abc")
    (mounted / "dangling").symlink_to(tmp_path / "nowhere")
    (mounted / "long").write_text("a b c d " * 100_000)
    monkeypatch.setenv("DB_PASSWORD_FILE", "/no/such\x01file")
    (mounted / "good").write_text(VALUE)
    assert stored(f"abc {VALUE}", tmp_path) == "abc [REDACTED:GOOD]"


# --- add_secret


def test_an_added_secret_is_known_to_every_consumer_at_its_next_call(tmp_path: Path) -> None:
    text = f"x {VALUE} y"
    assert prestop.scrub_text(text) is text
    assert stored(text, tmp_path) == text
    prestop.add_secret("deploy key", VALUE)
    wanted = "x [REDACTED:DEPLOY_KEY] y"
    assert prestop.scrub_text(text) == wanted
    assert prestop.scrub([text]) == [wanted]
    assert _scrubbers.shared().scrub_text(text) == wanted
    assert stored(text, tmp_path) == wanted
    prestop.add_secret("deploy key", ROTATED)
    assert prestop.scrub_text(VALUE + " " + ROTATED) == "[REDACTED:DEPLOY_KEY] [REDACTED:DEPLOY_KEY]"


@given(st.text(max_size=3))
def test_a_secret_that_is_too_short_is_refused_without_being_told(value: str) -> None:
    def refusal(value: str) -> str:
        with pytest.raises(ValueError, match="fewer than 4") as raised:
            prestop.add_secret("PIN", value)
        return str(raised.value)

    # Whatever it was: the message is the same, so it cannot contain a part of the secret.
    assert refusal(value) == refusal("")


def test_a_refused_secret_is_not_known_and_costs_no_other() -> None:
    with pytest.raises(ValueError, match=r"^the value of PIN has more than 65536 bytes$"):
        prestop.add_secret("PIN", "x" * 65_537)
    prestop.add_secret("KEY", VALUE)
    assert prestop.scrub_text(VALUE) == "[REDACTED:KEY]"


@pytest.mark.parametrize(("name", "value"), [(None, VALUE), ("KEY", None), ("KEY", bytearray(b"x" * 9))])
def test_what_is_neither_text_nor_bytes_is_refused(name: Any, value: Any) -> None:
    with pytest.raises(TypeError, match=r"of a secret|value of KEY") as raised:
        prestop.add_secret(name, value)
    assert "known_secrets" not in str(raised.value)
    assert _scrubbers._Built.added == ()


@pytest.mark.parametrize("rest", [b"", b"\xff"])
def test_bytes_are_known_as_the_text_that_they_are(rest: bytes, tmp_path: Path) -> None:
    prestop.add_secret("KEY", VALUE.encode() + rest)
    text = os.fsdecode(VALUE.encode() + rest)
    assert prestop.scrub_text(f"x {text} y") == "x [REDACTED:KEY] y"
    assert stored(f"x {text} y", tmp_path) == "x [REDACTED:KEY] y"


def together(*works: Callable[[], object]) -> None:
    """Do the work of each in a thread of its own, all at once; raise what one of them raised."""
    begun = threading.Barrier(len(works))

    def one(work: Callable[[], object]) -> None:
        begun.wait(30)
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(one, work) for work in works]:
            done.result(30)


def test_threads_may_add_and_scrub_at_once() -> None:
    values = [f"{letters(12, seed)}-{seed}" for seed in range(40)]

    def add(value: str) -> None:
        prestop.add_secret("KEY", value)
        for scrub in (prestop.scrub_text, _scrubbers.shared().scrub_text):
            assert scrub(value) == "[REDACTED:KEY]"

    together(*(partial(add, value) for value in values))
    assert prestop.scrub_text(" ".join(values)) == " ".join(["[REDACTED:KEY]"] * len(values))
    assert sorted(_scrubbers._Built.added) == sorted(("KEY", value) for value in values)


def test_a_secret_that_is_added_while_a_scrubber_is_built_is_known_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build, late = _core.shared, iter([GITHUB[::-1]])

    def interrupted(*given: Any) -> Any:
        for value in late:  # as a signal handler does
            prestop.add_secret("LATE", value)
        return build(*given)

    prestop.add_secret("KEY", VALUE)
    monkeypatch.setattr(_core, "shared", interrupted)
    assert prestop.scrub_text(VALUE) == "[REDACTED:KEY]"
    assert prestop.scrub_text(GITHUB[::-1]) == "[REDACTED:LATE]"


# --- threads that write at once


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A function that starts a thread and returns once that is about to build the shared scrubber."""
    build, building, go_on = _core.shared, threading.Event(), threading.Event()
    thread = threading.Thread(target=_scrubbers.refreshed)

    def slow(*given: Any) -> Any:
        if threading.current_thread() is thread and not building.is_set():
            building.set()
            assert go_on.wait(30)
        return build(*given)

    def begin() -> None:
        thread.start()
        assert building.wait(30)

    def end() -> None:
        go_on.set()
        thread.join(30)

    monkeypatch.setattr(_core, "shared", slow)
    begin.end = end  # type: ignore[attr-defined]
    yield begin
    end()


def test_a_rotated_secret_is_known_while_another_thread_still_builds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held_up: Callable[[], None]
) -> None:
    assert stored(VALUE, tmp_path) == VALUE
    monkeypatch.setenv("DB_PASSWORD", VALUE)
    held_up()
    assert stored(VALUE, tmp_path) == "[REDACTED:DB_PASSWORD]"


def test_no_value_that_a_thread_saw_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held_up: Any
) -> None:
    seen = [VALUE, ROTATED, GITHUB[::-1]]
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted/db-key").write_text(seen[0][::-1])
    monkeypatch.setenv("DB_PASSWORD", seen[0])
    held_up()
    for value in seen[1:]:
        monkeypatch.setenv("DB_PASSWORD", value)
        (tmp_path / "mounted/db-key").write_text(value[::-1] * 2)
        assert stored(value, tmp_path) == "[REDACTED:DB_PASSWORD]"
    held_up.end()
    assert stored(" ".join(seen), tmp_path) == " ".join(["[REDACTED:DB_PASSWORD]"] * 3)
    assert stored(seen[0][::-1], tmp_path) == "[REDACTED:DB_KEY]"


def test_threads_that_append_at_once_after_a_rotation_know_the_new_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def append() -> None:
        prestop.lines.append({"n": f"log in with {os.environ['DB_PASSWORD']}"}, tmp_path / "lines")

    for seed in range(10):
        monkeypatch.setenv("DB_PASSWORD", letters(14, seed))
        together(append, append, append)
    assert set((tmp_path / "lines").read_text().splitlines()) == {
        '{"n":"log in with [REDACTED:DB_PASSWORD]"}'
    }


# --- what is forgotten if there are too many


def values(number: int, seed: int) -> list[str]:
    return [f"{letters(14, seed)}-{at}" for at in range(number)]


def test_a_secret_that_is_rotated_often_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", VALUE)
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "key").write_text(ROTATED)
    (mounted / "often").write_text("x")
    prestop.add_secret("KEPT", GITHUB[::-1])
    text = f"{VALUE} {ROTATED} {GITHUB[::-1]}"
    scrubbed = "[REDACTED:DB_PASSWORD] [REDACTED:KEY] [REDACTED:KEPT]"
    assert stored(text, tmp_path) == scrubbed
    rotated = values(1100, 63)
    built = _scrubbers._Built.shared
    assert built is not None
    built.former = [("OLD_TOKEN", value) for value in rotated[:1050]]
    built.former_held = [("OFTEN", value) for value in rotated[50:]]
    (mounted / "often").write_text(rotated[0])
    for value in rotated[-20:]:
        _scrubbers.add_rotated("PLATFORM_INBOUND_SECRET", value)
    assert stored(text, tmp_path) == scrubbed
    assert len(_scrubbers._Built.added) == 9
    assert _scrubbers._Built.added[-1] == ("PLATFORM_INBOUND_SECRET", rotated[-1])


def test_of_added_secrets_those_leave_first_that_others_of_their_name_followed() -> None:
    prestop.add_secret("FIRST", VALUE)
    _scrubbers._Built.added += tuple(("TOKEN", value) for value in values(1022, 64))
    for value in values(3, 65):
        prestop.add_secret("TOKEN", value)
    assert ("FIRST", VALUE) in _scrubbers._Built.added
    assert len(_scrubbers._Built.added) == 1024
    assert prestop.scrub_text(VALUE) == "[REDACTED:FIRST]"
    # An old value that is added again is current again.
    again = _scrubbers._Built.added[5]
    prestop.add_secret(*again)
    assert _scrubbers._Built.added[-1] == again
    assert _scrubbers._Built.added.count(again) == 1


def test_more_secrets_of_now_than_are_held_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    many = values(1030, 66)
    _scrubbers._Built.added += tuple((f"TOKEN_{at}", value) for at, value in enumerate(many))
    with caplog.at_level(logging.ERROR, "prestop"):
        assert _scrubbers.shared().scrub_text(many[-1]) == "[REDACTED:TOKEN_1029]"
        _scrubbers._Built.shared = None
        assert _scrubbers.shared().scrub_text(many[-2]) == "[REDACTED:TOKEN_1028]"
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the oldest secrets are not known any more: known_secrets: more than 1024 values"]


def test_too_many_known_secrets_are_a_value_error() -> None:
    many = {f"TOKEN_{at}": value for at, value in enumerate(values(1025, 67))}
    with pytest.raises(ValueError, match="known_secrets: more than 1024 values"):
        prestop.Scrubber(known_secrets=many)


def test_the_strings_of_a_json_variable_cost_no_other_variable() -> None:
    environ = {"DB_PASSWORD": VALUE, "APP_SECRETS": json.dumps(values(1100, 68))}
    scrubber = prestop.Scrubber.from_environment(environ=environ)
    assert scrubber.scrub_text(VALUE) == "[REDACTED:DB_PASSWORD]"


# --- ScrubFilter


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(ScrubFilter())
    logger = logging.Logger("a host")
    logger.addHandler(handler)
    yield logger, stream


def test_messages_arguments_and_tracebacks_are_scrubbed(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    logger.warning("clone with %s and %d", GITHUB, 5)
    logger.warning({"password": PASSWORD})
    logger.warning("no %s", "secret")
    try:
        raise RuntimeError(f"cannot use {GITHUB}")
    except RuntimeError:
        logger.exception("failed", stack_info=True)
    said = stream.getvalue()
    assert GITHUB not in said and PASSWORD not in said
    assert (
        "clone with [REDACTED:" in said
        and "no secret" in said
        and "RuntimeError: cannot use [REDACTED:" in said
    )


def test_what_is_added_later_is_scrubbed_too(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    logger.warning("first %s", VALUE)
    prestop.add_secret("KEY", VALUE)
    logger.warning("then %s", VALUE)
    assert stream.getvalue() == f"first {VALUE}\nthen [REDACTED:KEY]\n"


def test_arguments_that_do_not_fit_are_not_printed(
    written: tuple[logging.Logger, io.StringIO], capsys: pytest.CaptureFixture[str]
) -> None:
    logger, stream = written
    logger.warning("two %s %s", GITHUB)  # noqa: PLE1206
    assert "UNPRINTABLE" in stream.getvalue()
    assert GITHUB not in stream.getvalue() + capsys.readouterr().err


def test_a_token_file_that_is_a_pipe_is_none_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert _private.read(tmp_path / "pipe") is None
    (tmp_path / "token").write_text(f" {VALUE}\n")
    assert _private.read(tmp_path / "token") == VALUE


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("nobody can read this")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (lambda logger: logger.warning(Unprintable()), "[UNPRINTABLE Unprintable]\n"),
        (lambda logger: logger.warning("a %s", Unprintable()), "a %s [UNPRINTABLE arguments]\n"),
        (lambda logger: logger.warning(Unprintable(), GITHUB), "[UNPRINTABLE Unprintable]\n"),
        (lambda logger: logger.warning("x", extra={"o": Unprintable()}), "x\n"),
    ],
)
def test_what_cannot_be_printed_holds_no_record_back_and_does_not_reach_the_host(
    written: tuple[logging.Logger, io.StringIO], log: Callable[[logging.Logger], None], said: str
) -> None:
    logger, stream = written
    log(logger)
    assert stream.getvalue() == said


def test_a_record_that_cannot_be_scrubbed_goes_on_empty() -> None:
    class Faulty:
        def scrub_text(self, _text: str) -> str:
            raise RuntimeError

    record = logging.makeLogRecord({"msg": "see %s", "args": (GITHUB,), "note": GITHUB, "stack_info": GITHUB})
    assert ScrubFilter(Faulty()).filter(record) is True  # type: ignore[arg-type]
    assert record.getMessage() == "[UNPRINTABLE record]"
    assert GITHUB not in str(vars(record))


def test_extra_attributes_are_scrubbed_by_their_names_too() -> None:
    record = logging.makeLogRecord({"msg": "x", "password": "hunter2", "note": f"see {GITHUB}", "number": 5})
    assert ScrubFilter(prestop.Scrubber("strict")).filter(record) is True
    assert record.__dict__["password"] == "[REDACTED:PASSWORD]"
    assert GITHUB not in record.__dict__["note"]
    assert (record.__dict__["number"], record.getMessage()) == (5, "x")


def test_named_arguments_are_scrubbed_by_their_names() -> None:
    arguments = {"user": "bob", "password": "hunter2", "tries": 3}
    record = logging.LogRecord("n", 20, "p", 1, "%(user)s: %(password)s, %(tries)d", (arguments,), None)
    assert ScrubFilter(prestop.Scrubber()).filter(record) is True
    assert record.getMessage() == "bob: [REDACTED:PASSWORD], 3"
    # A marker is not a number.
    record = logging.LogRecord("n", 20, "p", 1, "%(password)d", ({"password": 4711},), None)
    assert ScrubFilter(prestop.Scrubber()).filter(record) is True
    assert record.getMessage() == "%(password)d [UNPRINTABLE arguments]"
    kept = logging.LogRecord("n", 20, "p", 1, "%(user)s", ({"user": "bob"},), None)
    given_arguments = kept.args
    assert ScrubFilter(prestop.Scrubber()).filter(kept) is True
    assert kept.args is given_arguments


def test_names_in_a_record_are_scrubbed() -> None:
    record = logging.LogRecord(f"app.{GITHUB}", 20, "p", 1, "x", None, None)
    record.threadName = f"worker {GITHUB}"
    assert ScrubFilter(prestop.Scrubber()).filter(record) is True
    assert GITHUB not in str(vars(record))


@given(st.text(), st.lists(st.text() | st.integers(), max_size=3))
def test_no_record_is_lost_or_raises(message: str, arguments: list[object]) -> None:
    record = logging.LogRecord("n", 20, "p", 1, message, tuple(arguments), None)
    assert ScrubFilter().filter(record) is True
    assert isinstance(record.getMessage(), str)
