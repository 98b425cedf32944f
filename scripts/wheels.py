#!/usr/bin/env python3
"""Build the wheels of a release, reproducibly, and the source distribution.

    python3 scripts/wheels.py [--out DIR] [--all] [--no-sdist] [TARGET ...]

The wheels have the same bytes wherever and whenever they are built. Linux wheels are linked by zig against
old C libraries (manylinux 2.17, musllinux 1.2), so any Linux can build them for any other. A target whose
standard library this toolchain does not have is reported and left out; with --all it is an error. Needs
maturin, zig and zopflipy (requirements-dist.txt) installed for the interpreter that runs this.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import platform
import subprocess
import sys
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import squeeze

ROOT = Path(__file__).resolve().parents[1]
LINUX = {
    "x86_64-unknown-linux-gnu": "manylinux_2_17",
    "aarch64-unknown-linux-gnu": "manylinux_2_17",
    "x86_64-unknown-linux-musl": "musllinux_1_2",
    "aarch64-unknown-linux-musl": "musllinux_1_2",
}
# The path in the wheel that replaces that of the directory in which it was built.
ANYWHERE = "/prestop"


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def buildable(targets: list[str]) -> tuple[list[str], list[str]]:
    """Return the targets for which this toolchain has a standard library, and the others."""
    there: tuple[list[str], list[str]] = [], []
    for target in targets:
        library = Path(output("rustc", "--print", "target-libdir", "--target", target))
        there[0 if any(library.glob("libstd-*")) else 1].append(target)
    return there


def environment(triple: str = "") -> dict[str, str]:
    """Return the environment of a build that leaves no trace of itself in the result."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    registries = sorted((home / "registry" / "src").glob("*"))
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    places = [(str(ROOT), ANYWHERE), (target, f"{ANYWHERE}/target"), (str(home), f"{ANYWHERE}/cargo")]
    places += [(str(registry), f"{ANYWHERE}/crates") for registry in registries]
    flags = [*os.environ.get("RUSTFLAGS", "").split(), *(f"--remap-path-prefix={a}={b}" for a, b in places)]
    if triple.endswith("-musl"):
        # Python loads the module into its own C library.
        flags.append("-Ctarget-feature=-crt-static")
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or output("git", "log", "-1", "--format=%ct")
    return {
        **{name: value for name, value in os.environ.items() if name != "RUSTFLAGS"},
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_INCREMENTAL": "0",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "SOURCE_DATE_EPOCH": epoch,
    }


def build(target: str, out: Path) -> Path:
    """Build the wheel for a target and return it."""
    before = set(out.glob("*.whl"))
    command = [
        "maturin",
        "build",
        "--release",
        "--strip",
        "--locked",
        "--quiet",
        "--target",
        target,
        "--out",
        str(out),
    ]
    if target in LINUX:
        command += ["--zig", "--compatibility", LINUX[target], "--interpreter", sys.executable]
    subprocess.run(command, cwd=ROOT, check=True, env=environment(target))
    (wheel,) = set(out.glob("*.whl")) - before
    settle(wheel, int(environment()["SOURCE_DATE_EPOCH"]))
    return wheel


def settle(wheel: Path, epoch: int) -> None:
    """Remove time and place of the build from the wheel's bill of materials, and write the wheel anew."""
    with zipfile.ZipFile(wheel) as archive:
        files = [(entry, archive.read(entry)) for entry in archive.infolist()]
    changed: dict[str, bytes] = {}
    for entry, content in files:
        if "/sboms/" in entry.filename:
            changed[entry.filename] = settled(content, epoch)
    new = []
    for entry, content in files:
        if entry.filename.endswith(".dist-info/RECORD"):
            new.append((plain(entry), record(content, changed)))
        else:
            new.append((plain(entry), changed.get(entry.filename, content)))
    squeeze.write(wheel, new)


def plain(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return an entry without a date, and with the mode that it would have under any umask."""
    made = zipfile.ZipInfo(entry.filename)
    made.external_attr = (0o100755 if entry.filename.endswith(".so") else 0o100644) << 16
    return made


def settled(content: bytes, epoch: int) -> bytes:
    """Return a bill of materials that is the same for every build of these sources."""
    bill = json.loads(content.replace(str(ROOT).encode(), ANYWHERE.encode()))
    bill.pop("serialNumber", None)
    bill["metadata"]["timestamp"] = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = json.dumps(bill, indent=2)
    bill["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, text)}"
    return (json.dumps(bill, indent=2) + "\n").encode()


def record(content: bytes, changed: dict[str, bytes]) -> bytes:
    """Return RECORD with the digests and lengths of the changed files."""
    lines = []
    for line in content.decode().splitlines():
        name = line.split(",")[0]
        if name in changed:
            digest = base64.urlsafe_b64encode(hashlib.sha256(changed[name]).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(changed[name])}")
        else:
            lines.append(line)
    return ("\n".join(lines) + "\n").encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "release")
    parser.add_argument("--all", action="store_true", help="a target that cannot be built is an error")
    parser.add_argument("--no-sdist", action="store_true", help="only the wheels")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    targets = options.targets or (
        list(LINUX) if platform.system() == "Linux" else [output("rustc", "--print", "host-tuple")]
    )
    able, unable = buildable(targets)
    for target in unable:
        print(
            f"NOT BUILT {target}: this toolchain has no standard library for it (rustup target add {target})"
        )
    if options.all and unable:
        return 1
    output("cargo", "fetch", "--locked")
    options.out.mkdir(parents=True, exist_ok=True)
    for old in [*options.out.glob("*.whl"), *options.out.glob("*.tar.gz")]:
        old.unlink()
    made = [build(target, options.out) for target in able]
    if not options.no_sdist:
        command = ["maturin", "sdist", "--out", str(options.out)]
        subprocess.run(command, cwd=ROOT, check=True, env=environment())
        made += options.out.glob("*.tar.gz")
    for file in made:
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
