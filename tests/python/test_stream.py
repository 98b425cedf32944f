"""`Scrubber.stream()`: the result of one call, in whatever pieces the text arrives."""

from __future__ import annotations

import itertools
import threading
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secrets_at_run_time import PASSWORD, SHAPES, private_key

from prestop import Scrubber, ScrubStream

PRESETS = ["molecule", "strict", "balanced"]
# Lone surrogates included: Python text may hold them, and a pair may be cut in two.
ORDINARY = st.text(st.characters(), max_size=40)
SECRETS = st.sampled_from([*SHAPES.values(), f"password={PASSWORD}", f'"token": "{PASSWORD}"', private_key()])
PARTS = st.lists(ORDINARY | SECRETS | st.sampled_from(["\n", '"', "\\", " ", "'"]), max_size=8)


Whole = TypeVar("Whole", str, bytes)


def cut(whole: Whole, places: list[int]) -> list[Whole]:
    """Return the pieces of `whole`, cut at `places` modulo its length."""
    cuts = sorted({0, len(whole), *(place % (len(whole) + 1) for place in places)})
    return [whole[start:end] for start, end in itertools.pairwise(cuts)]


@pytest.mark.parametrize("preset", PRESETS)
@given(parts=PARTS, places=st.lists(st.integers(0, 2000), max_size=6))
def test_any_pieces_give_what_one_call_gives(preset: str, parts: list[str], places: list[int]) -> None:
    scrubber = Scrubber(preset)
    whole = "".join(parts)
    stream = scrubber.stream()
    out = [stream.feed(piece) for piece in cut(whole, places)]
    assert "".join([*out, stream.finish()]) == scrubber.scrub_text(whole)


@pytest.mark.parametrize("preset", PRESETS)
@given(
    parts=st.lists(st.binary(max_size=40) | SECRETS.map(str.encode), max_size=8),
    places=st.lists(st.integers(0, 2000), max_size=6),
)
def test_pieces_of_bytes_too(preset: str, parts: list[bytes], places: list[int]) -> None:
    scrubber = Scrubber(preset)
    whole = b"".join(parts)
    stream = scrubber.stream()
    out = [stream.feed(piece) for piece in [b"", *cut(whole, places)]]
    assert b"".join([*out, stream.finish()]) == scrubber.scrub_bytes(whole)


def test_output_comes_before_the_end_and_a_secret_across_a_boundary_is_caught() -> None:
    secret = SHAPES["github"]
    prose = "a line of ordinary prose, again and again\n" * 1000
    text = prose * 80 + f"see {secret} here\n" + prose * 80
    stream = Scrubber().stream()
    at = text.index(secret) + len(secret) // 2
    early = stream.feed(text[:at])
    assert early
    out = early + stream.feed(text[at:]) + stream.finish()
    assert out == Scrubber().scrub_text(text)
    assert secret not in out
    assert stream.redactions == {"GITHUB_PAT": 1}


def test_redactions_are_empty_until_the_end() -> None:
    stream = Scrubber().stream()
    stream.feed(SHAPES["github"])
    assert stream.redactions == {}


def test_an_empty_stream_is_an_empty_text() -> None:
    assert Scrubber().stream().finish() == ""


def test_str_and_bytes_do_not_mix() -> None:
    stream: ScrubStream = Scrubber().stream()
    stream.feed("text")
    with pytest.raises(TypeError, match="all str or all bytes"):
        stream.feed(b"bytes")
    assert stream.feed(" more") + stream.finish() == "text more"


@pytest.mark.parametrize("wrong", [5, None, ["list"], bytearray(b"x")])
def test_what_is_not_text_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError):
        Scrubber().stream().feed(wrong)  # type: ignore[call-overload]


def test_a_finished_stream_takes_nothing_more() -> None:
    stream = Scrubber().stream()
    stream.finish()
    for late in (lambda: stream.feed("x"), stream.finish):
        with pytest.raises(ValueError, match="finished"):
            late()


def test_threads_may_feed_one_stream() -> None:
    stream = Scrubber().stream()
    line = "an ordinary line of text that goes on\n"
    out: list[str] = []
    # Some pieces are long enough for the interpreter to be released, others are not.
    threads = [
        threading.Thread(target=lambda: out.extend(stream.feed(line * times) for times in (1, 2000, 3)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, out)) + len(stream.finish()) == 4 * 2004 * len(line)
