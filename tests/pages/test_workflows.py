"""The workflows are YAML, only call the Makefile, have few permissions, and use only pinned actions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.y*ml"))
VERBS = set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
USES = re.compile(r"^\s*(?:- )?uses: (?P<action>[\w./-]+)@(?P<version>\S+)(?P<comment>.*)$", re.MULTILINE)


def workflow(path: Path) -> dict[Any, Any]:
    parsed = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def verbs(command: str) -> list[str]:
    """Return the verbs of make that a command calls."""
    calls = re.findall(r"(?:^|[;&|]\s*)make((?:[ \t]+[\w=./-]+)+)", command, re.MULTILINE)
    return [word for call in calls for word in call.split() if "=" not in word and not word.startswith("-")]


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} >= {"test", "wheels", "long", "fuzz"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_complete(path: Path) -> None:
    parsed = workflow(path)
    # YAML 1.1 reads the key `on` as true.
    assert {"name", True, "permissions", "jobs"} <= parsed.keys()
    assert parsed["permissions"] == {"contents": "read"}
    for name, job in parsed["jobs"].items():
        assert job["timeout-minutes"] <= 360 and "latest" not in str(job["runs-on"]), name
        assert (
            set(job.get("needs", []) if isinstance(job.get("needs"), list) else [job.get("needs")]) - {None}
            <= parsed["jobs"].keys()
        )
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned(path: Path) -> None:
    text = path.read_text("utf-8")
    uses = list(USES.finditer(text))
    assert len(uses) == text.count("uses:") == sum("uses" in step for step in steps(path))
    for found in uses:
        assert re.fullmatch(r"[0-9a-f]{40}", found["version"]), found[0]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", found["comment"]), found[0]


def test_an_action_has_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for found in USES.finditer(path.read_text("utf-8")):
            versions.setdefault(found["action"], set()).add(found["version"] + found["comment"])
    assert {action: pins for action, pins in versions.items() if len(pins) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_verbs_exist(path: Path) -> None:
    for step in steps(path):
        command = step.get("run", "")
        assert set(verbs(command)) <= VERBS, command
        for script in re.findall(r"(?<![\w/])(?:\.ci|scripts)/[\w.-]+", command):
            assert (ROOT / script).stat().st_mode & 0o111, script
        # Text that others wrote (a title, a branch) must never become part of a command.
        assert "${{" not in command, command


def test_verbs_are_found() -> None:
    assert verbs("make lint test\ncd x && make wheels WHEELS=--all -j2; echo make y") == [
        "lint",
        "test",
        "wheels",
    ]
    assert {"lint", "test", "wheels", "docs", "fuzz"} <= VERBS and "PREFIX" not in VERBS


def test_verbs_are_explained() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for verb in ("docs", "fuzz", "wheels", "wheels-check", "reproducible"):
        assert re.search(rf"^make {verb} ", said, re.MULTILINE), verb
