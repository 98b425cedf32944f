"""A file of rules in the format of gitleaks, given to a scrubber and by the environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prestop import Scrubber
from prestop.pre_stop import write_snapshot

# : A file as the security team of a company would keep it, for its repositories.
FILE = r"""
title = "rules of ours"

[extend]
useDefault = true

[[rules]]
id = "ours-deploy"
description = "What may deploy"
regex = '''\b(oursdeploy_[a-z0-9]{20})(?:['"\s;\x60]|\\[nr]|$)'''
entropy = 3
keywords = ["oursdeploy_"]

    [[rules.allowlists]]
    stopwords = ["sample"]

[[rules]]
id = "ours-till"
description = "Opens a till"
regex = '''(?i)(till[_-]pin)['"]?\s*[:=]\s*['"]?([0-9]{8})\b'''
secretGroup = 2
keywords = ["till"]

    [[rules.allowlists]]
    regexTarget = "match"
    regexes = ['''(?i)till-pin = 0000''']

[[rules]]
id = "ours-badge"
description = "No keyword"
regex = '''\bB[0-9]{6}-[A-F]{2}\b'''

[[rules]]
id = "ours-store"
description = "Says nothing of a text"
path = '''(?i)\.jks$'''

[[allowlists]]
description = "on badges of visitors"
targetRules = ["ours-badge"]
regexes = ['''^B999''']
"""

DEPLOY = "oursdeploy_" + "k7f2m9q4x1z8w3c6v5b0"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "gitleaks.toml"
    file.write_text(FILE)
    return file


@pytest.mark.parametrize("preset", ["strict", "balanced"])
def test_its_rules_are_added_to_the_built_in_ones(rules: Path, preset: str) -> None:
    scrubber = Scrubber(preset, rules=rules)
    plain = {rule.id for rule in Scrubber(preset).rules}
    assert {rule.id for rule in scrubber.rules} - plain == {"ours-deploy", "ours-till", "ours-badge"}
    for text, scrubbed in {
        f"use {DEPLOY}; then": "use [REDACTED:OURS_DEPLOY]; then",
        'till_pin = "47110815"': 'till_pin = "[REDACTED:OURS_TILL]"',
        "badge B123456-AF": "badge [REDACTED:OURS_BADGE]",
    }.items():
        assert scrubber.scrub_text(text) == scrubbed
        assert scrubber.scrub_text(scrubbed) is scrubbed
        layered = json.dumps({"a": json.dumps({"b": text})})
        assert json.loads(json.loads(scrubber.scrub_text(layered))["a"]) == {"b": scrubbed}


def test_entropy_and_allow_lists_leave_alone(rules: Path) -> None:
    scrubber = Scrubber(rules=rules)
    for text in (
        "oursdeploy_" + "ab" * 10,
        "oursdeploy_sample" + DEPLOY[-14:],
        "Till-PIN = 00001234",
        "B999999-AF",
    ):
        assert scrubber.scrub_text(text) is text


def test_one_can_be_disabled(rules: Path) -> None:
    text = "badge B123456-AF"
    assert Scrubber(rules=rules, disable=["ours-badge"]).scrub_text(text) is text


def test_a_rule_that_cannot_be_used_is_a_value_error_that_names_it(rules: Path) -> None:
    rules.write_text(FILE.replace("[0-9]{8}", "[0-9"))
    with pytest.raises(ValueError, match="rule ours-till: regex") as raised:
        Scrubber(rules=rules)
    assert "till[_-]" not in str(raised.value)


@pytest.mark.usefixtures("fresh_scrubber")
def test_of_a_faulty_file_every_rule_that_loads_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules.write_text(FILE.replace("[0-9]{8}", "[0-9"))
    monkeypatch.setenv("PRESTOP_RULES", str(rules))
    target = tmp_path / "snapshot.json"
    assert write_snapshot({"note": f"use {DEPLOY}; badge B123456-AF"}, target) is True
    snapshot: Any = json.loads(target.read_text())
    assert snapshot["note"] == "use [REDACTED:OURS_DEPLOY]; badge [REDACTED:OURS_BADGE]"
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and "ours-till" in errors[0] and "till[_-]" not in errors[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.text(max_size=20),
    text=st.sampled_from([f" {DEPLOY} ", " till-pin=47110815 ", " B123456-AF "]),
    after=st.text(max_size=20),
)
def test_scrubbing_twice_changes_nothing(rules: Path, before: str, text: str, after: str) -> None:
    scrubber = Scrubber("strict", rules=rules)
    once = scrubber.scrub_text(f"{before}{text}{after}")
    assert scrubber.scrub_text(once) == once
    assert text.strip()[-8:] not in once
