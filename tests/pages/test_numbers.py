"""The numbers in the pages that follow from the sources equal those of the sources."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = [
    rule
    for file in sorted((ROOT / "src/scrub/rules").glob("*.toml"))
    for rule in tomllib.loads(file.read_text("utf-8"))["rule"]
]


def numbers(page: str, pattern: str) -> list[int]:
    """Return the numbers matched by the groups of a pattern in a page; the pattern must match."""
    found = re.search(pattern, (ROOT / page).read_text("utf-8"))
    assert found, f"{page}: {pattern}"
    return [int(number.replace(",", "")) for number in found.groups()]


def test_detection_counts_rules_and_examples() -> None:
    said = numbers(
        "docs/detection.md",
        r"These are ([\d,]+) rules .* with ([\d,]+) examples of what must go and ([\d,]+) of what must stay",
    )
    assert said == [
        len(RULES),
        *(sum(len(rule[kind]) for rule in RULES) for kind in ("positive", "negative")),
    ]
    assert numbers("docs/detection.md", r"Of the ([\d,]+) none leaks") == [said[1]]


def test_the_families_are_all_of_them() -> None:
    text = (ROOT / "docs/detection.md").read_text("utf-8")
    families = re.findall(
        r"^\| ([^|]*) \| (\d+) \| ", text.partition("## How it is measured")[0], re.MULTILINE
    )
    assert len(families) > 4 and sum(int(rules) for _, rules in families) == len(RULES)
    ((tokens, count),) = [family for family in families if family[0].startswith("tokens with a form")]
    assert sum(map(int, re.findall(r"\((\d+)\)", tokens))) == int(count)


def test_the_changelog_counts_them_too() -> None:
    assert numbers("CHANGELOG.md", r"(?m)^  ([\d,]+) rules; `docs/detection\.md`") == [len(RULES)]
