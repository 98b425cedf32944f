"""The shared vectors (`tests/vectors/`), which Rust and C run by the same names."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import prestop
from prestop import Scrubber, SnapshotError, _core, _scrubbers, pre_stop, snapshot

VECTORS = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))
import expand  # noqa: E402

LANGUAGE = "python"


class Vector:
    """One vector: its name and its fields, in order."""

    def __init__(self, name: str, fields: list[tuple[str, bytes]]) -> None:
        self.name = name
        self.fields = fields

    def get(self, key: str) -> bytes | None:
        return next(iter(self.all(key)), None)

    def all(self, key: str) -> list[bytes]:
        return [value for name, value in self.fields if name == key]

    def need(self, key: str) -> bytes:
        return self.all(key)[0]

    def runs_here(self) -> bool:
        only = self.get("only")
        return self.get("pending") is None and (only is None or LANGUAGE in only.decode().split())

    def scrubber(self) -> Scrubber:
        options: dict[str, Any] = json.loads(self.need("options"))
        return Scrubber(options.pop("preset"), **options)

    def judge(self, output: bytes) -> None:
        for part in self.all("gone"):
            assert part not in output
        for part in self.all("kept"):
            assert part in output
        wanted = self.get("output")
        if wanted is not None:
            assert output == wanted


def decoded(text: bytes) -> str | None:
    """Return the text as a Python string: UTF-8 with lone surrogates; None if it is not that."""
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def run_text(vector: Vector) -> None:
    scrubber, given = vector.scrubber(), vector.need("input")
    output = scrubber.scrub_bytes(given)
    vector.judge(output)
    if not vector.name.endswith("/molecule"):
        assert scrubber.scrub_bytes(output) == output
    text = decoded(given)
    if text is None:
        return
    scrubbed = scrubber.scrub_text(text)
    assert scrubbed.encode("utf-8", "surrogatepass") == output
    assert (scrubbed is text) == (output == given)
    findings = scrubber.findings(text)
    assert (findings == []) == (output == given)
    wanted = list(zip(vector.all("finding_label"), vector.all("finding_text"), strict=True))
    if wanted:
        found = [(finding.label, text[finding.start : finding.end]) for finding in findings]
        assert found == [(label.decode(), part.decode()) for label, part in wanted]


def run_json(vector: Vector) -> None:
    scrubber = vector.scrubber()
    output = _core.encode(json.loads(vector.need("input")), scrubber)[0]
    vector.judge(output)
    assert _core.encode(json.loads(output), scrubber)[0] == output


def run_build(vector: Vector, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scrubber, state = vector.scrubber(), json.loads(vector.need("state"))
    monkeypatch.setattr("time.time", lambda: state["now"])
    monkeypatch.delenv("WORKSPACE_ID", raising=False)
    if "workspace_id" in state:
        monkeypatch.setenv("WORKSPACE_ID", state["workspace_id"])
    heartbeat = SimpleNamespace(
        current_task=state.get("current_task", ""), active_tasks=state.get("active_tasks", 0)
    )
    if "start_time" in state:
        heartbeat.start_time = state["start_time"]
    if "session_id" in state:
        heartbeat._session_id = state["session_id"]
    built = pre_stop.build_snapshot(heartbeat, state.get("adapter", {}))
    wanted = json.loads(vector.need("built"))
    # A rule of the replaced module: with a heartbeat there is always a session, empty if nobody has one.
    if "session_id" not in wanted and not wanted["adapter"].get("session_id"):
        assert built.pop("session_id") == ""
    assert list(built.items()) == list(wanted.items())
    snapshot.write(built, path, scrubber=scrubber)
    assert path.read_bytes() == vector.need("document")
    monkeypatch.setattr(_scrubbers, "shared", lambda: scrubber)
    restored = snapshot.read(path)
    assert restored is not None
    assert (restored.source, restored.verified) in [("current", True), ("current", None)]
    assert list(restored.snapshot.items()) == list(json.loads(vector.need("restored")).items())


def run_read(vector: Vector, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scrubber, file, previous = vector.scrubber(), vector.get("file"), vector.get("previous")
    monkeypatch.setattr(_scrubbers, "shared", lambda: scrubber)
    if file is not None:
        path.write_bytes(file)
    elif vector.get("place") == b"directory":
        path.mkdir()
    if previous is not None:
        (path.parent / f".{path.name}.prev").write_bytes(previous)
    error = vector.get("error")
    if error is not None:
        with pytest.raises(SnapshotError):
            snapshot.read(path)
        return
    source = vector.need("source").decode()
    # Twice: the second read gives the same answer, and what was put back is then the current snapshot.
    for wanted in (source, "none" if source == "none" else "current"):
        restored = snapshot.read(path)
        if wanted == "none":
            assert restored is None
            continue
        assert restored is not None
        # What was put back has been scrubbed and marked by us.
        assert restored.source == wanted and restored.verified is not False
        assert restored.snapshot == json.loads(vector.need("snapshot"))


def run_payload(vector: Vector) -> None:
    body = prestop.heartbeat_payload(json.loads(vector.need("state")), scrubber=Scrubber("strict"))
    vector.judge(body)
    payload = vector.get("payload")
    if payload is not None:
        assert list(json.loads(body).items()) == list(json.loads(payload).items())


def run_inbound_secret(vector: Vector) -> None:
    body, secret = vector.need("body"), vector.get("secret")
    wanted = None if secret is None else secret.decode()
    text = decoded(body)
    assert prestop.heartbeat_inbound_secret(body) == wanted
    assert text is None or prestop.heartbeat_inbound_secret(text) == wanted


def run_delegations(vector: Vector) -> None:
    delegations = prestop.Delegations(vector.need("workspace_id").decode())
    now, output, told = 0.0, b"", list[str]()
    for key, value in vector.fields:
        if key == "at":
            now = float(value)
        elif key == "ingest":
            ingested = delegations.ingest(json.loads(value), Scrubber("strict"), now)
            said = {
                "results": [json.loads(result.line()) for result in ingested.results],
                "foreign": ingested.foreign,
                "skipped": ingested.skipped,
                "left": ingested.left,
            }
            output = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        elif key == "ingested":
            assert json.loads(output) == json.loads(value)
        elif key == "confirm":
            delegations.confirm(json.loads(value))
        elif key == "due":
            wake_up = delegations.due(float(value))
            output, told = (b"", []) if wake_up is None else (wake_up.text.encode(), wake_up.delegation_ids)
        elif key == "wake_up":
            assert told == json.loads(value)
        elif key == "gone":
            assert value not in output
        elif key == "kept":
            assert value in output


ALL = [Vector(name, fields) for name, fields in expand.vectors()]


@pytest.mark.parametrize("vector", [pytest.param(one, id=one.name) for one in ALL if one.runs_here()])
def test_vector(vector: Vector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runners: dict[bytes, Callable[[], None]] = {
        b"text": lambda: run_text(vector),
        b"json": lambda: run_json(vector),
        b"build": lambda: run_build(vector, tmp_path / "snapshot.json", monkeypatch),
        b"read": lambda: run_read(vector, tmp_path / "snapshot.json", monkeypatch),
        b"payload": lambda: run_payload(vector),
        b"inbound_secret": lambda: run_inbound_secret(vector),
        b"delegations": lambda: run_delegations(vector),
    }
    runners[vector.need("call")]()


def test_there_are_vectors_of_every_kind() -> None:
    count = {
        kind: sum(one.name.startswith(f"{kind}/") for one in ALL)
        for kind in ("text", "values", "snapshots", "heartbeat", "hostile")
    }
    assert all(number >= least for number, least in zip(count.values(), (40, 25, 20, 25, 25), strict=True)), (
        count
    )
