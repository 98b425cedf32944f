"""The library with which the tests in C are built."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from toolchain import ROOT, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the output of `make capi`, built without optimisation: the code is the same."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("make", "capi", f"PREFIX={prefix}", "CAPI_PROFILE=dev", cwd=ROOT)
    return prefix


@pytest.fixture(scope="session")
def native_libraries() -> list[str]:
    """Return the libraries that a program with the static library needs in addition."""
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
            return str(text).removeprefix("native-static-libs:").split()
    raise AssertionError("cargo did not name the libraries")
