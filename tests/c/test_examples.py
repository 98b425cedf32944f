"""The examples for hosts in other languages: built and run, all with the same output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from toolchain import ROOT, found, run

EXAMPLES = ROOT / "examples"


@pytest.fixture
def environ(installed: Path) -> dict[str, str]:
    library = installed / "lib"
    return os.environ | {"PKG_CONFIG_PATH": f"{library}/pkgconfig", "LD_LIBRARY_PATH": str(library)}


def flags(environ: dict[str, str]) -> list[str]:
    return run(found("pkg-config", "pkgconf"), "--cflags", "--libs", "prestop", env=environ).stdout.split()


def check(said: str, path: Path) -> None:
    """Check what every example prints: the scrubbed text, the restored snapshot, and the body of a beat."""
    scrubbed, rest = said.split("\n", 1)
    restored, beat = rest.rstrip("\n").rsplit("\n", 1)
    assert scrubbed == "DB_PASSWORD=[REDACTED:PASSWORD] make deploy"
    answer = json.loads(restored)
    assert (answer["source"], answer["verified"]) == ("current", True)
    assert answer["snapshot"]["workspace_id"] == "w-1"
    assert answer["snapshot"]["transcript_lines"] == [scrubbed]
    assert json.loads(beat)["current_task"] == "DB_PASSWORD=[REDACTED:PASSWORD] make deploy"
    assert "hunter2" not in path.read_text()


def test_c(environ: dict[str, str], tmp_path: Path) -> None:
    program, path = tmp_path / "example", tmp_path / "snapshot.json"
    strict = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(found("gcc"), *strict, EXAMPLES / "c" / "prestop.c", "-o", program, *flags(environ))
    check(run(program, path, env=environ).stdout, path)
    # If nothing can be written, it says so.
    done = subprocess.run(
        [program, tmp_path], check=False, env=environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "") and str(tmp_path) in done.stderr


def test_cpp(environ: dict[str, str], tmp_path: Path) -> None:
    program, path = tmp_path / "example", tmp_path / "snapshot.json"
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(found("g++"), *strict, EXAMPLES / "cpp" / "prestop.cpp", "-o", program, *flags(environ))
    check(run(program, path, env=environ).stdout, path)


def test_go(environ: dict[str, str], tmp_path: Path) -> None:
    go, path = found("go"), tmp_path / "snapshot.json"
    caches = {
        "GOCACHE": str(tmp_path / "cache"),
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "GO111MODULE": "on",
    }
    run(go, "build", "-o", tmp_path / "example", ".", cwd=EXAMPLES / "go", env=environ | caches)
    check(run(tmp_path / "example", path, env=environ).stdout, path)


def test_node(environ: dict[str, str], installed: Path, tmp_path: Path) -> None:
    node, npm, path = found("node"), found("npm"), tmp_path / "snapshot.json"
    here = tmp_path / "node"
    shutil.copytree(EXAMPLES / "node", here, ignore=shutil.ignore_patterns("node_modules"))
    got = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund"],
        check=False,
        cwd=here,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if got.returncode != 0:
        pytest.skip("npm cannot install koffi")
    check(
        run(node, "prestop.js", installed / "lib" / "libprestop.so", path, cwd=here, env=environ).stdout, path
    )
