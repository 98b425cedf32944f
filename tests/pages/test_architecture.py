"""docs/architecture.md names every directory, and the core's modules use only what it permits."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
# The rows of the table: place, what it does, what it may use.
ROOMS = {
    row[1]: set(re.findall(r"`([^`]+)`", row[2]))
    for row in re.finditer(r"^\| `([^`]+/)` \| .* \| ([^|]*) \|$", PAGE, re.MULTILINE)
}
CORE = sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir())


def tracked() -> set[str]:
    """Return the directories that hold files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {
        f"{parent}/" for line in listed.splitlines() for parent in Path(line).parents if str(parent) != "."
    }


def code(room: str) -> str:
    """Return the code of a module of the core, without its comments and its tests."""
    texts, tests = [], set()
    for path in sorted((ROOT / "src" / room).rglob("*.rs")):
        text = path.read_text("utf-8")
        tests |= {
            path.parent.joinpath("" if path.stem == "mod" else path.stem, name)
            for name in re.findall(r"#\[cfg\(test\)\]\n(?:#\[[^\n]*\n)*mod (\w+);", text)
        }
        texts.append((path.with_suffix(""), text))
    return "\n".join(
        re.sub(r"(?m)^\s*//.*$", "", text.partition("\nmod tests {")[0])
        for path, text in texts
        if not any(path == test or test in path.parents for test in tests)
    )


def used(room: str) -> set[str]:
    """Return the other modules of the core that a module names."""
    named = re.findall(r"\bcrate::(?:\{([^}]*)\}|(\w+))", code(room))
    words = {word for several, one in named for word in re.findall(r"(?:^|,)\s*(\w+)", several or one)}
    return words & set(CORE) - {room}


def test_every_place_that_is_named_is_there() -> None:
    places = re.findall(r"`((?:src|crates|python|tests|docs|include|scripts)/[\w./-]*)`", PAGE)
    assert len(places) > 15
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_room_is_named() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout, so nobody knows which directories are the repository's")
    houses = re.compile(r"(?:src|crates|python)/\w+/|\w+/")
    wanted = {place for place in tracked() if houses.fullmatch(place)} - {"src/", "crates/", "python/"}
    named = set(re.findall(r"`([\w./-]+/)`", PAGE))
    assert wanted - named == set()


@pytest.mark.parametrize("room", CORE)
def test_a_room_uses_those_that_it_may(room: str) -> None:
    assert used(room) == ROOMS[f"src/{room}/"]
