"""The table of leaks and false positives of the replaced scrubber, row by row: what ours must do."""

from __future__ import annotations

import pytest
from secrets_at_run_time import (
    AWS_ID,
    AWS_SECRET,
    GITHUB_PAT_V2,
    GITLAB,
    OPENAI,
    PASSWORD,
    SLACK,
    STRIPE,
    jwt,
    letters,
    private_key,
)

from prestop import Scrubber

BOTH = pytest.mark.parametrize("preset", ["strict", "balanced"])
KEY = letters(24, 50)
EC_KEY = private_key("EC ", lines=2)
ZERO_WIDTH = OPENAI[:12] + "\u200b" + OPENAI[12:]
COLOURED = OPENAI[:12] + "\x1b[31m" + OPENAI[12:] + "\x1b[0m"

GONE = {
    "bearer twice": ("Bearer Bearer tok_abc123", ["tok_abc123"]),
    "quoted value": ('MY_API_KEY="part one part two"', ["part one", "part two"]),
    "lower-case bearer": (f"authorization: bearer {KEY}", [KEY]),
    "upper-case bearer": (f"AUTHORIZATION: BEARER {KEY}", [KEY]),
    "basic": ("Authorization: Basic dXNlcjpodW50ZXIyaHVudGVyMg==", ["dXNlcjpodW50"]),
    "json api_key": (f'{{"api_key": "{KEY}"}}', [KEY]),
    "json upper-case key": (f'{{"ANTHROPIC_API_KEY": "{KEY}"}}', [KEY]),
    "yaml": (f"api_key: {KEY}\n", [KEY]),
    "header": (f"x-api-key: {KEY}", [KEY]),
    "bare API_KEY": (f"API_KEY={KEY}", [KEY]),
    "bare TOKEN": (f"TOKEN={KEY}", [KEY]),
    "underscore first": (f"_TOKEN={KEY}", [KEY]),
    "digit first": (f"1MY_API_KEY={KEY}", [KEY]),
    "hyphens": (f"X-API-KEY={KEY}", [KEY]),
    "query": (f"https://h.example/p?token={KEY}", [KEY]),
    "database password": (f"DB_PASSWORD={PASSWORD}", [PASSWORD]),
    "stripe": (f"STRIPE_KEY={STRIPE}", [STRIPE]),
    "aws secret": (f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}", [AWS_SECRET, AWS_SECRET[:20], AWS_SECRET[20:]]),
    "url password": (f"postgres://app:{PASSWORD}@db", [PASSWORD]),
    "jwt": (f"it said {jwt()} then", [jwt(), jwt().split(".")[2]]),
    "slack": (f"it said {SLACK} then", [SLACK]),
    "gitlab": (f"it said {GITLAB} then", [GITLAB]),
    "temporary aws id": (f"it said {'AS' + AWS_ID[2:].replace('IA', 'IA', 1)} then", [AWS_ID[4:]]),
    "github fine grained": (f"it said {GITHUB_PAT_V2[:70]} then", [GITHUB_PAT_V2[11:70]]),
    "rsa key": (private_key(), private_key().split("\n")[1:-1]),
    "ec key": (EC_KEY, EC_KEY.split("\n")[1:-1]),
}

SPLIT = {
    "zero-width space inside": (f"key {ZERO_WIDTH} end", [OPENAI[:12], OPENAI[12:]]),
    "colour code inside": (f"key {COLOURED} end", [OPENAI[:12], OPENAI[12:]]),
}

LABELS = {"gho": "gho_", "ghu": "ghu_", "ghr": "ghr_"}

KEPT_IN_BOTH = {
    "file path": "/home/agent/projects/molecule/workspace/lib/pre_stop.py",
    "commit": "3f786850e387550fdab836ed7e6dc881de23001b",
    "sha256": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bb822cd15d6c15b0f00a8",
    "address": "https://github.com/example-organisation/example-repository/blob/main/src/deeply/nested/module.rs",
}

KEPT_IN_BALANCED = {
    "slashes": "/" * 40,
    "words with sk-": "task-management-system-design",
    "more words with sk-": "risk-assessment-for-the-quarter",
    "prose": "The Bearer of this letter",
    "code": "if my_token == expected:",
}


@BOTH
@pytest.mark.parametrize("row", GONE)
def test_a_secret_that_leaked_is_gone(preset: str, row: str) -> None:
    text, secrets = GONE[row]
    scrubbed = Scrubber(preset).scrub_text(text)
    for secret in secrets:
        assert secret not in scrubbed
    assert "[REDACTED:" in scrubbed


@BOTH
@pytest.mark.parametrize("row", SPLIT)
def test_a_token_split_by_what_nobody_sees_is_gone(preset: str, row: str) -> None:
    text, secrets = SPLIT[row]
    scrubbed = Scrubber(preset).scrub_text(text)
    for secret in secrets:
        assert secret not in scrubbed


@BOTH
@pytest.mark.parametrize("prefix", LABELS.values())
def test_other_github_tokens_have_a_proper_label(preset: str, prefix: str) -> None:
    scrubbed = Scrubber(preset).scrub_text(f"it said {prefix}{letters(36, 60)} then")
    assert "BASE64_BLOB" not in scrubbed
    assert prefix not in scrubbed
    assert scrubbed.startswith("it said [REDACTED:") and scrubbed.endswith("] then")


@BOTH
@pytest.mark.parametrize("row", KEPT_IN_BOTH)
def test_paths_digests_and_addresses_stay(preset: str, row: str) -> None:
    text = f"see {KEPT_IN_BOTH[row]} there"
    assert Scrubber(preset).scrub_text(text) is text


@pytest.mark.parametrize("row", KEPT_IN_BALANCED)
def test_words_stay_in_balanced(row: str) -> None:
    text = f"{KEPT_IN_BALANCED[row]} and more"
    assert Scrubber("balanced").scrub_text(text) is text


@BOTH
def test_the_line_after_an_empty_value_stays(preset: str) -> None:
    assert "PATH=/usr/bin" in Scrubber(preset).scrub_text("MY_TOKEN=\nPATH=/usr/bin")


@BOTH
def test_a_value_ends_at_the_quote_that_encloses_it(preset: str) -> None:
    scrubbed = Scrubber(preset).scrub_text(f'["Bearer {KEY}", "keep"]')
    assert KEY not in scrubbed
    assert scrubbed.endswith('", "keep"]')


def test_a_value_ends_at_its_delimiter_in_balanced() -> None:
    scrubber = Scrubber("balanced")
    assert scrubber.scrub_text(f"GH_TOKEN={KEY}; x").endswith("; x")
    assert scrubber.scrub_text(f"https://h.example/?access_token={KEY}&keep=1").endswith("&keep=1")
