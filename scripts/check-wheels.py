#!/usr/bin/env python3
"""Check the wheels of a release, and run those that can run on this machine.

    python3 scripts/check-wheels.py [--python PYTHON]... [DIRECTORY]

Of each wheel: its tag holds (auditwheel), it uses only the stable interface (abi3audit), and it contains what
it should and no trace of the machine that built it. A wheel that an interpreter can load is installed into a
fresh environment without Rust on PATH and tested there: by the interpreter that runs this, by those given,
and for another processor by one that scripts/foreign-python.sh downloads, if it can. A wheel built from the
source distribution is tested too. Needs requirements-dist.txt installed for the interpreter that runs this.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# A source path of the machine that built the wheel; ours are mapped below /prestop, the compiler's below
# /rustc and /rust/deps.
TRACES = re.compile(
    rb"(?<![\w.>/-])/(?!prestop/|rustc/|rust/deps/)(?:[\w.+-]+/)+[\w.-]+\.(?:rs|toml|lock)\b|file:///(?!prestop)[\w./-]+|\.cargo/registry"
)
# The goal in docs/performance.md.
TOO_LARGE = 3_000_000
# The interpreters for other processors, kept between runs.
FOREIGN = ROOT / ".cache" / "foreign"
# The tests that depend on the processor; all tests under an emulator take half an hour. PRESTOP_LONG=1 runs
# them all.
EMULATED = (
    "assignments",
    "heartbeat_core",
    "lines",
    "scrubber",
    "snapshot",
    "snapshot_scrub",
    "stream",
    "vectors",
)
NAME = re.compile(
    r"(?:prestop|lib)/[\w./]+\.(?:pyi?|typed)|prestop/_core\.abi3\.so|prestop-[\w.]+\.dist-info/[\w./-]+"
)


def said(*command: str | Path, errors: bool = True, **options: object) -> str:
    """Run a command and return its output; exit with the output on failure.

    Standard error is part of it unless `errors` is False.
    """
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return f"{done.stdout}{done.stderr}" if errors else str(done.stdout)


def faults(wheel: Path) -> list[str]:
    """Return what is wrong with the content of a wheel."""
    found = []
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        content = {name: archive.read(name) for name in names}
    if wheel.stat().st_size > TOO_LARGE:
        found.append(f"{wheel.stat().st_size} bytes")
    found += [f"not expected: {name}" for name in names if not NAME.fullmatch(name)]
    for ending in (
        "/METADATA",
        "/LICENSE-MIT",
        "/LICENSE-APACHE",
        "prestop/_core.abi3.so",
        "prestop/_core.pyi",
        "lib/pre_stop.py",
    ):
        found += [] if any(name.endswith(ending) for name in names) else [f"missing: {ending}"]
    for name, data in content.items():
        if name.endswith(".so") or "/sboms/" in name:
            found += [f"{name}: {trace.decode()}" for trace in set(TRACES.findall(data))]
    bills = [json.loads(data) for name, data in content.items() if "/sboms/" in name]
    crates = {part["name"] for bill in bills for part in bill.get("components", [])}
    if not {"prestop", "pyo3", "regex-automata"} <= crates:
        found.append("no bill of materials that names the crates")
    (record,) = [data for name, data in content.items() if name.endswith("/RECORD")]
    for name, digest, length in csv.reader(record.decode().splitlines()):
        if digest and not _is(content[name], digest, int(length)):
            found.append(f"RECORD is wrong: {name}")
    return found


def _is(data: bytes, digest: str, length: int) -> bool:
    made = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return digest == f"sha256={made}" and length == len(data)


def audit(wheel: Path) -> None:
    """Check that the tag of a wheel holds, and that it uses nothing but the stable interface."""
    if "linux" in wheel.name:
        # Without library paths: a library of this machine with the name of one of the wheel's is not the
        # same.
        told = json.loads(said(BIN / "auditwheel", "show", "--json", "--ldpaths", "", wheel, errors=False))
        if not holds(platforms(wheel)[-1], told):
            raise SystemExit(f"{wheel.name}: its tag does not hold: {told}")
    said(BIN / "abi3audit", "--strict", wheel)


def holds(tag: str, told: dict[str, Any]) -> bool:
    """Return whether auditwheel's report confirms a tag: no newer symbols, no further libraries."""
    needed = set(told["external_libs"])
    if tag.startswith("musllinux"):
        # Linked by zig, it needs musl as `libc.so`, a name that musl's loader reserves for itself like every
        # `libc.*`; auditwheel knows only the name that one distribution uses.
        return told["sym_tag"] == tag and needed <= {"libc.so"} and not told["unsupported_isa"]
    return told["overall_tag"] == tag and not needed and not told["unsupported_isa"]


def platforms(wheel: Path) -> list[str]:
    """Return the platforms in the name of a wheel, the most general last."""
    return wheel.stem.rpartition("-")[2].split(".")


def fits(wheel: Path, python: str | Path) -> bool:
    """Return whether an interpreter can load a wheel."""
    tags = said(python, "-m", "pip", "debug", "--verbose")
    return any(f"cp311-abi3-{tag}" in tags for tag in platforms(wheel))


def interpreter(wheel: Path, given: list[str]) -> tuple[str | None, str]:
    """Return an interpreter that can load a wheel, or why there is none."""
    for python in (sys.executable, *given):
        if fits(wheel, python):
            return python, ""
    tag = platforms(wheel)[-1]
    processor = re.sub(r"^manylinux_\d+_\d+_", "", tag)
    if processor in (tag, platform.machine()):
        return None, "no interpreter here loads it"
    command: list[str | Path] = [ROOT / "scripts" / "foreign-python.sh", processor, FOREIGN / processor]
    brought = subprocess.run(command, check=False, capture_output=True, text=True)
    if brought.returncode != 0:
        return None, (brought.stderr.strip().splitlines() or ["scripts/foreign-python.sh failed"])[-1]
    return brought.stdout.strip(), ""


def without_rust() -> dict[str, str]:
    """Return an environment in which no Rust is found."""
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if not (Path(entry) / "cargo").exists()]
    gone = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    return {
        **{name: value for name, value in os.environ.items() if name not in gone},
        "PATH": os.pathsep.join(path),
    }


def fresh(directory: Path, base: str) -> Path:
    """Create a virtual environment and return its interpreter."""
    said(base, "-m", "venv", directory)
    return directory / "bin" / "python"


def try_out(wheel: Path, base: str, tests: list[Path]) -> None:
    """Install a wheel into a fresh environment without Rust, and run it with tests."""
    environ = without_rust()
    with tempfile.TemporaryDirectory() as place:
        python = fresh(Path(place) / "venv", base)
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        said(*pip, wheel, env=environ, cwd=place)
        said(python, "-m", "prestop.check", env=environ, cwd=place)
        said(python.parent / "prestop", "--version", env=environ, cwd=place)
        line = "import prestop; print(prestop.scrub_text('PASSWORD=hunter2hunter2'))"
        if "PASSWORD=[REDACTED:PASSWORD]" not in said(python, "-c", line, env=environ, cwd=place):
            raise SystemExit(f"{wheel.name}: does not scrub")
        if tests:
            said(*pip, "-r", ROOT / "requirements-test.txt", env=environ, cwd=place)
            said(
                python,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                *tests,
                env=environ,
                cwd=ROOT,
            )


def from_source(source: Path) -> None:
    """Build a wheel from the source distribution, outside this repository, and run it."""
    with tempfile.TemporaryDirectory() as place:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "wheel",
            "--no-deps",
        ]
        said(*command, "--wheel-dir", place, source, cwd=place)
        (wheel,) = Path(place).glob("*.whl")
        try_out(wheel, sys.executable, [])


def main() -> int:
    # A background job of a script ignores SIGINT, and so would every process that the tests start and
    # interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        help="an interpreter with pip that may load some of the wheels",
    )
    parser.add_argument("directory", type=Path, nargs="?", default=ROOT / "dist" / "release")
    options = parser.parse_args()
    wheels, sources = sorted(options.directory.glob("*.whl")), sorted(options.directory.glob("*.tar.gz"))
    if not wheels:
        raise SystemExit(f"{options.directory}: no wheel; make wheels")
    everything = ROOT / "tests" / "python"
    for wheel in wheels:
        if found := faults(wheel):
            raise SystemExit("\n".join([wheel.name, *(f"  {one}" for one in found)]))
        audit(wheel)
        python, why = interpreter(wheel, options.python)
        emulated = FOREIGN in Path(python or "").parents
        if python:
            part = emulated and os.environ.get("PRESTOP_LONG") != "1"
            try_out(
                wheel, python, [everything / f"test_{name}.py" for name in EMULATED] if part else [everything]
            )
        done = f"not run: {why}" if not python else f"tested without Rust{', emulated' if emulated else ''}"
        print(f"ok  {wheel.name} ({wheel.stat().st_size} bytes): audited, {done}", flush=True)
    for source in sources:
        from_source(source)
        print(f"ok  {source.name}: builds a wheel that runs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
