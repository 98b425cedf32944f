"""Every block of C in the README, the pages and the header compiles without a warning and runs."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest
from toolchain import ROOT, found, run

sys.path.insert(0, str(ROOT / "tests" / "pages"))

from blocks import Block, to_run

# The names that a block which is not a whole program may use.
FRAME = """
#include <prestop.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    const char *text = "DB_PASSWORD=hunter2 make deploy", *path = "snapshot.json";
    size_t len = strlen(text);
    prestop_scrubber *scrubber = NULL;
    if (prestop_scrubber_new(NULL, 0, &scrubber, NULL) != PRESTOP_OK) {
        return 2;
    }
    {
        BLOCK
    }
    prestop_scrubber_free(scrubber);
    return 0;
}
"""
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wno-unused-variable", "-Werror"]
HEADER = (ROOT / "include" / "prestop.h").read_text("utf-8")


def compiled_and_run(text: str, installed: Path, tmp_path: Path, standard: str = "c11") -> str:
    """Build a text, which may be a whole program or a block, run it, and return its output."""
    source = tmp_path / "block.c"
    source.write_text(text if "int main(" in text else FRAME.replace("BLOCK", text))
    library = ["-L", installed / "lib", f"-Wl,-rpath,{installed}/lib", "-lprestop"]
    run(
        found("cc"),
        f"-std={standard}",
        "-D_POSIX_C_SOURCE=200809L",
        *WARNINGS,
        source,
        f"-I{installed}/include",
        *library,
        "-o",
        tmp_path / "block",
    )
    return run(tmp_path / "block", cwd=tmp_path).stdout


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in to_run("c")])
def test_block_runs(block: Block, installed: Path, tmp_path: Path) -> None:
    assert "hunter2" not in compiled_and_run(block.text, installed, tmp_path)


def test_the_example_at_the_head_of_the_header_runs(installed: Path, tmp_path: Path) -> None:
    lines = HEADER.split("\n//\n", 2)[1].splitlines()
    assert all(line.startswith("//     ") for line in lines) and "prestop_scrub_text" in str(lines)
    example = "\n".join(line.removeprefix("//     ") for line in lines)
    # In a block of its own, since it declares a scrubber.
    said = compiled_and_run(f"{{ {example} }}", installed, tmp_path, "c99")
    assert said == "DB_PASSWORD=[REDACTED:PASSWORD] make deploy"


def test_the_header_names_rules_that_there_are() -> None:
    files = [tomllib.loads(file.read_text("utf-8")) for file in (ROOT / "src/scrub/rules").glob("*.toml")]
    labels = {rule["id"]: rule["label"] for file in files for rule in file["rule"]}
    named = re.findall(r'"rule": "([\w-]+)", "label": "(\w+)"', HEADER)
    assert named and {rule: labels.get(rule) for rule, _ in named} == dict(named)
