"""`Scrubber` as Python sees it: objects, code points, surrogates, options."""

from __future__ import annotations

import base64
from collections import deque, namedtuple
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secrets_at_run_time import GITHUB, PASSWORD, SHAPES

from prestop import RuleInfo, Scrubber

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


# --- arguments and fields


@pytest.mark.parametrize("kind", [list, tuple, deque, lambda words: [word.encode() for word in words]])
@pytest.mark.parametrize(
    "words",
    [
        ["login", "--password"],
        ["app", "--api-key"],
        ["--password"],
        ["redis-server", "--requirepass"],
        ["--requirepass"],
    ],
)
@pytest.mark.parametrize("preset", ["strict", "balanced"])
def test_the_argument_after_an_option_goes(preset: str, words: list[str], kind: Any) -> None:
    for password in ["hunter2", PASSWORD]:
        scrubbed = Scrubber(preset).scrub({"argv": kind([*words, password])})["argv"]
        assert list(scrubbed)[:-1] == list(kind(words))
        assert password not in str(scrubbed)


class Login(NamedTuple):
    user: str
    password: str
    port: int = 22


class Variable(NamedTuple):
    scope: str
    name: str
    value: Any


@pytest.mark.parametrize("preset", ["strict", "balanced"])
def test_a_field_of_a_named_tuple_is_judged_by_its_name(preset: str) -> None:
    scrub = Scrubber(preset).scrub
    credentials = namedtuple("credentials", "user password")
    assert scrub(credentials("bob", "hunter2")) == credentials("bob", "[REDACTED:PASSWORD]")
    assert type(scrub(credentials("bob", "hunter2"))) is credentials
    assert scrub({"a": [Login("bob", "hunter2")]}) == {"a": [Login("bob", "[REDACTED:PASSWORD]")]}
    assert scrub(Variable("env", "DB_PASSWORD", ["hunter2"])).value == ["[REDACTED:PASSWORD]"]
    same = Login("bob", "")
    assert scrub(same) is same


# --- options


RULE = """
[[rule]]
id = "acme-token"
label = "ACME"
description = "A token of Acme"
keywords = ["acme_"]
pattern = "acme_[a-z]{10}"
source = "this test"
positive = ["x «acme_abcdefghij» y"]
negative = ["acme_short"]
"""
ACME = "acme_" + "abcdefghij"


def test_a_known_secret_goes_by_its_name_in_any_encoding() -> None:
    value = "correct horse, battery/staple"
    scrubber = Scrubber(known_secrets={"deploy-key": value, "raw": b"raw bytes of a value"})
    assert scrubber.scrub_text(f"it is {value}!") == "it is [REDACTED:DEPLOY_KEY]!"
    assert base64.b64encode(value.encode()).decode()[4:-4] not in scrubber.scrub_text(
        f"see {base64.b64encode(value.encode()).decode()} there"
    )
    assert "raw bytes" not in scrubber.scrub_text("see raw bytes of a value there")


def test_a_scrubber_tells_no_secret() -> None:
    assert repr(Scrubber("strict", known_secrets={"DB": PASSWORD})) == 'Scrubber("strict")'


def test_an_allowed_text_stays() -> None:
    text = f"password={PASSWORD}"
    assert Scrubber().scrub_text(text) != text
    assert Scrubber(allow=[PASSWORD]).scrub_text(text) is text


def test_a_disabled_rule_finds_nothing() -> None:
    text = f"it is {GITHUB} there"
    (finding,) = Scrubber().findings(text)
    assert (text[finding.start : finding.end], finding.label) == (GITHUB, "GITHUB_PAT")
    assert Scrubber(disable=[finding.rule]).findings(text) == []
    assert Scrubber(disable=(rule for rule in [finding.rule])).findings(text) == []


def test_rules_of_one_s_own_are_added(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULE)
    for path in (file, str(file)):
        scrubber = Scrubber(rules=path)
        assert scrubber.scrub_text(f"x {ACME} y") == "x [REDACTED:ACME] y"
        assert (
            next(rule.description for rule in scrubber.rules if rule.id == "acme-token") == "A token of Acme"
        )


@pytest.mark.parametrize("preset", PRESETS)
def test_every_rule_says_what_it_is(preset: str) -> None:
    rules = Scrubber(preset).rules
    assert len({rule.id for rule in rules}) == len(rules) >= 13 - 10 * (preset == "balanced")
    for rule in rules:
        assert rule.id and rule.label and rule.description
        assert rule.preset == preset
        assert isinstance(rule, RuleInfo)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("preset", "hunter2"),
        ("rules", "/no/such/file.toml"),
        ("disable", ["no-such-rule"]),
        ("disable", "not a list"),
        ("disable", [5]),
        ("allow", [""]),
        ("allow", 5),
        ("known_secrets", {"NAME": "abc"}),
        ("known_secrets", ["not", "a", "mapping"]),
        ("known_secrets", {"NAME": 5}),
    ],
)
def test_a_bad_option_is_a_value_error_that_names_it(option: str, value: Any) -> None:
    named = "NAME" if isinstance(value, dict) and value["NAME"] == "abc" else option
    with pytest.raises(ValueError, match=named) as raised:
        Scrubber(**{option: value})
    assert "hunter2" not in str(raised.value) and "abc" not in str(raised.value)


def test_a_faulty_rule_is_a_value_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULE.replace("[a-z]{10}", "[a-z"))
    with pytest.raises(ValueError, match="acme-token"):
        Scrubber(rules=file)


def test_findings_count_code_points() -> None:
    for before in ("", "é", "😀 \ud800 \r\n", "日本語 " * 3000):
        text = f"{before}{GITHUB} and {GITHUB}é"
        assert [text[finding.start : finding.end] for finding in Scrubber().findings(text)] == [
            GITHUB,
            GITHUB,
        ]


def test_surrogates_beside_a_secret_survive() -> None:
    assert Scrubber().scrub_text(f"\udc80 {GITHUB} \ud800é") == "\udc80 [REDACTED:GITHUB_PAT] \ud800é"


def test_a_long_text_is_scrubbed_with_the_interpreter_released() -> None:
    text = ("nothing to see here\n" * 2000) + f"but {GITHUB}\n"
    assert Scrubber().scrub_text(text) == text.replace(GITHUB, "[REDACTED:GITHUB_PAT]")
    assert Scrubber().scrub_bytes(text.encode()) == text.replace(GITHUB, "[REDACTED:GITHUB_PAT]").encode()


@pytest.mark.parametrize("preset", ["strict", "balanced"])
@given(parts=st.lists(st.one_of(TEXT, st.sampled_from(list(SHAPES.values()))), max_size=6))
def test_scrubbing_twice_changes_nothing(preset: str, parts: list[str]) -> None:
    scrubber = Scrubber(preset)
    once = scrubber.scrub_text(" ".join(parts))
    assert scrubber.scrub_text(once) is once


# --- the environment


ENVIRON = {
    "DATABASE_URL": f"postgres://app:{PASSWORD}@db.example/app",
    "MY_SERVICE_TOKEN": "a-value-that-no-rule-knows-93",
    "SHORT_TOKEN": "abc",
    "WORDS_PASSWORD": "production",
    "HOME": "/home/nobody-at-all-here",
    "FILE_TOKEN": "/",
}


def test_secrets_of_an_environment_are_known() -> None:
    scrubber = Scrubber.from_environment(environ=ENVIRON)
    assert "no-rule-knows" not in scrubber.scrub_text("say a-value-that-no-rule-knows-93 loud")
    assert "[REDACTED:MY_SERVICE_TOKEN]" in scrubber.scrub_text("say a-value-that-no-rule-knows-93 loud")
    assert PASSWORD not in scrubber.scrub_text(f"say {PASSWORD} loud")
    for text in ("abc", "production", "db.example", "/home/nobody-at-all-here"):
        assert scrubber.scrub_text(f"say {text} loud") == f"say {text} loud"


def test_the_environment_is_the_process_s_own_by_default_and_only_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_SERVICE_TOKEN", ENVIRON["MY_SERVICE_TOKEN"])
    text = f"say {ENVIRON['MY_SERVICE_TOKEN']} loud"
    assert Scrubber().scrub_text(text) is text
    assert Scrubber.from_environment().scrub_text(text) == "say [REDACTED:MY_SERVICE_TOKEN] loud"


def test_the_environment_goes_with_other_options() -> None:
    scrubber = Scrubber.from_environment("strict", ENVIRON, known_secrets={"ONE": "one more value"})
    assert scrubber.scrub_text("one more value") == "[REDACTED:ONE]"
    with pytest.raises(TypeError):
        Scrubber.from_environment("strict", ENVIRON, no_such_option=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="disable"):
        Scrubber.from_environment("strict", ENVIRON, disable=["no-such-rule"])


def test_a_variable_that_is_not_text_costs_nothing_else() -> None:
    scrubber = Scrubber.from_environment(environ={**ENVIRON, "ODD_TOKEN": "\udc80\udc81 odd value here"})
    assert "no-rule-knows" not in scrubber.scrub_text("say a-value-that-no-rule-knows-93 loud")


@pytest.mark.parametrize("value", [12345678901234, b"a-value-of-bytes", None, ["a-value-in-a-list"]])
def test_an_environment_that_is_not_text_is_refused_and_its_values_are_not_named(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^environ: the value of A_TOKEN is not text$"):
        Scrubber.from_environment(environ={"A_TOKEN": value})
    with pytest.raises(TypeError, match=r"^environ: a name is not text$"):
        Scrubber.from_environment(environ={b"A_TOKEN": "value"})  # type: ignore[dict-item]
