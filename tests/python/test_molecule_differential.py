"""The preset `molecule` against the documented patterns in plain Python, on strings."""

import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import prestop

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))
import molecule as oracle

SCRUBBER = prestop.Scrubber("molecule")
UNICODE = tuple(map(int, unicodedata.unidata_version.split(".")))

WORDS = [
    *("_API_KEY", "_TOKEN", "_SECRET", "_api_key", "_Token", "_sEcReT", "Bearer", "bearer", "Bear"),
    *("_AP\u0130_\u212aEY", "_ap\u0131_key", "_TO\u212aEN", "_\u017fecret", "_to\u212ben"),
    *("A", "b_", "7", "_"),
    *("\u212a", "\u017f", "\u0130", "\u0131", "mol", "gith", "[REDACTED:", "[REDACTED:TOKEN]", "]"),
]
SIGNS = [
    *("=", "==", "===", "-", "+", "/", ":", '"', ".", "\0", "\u200b", "\ufeff", "\u0301"),
    *("é", "ß", "中", "Ⓐ", "²", "𝟘", "\u16ee", "\ud800", "\udfff", "\ud83d\ude00"),
]
SPACES = [
    *(" ", "  ", "\t", "\n", "\r\n", "\v", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680"),
    *("\u180e", "\u2000", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"),
]
# A prefix and the minimum length of what follows it.
TOKENS = [
    *(("sk-", 16), ("ghp_", 20), ("ghs_", 20), ("github_pat_", 60), ("AKIA", 16), ("cfut_", 32)),
    *(("mol_pk_", 20), ("ctx7_", 1), ("", 33)),
]


@st.composite
def tokens(draw: st.DrawFn) -> str:
    """A token about as long as it must be."""
    prefix, shortest = draw(st.sampled_from(TOKENS))
    length = shortest + draw(st.integers(-1, 1))
    return prefix + draw(st.sampled_from("aA7")) * length


PIECES = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(SIGNS), st.sampled_from(SPACES), tokens(), st.text(max_size=3)
)
MIXES = st.lists(PIECES, max_size=14).map("".join)


@given(MIXES)
@example("1" * 33 + "\u212a_TOKEN=abc")
@example("Bearer Bearer tok_abc123")
@example("MY_TOKEN=\nPATH=/usr/bin")
def test_every_mix_is_scrubbed_as_the_stated_patterns_do(text: str) -> None:
    assert SCRUBBER.scrub_text(text) == oracle.scrub(text)


@given(MIXES)
def test_findings_are_what_the_markers_stand_for(text: str) -> None:
    scrubbed, end = "", 0
    for finding in SCRUBBER.findings(text):
        scrubbed += text[end : finding.start] + f"[REDACTED:{finding.label}]"
        end = finding.end
    assert scrubbed + text[end:] == SCRUBBER.scrub_text(text)


@given(MIXES)
def test_clean_text_is_the_same_object(text: str) -> None:
    if oracle.scrub(text) == text:
        assert SCRUBBER.scrub_text(text) is text


@pytest.mark.skipif(UNICODE > (15, 1, 0), reason="the preset knows the letters of Unicode 15.1")
def test_every_kind_of_character_is_judged_as_the_interpreter_judges_it() -> None:
    """Word boundary, white space and case, each at the place in a pattern where it matters.

    The core's own test of the classes takes every code point; here ideographs and the like are sampled, and
    code points that this interpreter's Unicode does not assign are left out.
    """

    def is_taken(character: str) -> bool:
        category = unicodedata.category(character)
        return category != "Cn" and (category not in ("Lo", "Co") or ord(character) % 16 == 0)

    key = "AKIA" + "Z" * 16
    characters = filter(is_taken, map(chr, range(sys.maxunicode + 1)))
    lines = [f"{c}{key} ctx7_{c} a_TOKEN{c}=x {c}_SECRET=x a_TO{c}EN=x" for c in characters]
    ours, theirs = SCRUBBER.scrub_text("\n".join(lines)), oracle.scrub("\n".join(lines))
    if ours != theirs:
        # The texts are megabytes long, so only the first difference is shown.
        place = next(at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b)
        raise AssertionError(f"{ours[place - 60 : place + 20]!r} != {theirs[place - 60 : place + 20]!r}")
