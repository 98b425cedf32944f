"""The text of the benchmarks: strings from agent transcripts, cut to size."""

import json
import os
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
SHIPPED = _ROOT / "demo" / "transcript.jsonl"
SHARED = _ROOT.parent / "shared" / "data" / "transcripts.jsonl"


def source() -> Path:
    """Return the file in BENCH_TEXT, else the large transcripts if they exist, else the shipped one."""
    if named := os.environ.get("BENCH_TEXT"):
        return Path(named)
    return SHARED if SHARED.exists() else SHIPPED


def pieces(path: Path, size: int) -> list[str]:
    """Cut the strings of a JSON-lines file into pieces of `size` characters.

    An incomplete piece is continued with the next string.
    """
    made: list[str] = []
    rest = ""
    for line in path.read_text("utf-8").splitlines():
        for text in _strings(json.loads(line)):
            rest += text + "\n"
            while len(rest) >= size:
                made.append(rest[:size])
                rest = rest[size:]
    return made


def clean(texts: list[str], scrubs: list[Callable[[str], str]]) -> list[str]:
    """Return the texts in which no scrubber finds anything."""
    return [text for text in texts if all(scrub(text) == text for scrub in scrubs)]


def with_secret(texts: list[str], seed: int = 1) -> list[str]:
    """Put one GitHub token into each text, at a space if there is one. Every scrubber here knows it."""
    rng = random.Random(seed)
    made = []
    for text in texts:
        token = "gh" + "p_" + "".join(rng.choices(string.ascii_letters + string.digits, k=36))
        place = max(text.find(" ", rng.randrange(len(text))), 0)
        made.append(f"{text[:place]} {token} {text[place:]}")
    return made


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
