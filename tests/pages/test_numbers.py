"""The numbers in the pages that follow from the sources equal those of the sources."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    file.stem: tomllib.loads(file.read_text("utf-8"))["rule"]
    for file in sorted((ROOT / "src/scrub/rules").glob("*.toml"))
}
RULES = [rule for rules in FILES.values() for rule in rules]

# The rows of the table of families by how they begin, and the file of each. The row of the tokens names its
# files in brackets.
FAMILIES = {
    "keys without a form": "named_services",
    "private keys": "private_keys",
    "headers, JWT": "tokens",
    "URLs": "urls",
    "command lines": "command_lines",
    "routers": "devices",
    "what people write down": "prose",
    "arguments of calls": "calls",
}
TOKENS = {
    "code hosts": "code_hosting",
    "clouds": "cloud",
    "AI": "ai",
    "chat": "chat",
    "payments": "payments",
    "packages": "packages",
    "monitoring": "observability",
    "workplace": "workplace",
    "infrastructure": "infrastructure",
    "other services": "services",
}


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


def test_each_family_is_a_file_of_rules() -> None:
    text = (ROOT / "docs/detection.md").read_text("utf-8").partition("## How it is measured")[0]
    said = {row: int(rules) for row, rules in re.findall(r"^\| ([^|]*) \| (\d+) \| ", text, re.MULTILINE)}
    (tokens,) = [row for row in said if row.startswith("tokens with a form")]
    kinds = {kind: int(rules) for kind, rules in re.findall(r"([A-Za-z][A-Za-z ]*) \((\d+)\)", tokens)}
    assert kinds == {kind: len(FILES[file]) for kind, file in TOKENS.items()}
    assert said.pop(tokens) == sum(kinds.values())
    rows = {next(head for head in FAMILIES if row.startswith(head)): rules for row, rules in said.items()}
    assert rows == {head: len(FILES[file]) for head, file in FAMILIES.items()}
    assert {*FAMILIES.values(), *TOKENS.values()} == FILES.keys()


def test_the_changelog_counts_them_too() -> None:
    assert numbers("CHANGELOG.md", r"(?m)^  ([\d,]+) rules; `docs/detection\.md`") == [len(RULES)]
