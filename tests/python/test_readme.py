"""Every block of Python in the README and in the guides runs, and every block of JSON is some."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def blocks(language: str) -> list[Any]:
    """Return the blocks of a language, named by page and number."""
    found = []
    for page in PAGES:
        texts = re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        found += [pytest.param(text, id=f"{page.stem}-{number}") for number, text in enumerate(texts)]
    return found


def test_there_are_blocks_to_run() -> None:
    assert len(blocks("python")) >= 5 and len(blocks("json")) >= 4


@pytest.mark.parametrize("block", blocks("json"))
def test_block_is_json(block: str) -> None:
    json.loads(block)


@pytest.mark.parametrize("block", blocks("python"))
def test_block_runs(block: str, tmp_path: Path) -> None:
    environ = {**os.environ, "AGENT_SNAPSHOT_PATH": str(tmp_path / "snapshot.json")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
