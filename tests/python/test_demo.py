"""The demo prints what the README shows of it: the same checks, the same labels."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def plain(text: str) -> list[str]:
    """Return the lines without what differs each time, and with all labels on one line.

    The labels are wrapped by their counts, which differ.
    """
    # The first transcript, and the last line: there may be a second transcript between them.
    first, *_, last = text.strip().split("\n\n")[1:]
    before, found, rest = re.split(r"^  found |^  dropped ", first, flags=re.MULTILINE)
    labels = " ".join(sorted(set(re.findall(r"[A-Z][A-Z_]+", found))))
    lines = [*before.splitlines(), labels, *rest.splitlines(), last]
    return [re.sub(r"session-[0-9a-f-]+|[\d.]+", "N", line) for line in lines]


def test_the_readme_shows_what_the_demo_says() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = readme.partition("$ make demo\n")[2].partition("```")[0]
    done = subprocess.run(
        [sys.executable, ROOT / "demo" / "run.py"], check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert plain(done.stdout) == plain(shown)
