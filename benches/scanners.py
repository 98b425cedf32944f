"""Public scanners on the same text, if they are installed.

Each is a separate program, run on a file, without a network.

The result is the CPU time of the process less that for an empty file, so that start-up and rules do not
count, and a second core does not help. They look for more, fewer and other things than this package, and they
report where it replaces.
"""

import os
import re
import resource
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scanner:
    """A program, its arguments, and the pattern of one finding in its output."""

    program: str
    arguments: tuple[str, ...]
    finding: str
    # How often the text is repeated: long enough to dominate the start of the program, but not minutes.
    times: int
    found: tuple[int, ...] = (0,)


SCANNERS = {
    "detect-secrets": Scanner(
        "detect-secrets", ("--cores", "1", "scan", "--no-verify", "--all-files"), '"hashed_secret"', 1
    ),
    "kingfisher": Scanner(
        "kingfisher",
        (
            "scan",
            "--jobs",
            "1",
            "--no-validate",
            "--no-update-check",
            "--no-dedup",
            "--quiet",
            "--format",
            "jsonl",
        ),
        r'"line":',
        64,
        (0, 200, 205),
    ),
    "ripsecrets": Scanner("ripsecrets", (), r"(?m)^.+:", 8, (0, 1)),
}


class Bench:
    """The scanners that are installed."""

    def __init__(self, directories: list[Path]) -> None:
        path = ":".join(str(directory.absolute()) for directory in directories)
        programs = {name: shutil.which(scanner.program, path=path) for name, scanner in SCANNERS.items()}
        self._programs = {name: program for name, program in programs.items() if program}
        self.missing = sorted(set(SCANNERS) - set(self._programs))
        # A namespace without a network, if the system permits one.
        alone = ["unshare", "--map-root-user", "--net"]
        works = (
            shutil.which("unshare")
            and not subprocess.run([*alone, "true"], check=False, capture_output=True).returncode
        )
        self._alone = alone if works else []

    @property
    def names(self) -> list[str]:
        """The scanners that can be measured."""
        return list(self._programs)

    def rates(self, text: str, expected: int = 0) -> dict[str, float]:
        """Return the MB/s of every scanner; one that misses all expected findings is left out."""
        rates = {}
        for name in self._programs:
            scanner = SCANNERS[name]
            # The first call may compile rules and cache them.
            start = min(self._run(name, "nothing to see\n")[0] for _ in range(3))
            whole = text * scanner.times
            turns = [self._run(name, whole) for _ in range(2)]
            seconds = min(turn[0] for turn in turns) - start
            found = turns[0][1] / scanner.times
            if expected:
                print(
                    f"  ({name} found {found:,.0f} of {expected:,} in each {len(text.encode()):,} bytes)",
                    flush=True,
                )
            if expected and not found:
                continue
            rates[name] = len(whole.encode()) / seconds / 1e6
        return rates

    def _run(self, name: str, text: str) -> tuple[float, int]:
        scanner = SCANNERS[name]
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "text.txt"
            path.write_text(text, "utf-8")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = subprocess.run(
                [*self._alone, self._programs[name], *scanner.arguments, path.name],
                # One of them ignores files outside its working directory.
                cwd=directory,
                # Kingfisher caches compiled rules, by default in the user's home.
                env={**os.environ, "KF_RULE_CACHE_DIR": str(Path(self._programs[name]).parent / ".rules")},
                check=False,
                capture_output=True,
                text=True,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if run.returncode not in scanner.found:
            raise RuntimeError(f"{name} ended with {run.returncode}: {run.stderr[-500:]}")
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return seconds, len(re.findall(scanner.finding, run.stdout))
