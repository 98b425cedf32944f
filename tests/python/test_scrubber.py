"""`Scrubber` as Python sees it: objects, code points, surrogates, options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prestop._core import Scrubber

PRESETS = ["molecule", "strict", "balanced"]
# Lone surrogates included: Python text may hold them.
TEXT = st.text(st.characters(), max_size=300)


@pytest.mark.parametrize("preset", PRESETS)
@given(text=TEXT)
def test_clean_text_comes_back_as_the_same_object(preset: str, text: str) -> None:
    scrubber = Scrubber(preset)
    if not scrubber.findings(text):
        assert scrubber.scrub_text(text) is text


def test_long_clean_text_comes_back_as_the_same_object() -> None:
    text = "one line of prose after another, nothing to see here\n" * 2000
    assert Scrubber().scrub_text(text) is text


@given(data=st.binary(max_size=300))
def test_any_bytes_are_accepted(data: bytes) -> None:
    assert isinstance(Scrubber().scrub_bytes(data), bytes)


@pytest.mark.parametrize("wrong", [5, b"bytes", None, ["list"]])
def test_what_is_not_text_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError):
        Scrubber().scrub_text(wrong)  # type: ignore[arg-type]


def test_an_unknown_preset_is_a_value_error_that_names_the_option_and_not_the_value() -> None:
    with pytest.raises(ValueError, match="preset") as raised:
        Scrubber("hunter2")
    assert "hunter2" not in str(raised.value)
