"""The library and the compilers that the tests in C are built with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; what it says is shown when it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done  # type: ignore[no-any-return]


def found(*names: str) -> str:
    """The first of these programs that there is, or a skip that says which is missing."""
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(f"{names[0]} is not installed")


def with_sanitizers(compiler: str, directory: Path) -> str:
    """The compiler, if it has the libraries of its sanitizers, or a skip."""
    path = found(compiler)
    source = directory / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    command = [path, "-fsanitize=address,undefined", source, "-o", directory / "empty"]
    if subprocess.run(command, check=False, capture_output=True, timeout=60).returncode != 0:
        pytest.skip(f"{compiler} has no sanitizers")
    return path


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make capi` installs, built without optimisation: the code is the same."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("make", "capi", f"PREFIX={prefix}", "CAPI_PROFILE=dev", cwd=ROOT)
    return prefix


@pytest.fixture(scope="session")
def native_libraries() -> list[str]:
    """What a program that links the static library needs besides."""
    package = ["-p", "prestop-capi", "--crate-type", "staticlib", "--message-format=json"]
    environ = os.environ | {"CARGO_TERM_COLOR": "never"}
    done = run(
        *["cargo", "rustc", "--locked", *package, "--", "--print", "native-static-libs"],
        cwd=ROOT,
        env=environ,
    )
    for line in done.stdout.splitlines():
        text = json.loads(line).get("message", {})
        text = text.get("message", "") if isinstance(text, dict) else ""
        if text.startswith("native-static-libs:"):
            return text.removeprefix("native-static-libs:").split()
    raise AssertionError("cargo did not name the libraries")
