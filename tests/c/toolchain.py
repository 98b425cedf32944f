"""The compilers of this machine, and commands run to their end."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is shown if it fails."""
    words = [str(word) for word in command]
    done: subprocess.CompletedProcess[str] = subprocess.run(
        words, check=False, capture_output=True, text=True, timeout=600, **options
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done


def found(*names: str) -> str:
    """Return the first of these programs that is installed, or skip the test and name the first."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{names[0]} is not installed")


def with_sanitizers(compiler: str, directory: Path) -> str:
    """Return the compiler if it has the libraries of its sanitizers, or skip the test."""
    path = found(compiler)
    source = directory / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    command: list[str | Path] = [path, "-fsanitize=address,undefined", source, "-o", directory / "empty"]
    if subprocess.run(command, check=False, capture_output=True, timeout=60).returncode != 0:
        pytest.skip(f"{compiler} has no sanitizers")
    return path
