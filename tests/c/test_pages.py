"""Every block of C in the README and the pages compiles without a warning and runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import ROOT, found, run

sys.path.insert(0, str(ROOT / "tests" / "pages"))

from blocks import Block, to_run

# What a block that is no whole program may use.
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


@pytest.mark.parametrize("block", [pytest.param(block, id=block.name) for block in to_run("c")])
def test_block_runs(block: Block, installed: Path, tmp_path: Path) -> None:
    source = tmp_path / "block.c"
    source.write_text(block.text if "int main(" in block.text else FRAME.replace("BLOCK", block.text))
    library = ["-L", installed / "lib", f"-Wl,-rpath,{installed}/lib", "-lprestop"]
    run(
        found("cc"),
        "-std=c11",
        "-D_POSIX_C_SOURCE=200809L",
        *WARNINGS,
        source,
        f"-I{installed}/include",
        *library,
        "-o",
        tmp_path / "block",
    )
    said = run(tmp_path / "block", cwd=tmp_path).stdout
    assert "hunter2" not in said
