"""The blocks of code in the pages: their page and language, and why one is not run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
PAGES = [*(ROOT / name for name in TEXTS), *sorted((ROOT / "docs").glob("**/*.md"))]
# The test that runs or parses each language. `text` is the output of a program, or a drawing.
LANGUAGES = {
    "python": "tests/python/test_readme.py",
    "json": "tests/python/test_readme.py",
    "toml": "tests/python/test_readme.py",
    "yaml": "tests/python/test_readme.py",
    "sh": "tests/python/test_readme.py",
    "console": "tests/python/test_readme.py",
    # These run one after another in one directory, and their output is compared.
    "shell-session": "crates/cli/tests/cli/session.rs",
    "c": "tests/c/test_pages.py",
    "rust": "src/lib.rs",
    "text": "",
}
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>.*)$")
_REASON = re.compile(r"^ *<!-- not run: (?P<reason>\S.*\S) -->$")


class Block(NamedTuple):
    """One block, as it is in its page."""

    page: Path
    line: int
    language: str
    text: str
    reason: str

    @property
    def name(self) -> str:
        """Its position, for the name of a test."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def of(page: Path) -> list[Block]:
    """Return the blocks of a page. A block without an end is an error."""
    found: list[Block] = []
    inside: tuple[int, re.Match[str], str, list[str]] | None = None
    before = ""
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if inside is None:
            if opened := _FENCE.match(line):
                reason = _REASON.match(before)
                inside = (number, opened, reason["reason"] if reason else "", [])
            elif line.strip():
                before = line
            continue
        at, opened, reason_text, lines = inside
        if line.strip() == opened["fence"]:
            text = "".join(f"{one.removeprefix(opened['indent'])}\n" for one in lines)
            found.append(Block(page, at, opened["language"].strip(), text, reason_text))
            inside, before = None, ""
        else:
            lines.append(line)
    if inside is not None:
        raise ValueError(f"{page}:{inside[0]}: the block has no end")
    return found


def every() -> list[Block]:
    """Return the blocks of all pages."""
    return [block for page in PAGES for block in of(page)]


def to_run(*languages: str) -> list[Block]:
    """Return the blocks of these languages that are to be run."""
    return [block for block in every() if block.language in languages and not block.reason]
