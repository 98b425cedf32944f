"""The names of the package itself."""

from __future__ import annotations

import subprocess
import sys

import prestop


def test_the_version_is_that_of_the_core() -> None:
    from prestop._core import VERSION

    assert prestop.__version__ == VERSION
    assert "__version__" in dir(prestop)


def test_every_module_that_is_documented_is_there_after_the_import_of_the_package() -> None:
    program = """
import prestop
for name in ("platform_auth", "platform_inbound_auth", "runtime_wedge", "check", "session"):
    assert getattr(prestop, name).__name__ == f"prestop.{name}"
names = {}
exec("from prestop import *", names)
names.pop("__builtins__")
assert sorted(names) == sorted(prestop.__all__), names
assert "TYPE_CHECKING" not in names and "scrub" in names
"""
    subprocess.run([sys.executable, "-c", program], check=True)
