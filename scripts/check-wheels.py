#!/usr/bin/env python3
"""Check the wheels of a release, and run what can run on this machine.

    python3 scripts/check-wheels.py [DIRECTORY]

Each wheel: its tag holds (auditwheel), only the stable interface is used (abi3audit), it holds what it should and no
trace of the machine that built it. What this machine can load is installed into a fresh environment without Rust on
PATH and tested there; so is a wheel that is built from the source distribution. Needs requirements-dist.txt beside the
interpreter that runs this.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# A source by its place on the machine that built it; ours stand below /prestop, the compiler's below /rustc and /rust/deps.
TRACES = re.compile(
    rb"(?<![\w.>/-])/(?!prestop/|rustc/|rust/deps/)(?:[\w.+-]+/)+[\w.-]+\.(?:rs|toml|lock)\b|file:///(?!prestop)[\w./-]+|\.cargo/registry"
)
TOO_LARGE = 3 << 20
NAME = re.compile(
    r"(?:prestop|lib)/[\w./]+\.(?:pyi?|typed)|prestop/_core\.abi3\.so|prestop-[\w.]+\.dist-info/[\w./-]+"
)


def said(*command: str | Path, **options: object) -> str:
    """Run a command and return what it says; show it where it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return f"{done.stdout}{done.stderr}"


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
    if "musllinux" in wheel.name:
        # A C library of this machine is not the one that it is for; musl takes the name libc.so for itself.
        with tempfile.TemporaryDirectory() as nowhere:
            if more := needed(said(BIN / "auditwheel", "show", "--ldpaths", nowhere, wheel)) - {"libc.so"}:
                raise SystemExit(f"{wheel.name}: needs more than musl: {', '.join(sorted(more))}")
    elif "linux" in wheel.name:
        tag = wheel.stem.rpartition("-")[2].split(".")[-1]
        if f'"{tag}"' not in said(BIN / "auditwheel", "show", wheel).replace("\n", " "):
            raise SystemExit(f"{wheel.name}: auditwheel gives it another tag than {tag}")
    said(BIN / "abi3audit", "--strict", wheel)


def needed(show: str) -> set[str]:
    """Return the libraries from elsewhere that a wheel needs, as `auditwheel show` lists them."""
    listed = show.partition("external shared libraries are required by the wheel:")[2]
    return set(re.findall(r'"([^"]+)": ', listed.partition("}")[0]))


def fits(wheel: Path) -> bool:
    """Say whether this machine can load a wheel."""
    tags = said(sys.executable, "-m", "pip", "debug", "--verbose")
    return any(f"cp311-abi3-{tag}" in tags for tag in wheel.stem.rpartition("-")[2].split("."))


def without_rust() -> dict[str, str]:
    """Return an environment in which no Rust is found."""
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if not (Path(entry) / "cargo").exists()]
    gone = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    return {
        **{name: value for name, value in os.environ.items() if name not in gone},
        "PATH": os.pathsep.join(path),
    }


def fresh(directory: Path) -> Path:
    """Make an environment and return its interpreter."""
    venv.create(directory, with_pip=True)
    return directory / "bin" / "python"


def try_out(wheel: Path, tests: bool) -> None:
    """Install a wheel where no Rust is, and run it."""
    environ = without_rust()
    with tempfile.TemporaryDirectory() as place:
        python = fresh(Path(place) / "venv")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
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
                ROOT / "tests" / "python",
                env=environ,
                cwd=ROOT,
            )


def from_source(source: Path) -> None:
    """Build a wheel from the source distribution, away from this repository, and run it."""
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
        try_out(wheel, tests=False)


def main(arguments: list[str]) -> int:
    directory = Path(arguments[0] if arguments else ROOT / "dist" / "release")
    wheels, sources = sorted(directory.glob("*.whl")), sorted(directory.glob("*.tar.gz"))
    if not wheels:
        raise SystemExit(f"{directory}: no wheel; make wheels")
    for wheel in wheels:
        if found := faults(wheel):
            raise SystemExit("\n".join([wheel.name, *(f"  {one}" for one in found)]))
        audit(wheel)
        run = fits(wheel)
        if run:
            try_out(wheel, tests=True)
        print(
            f"ok  {wheel.name}{', installed and tested without Rust' if run else ': built and checked, not run here'}"
        )
    for source in sources:
        from_source(source)
        print(f"ok  {source.name}: builds a wheel that runs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
