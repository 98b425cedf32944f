#!/usr/bin/env python3
"""Remove the steps of the durable write, one at a time: the tests must notice each.

    scripts/mutate-snapshot.py [WORD...]

With words, only the mutations whose description contains one of them. The sources are copied; nothing here is
changed. Exit status 1 if a mutation survives.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/snapshot/mutations.toml"
# The suites left out of the first stage, which is quick and catches most mutations.
SLOW = ["crash", "model", "power", "soak"]
# This suite compares the list with the sources.
LISTED = "mutations"
STAGES = [
    [word for name in SLOW for word in ("--skip", name)] + ["--skip", LISTED],
    ["crash", "model"],
    ["power", "soak"],
]
SECONDS = 600


def main(words: list[str]) -> int:
    """Try every requested mutation; return the exit status."""
    mutations = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutation"]
    chosen = [m for m in mutations if not words or any(word in m["what"] for word in words)]
    survived = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        copy = Path(directory)
        copy_sources(copy)
        if run(copy) is not None:
            print("the suites are red without any mutation", file=sys.stderr)
            return 1
        for mutation in chosen:
            path = copy / "src/snapshot" / mutation["file"]
            source = path.read_text(encoding="utf-8")
            if source.count(mutation["from"]) != 1:
                raise SystemExit(f"does not apply: {mutation['what']}")
            path.write_text(source.replace(mutation["from"], mutation["to"]), encoding="utf-8")
            caught = run(copy)
            path.write_text(source, encoding="utf-8")
            if caught is None:
                survived.append(mutation["what"])
            print(
                f"{'SURVIVED' if caught is None else 'caught'}: {mutation['what']} ({caught or '-'})",
                flush=True,
            )
    print(f"{len(chosen) - len(survived)} of {len(chosen)} mutations caught")
    return 1 if survived else 0


def copy_sources(copy: Path) -> None:
    """Copy the files that git tracks or would add."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            # With a new modification time, so that what was built from an earlier copy is out of date.
            shutil.copy(ROOT / name, copy / name)


def run(copy: Path) -> str | None:
    """Run the suites; return the first test that failed, or None if all passed."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "mutants"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "RUST_BACKTRACE": "0"}
    environment.pop("PRESTOP_LONG", None)
    cargo = [os.environ.get("CARGO", "cargo"), "test", "--quiet", "--locked", "--package", "prestop"]
    for stage in STAGES:
        command = [*cargo, "--test", "snapshot", "--", *stage]
        # A mutant may wait for ever; its whole process group is killed.
        process = subprocess.Popen(
            command,
            cwd=copy,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return "it hangs"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if "could not compile" in said:
            raise SystemExit(f"does not compile:\n{said}")
        if process.returncode != 0:
            names = [line.split()[1] for line in said.splitlines() if line.startswith("---- ")]
            return names[0] if names else f"exit status {process.returncode}"
    return None


if __name__ == "__main__":
    # So that SIGTERM removes the copy and ends the tests, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
