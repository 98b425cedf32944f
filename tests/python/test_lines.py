"""`prestop.lines`: what is appended is scrubbed, whole and read back; a torn line costs only itself."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from secrets_at_run_time import SHAPES

import prestop
from prestop import SnapshotError, lines, snapshot


def test_values_come_back_in_order_and_scrubbed(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert lines.read(path) == lines.Lines([], 0)
    report = lines.append({"id": 1, "text": f"it is {SHAPES['github']}\nand more"}, path)
    assert (report.durability, report.repaired, report.rotated) == ("durable", False, False)
    assert sum(report.redactions.values()) == 1
    lines.append([1, "\ud800", None], str(path))
    values, bad = lines.read(path)
    assert bad == 0
    assert values[0]["id"] == 1 and SHAPES["github"] not in values[0]["text"]
    assert values[1] == [1, "\ud800", None]
    assert SHAPES["github"].encode() not in path.read_bytes()
    assert path.read_bytes().count(b"\n") == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["results.jsonl"]
    assert isinstance(report, prestop.Appended) and report.bytes > 0 and report.path == str(path)


def test_a_torn_line_costs_itself_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(b'{"id": 1}\n{"id"')
    assert lines.read(path) == ([{"id": 1}], 1)
    assert lines.append({"id": 2}, path).repaired
    assert lines.read(path) == ([{"id": 1}, {"id": 2}], 1)


def test_the_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    reports = [lines.append({"id": number}, path, size_limit=30) for number in range(9)]
    assert any(report.rotated for report in reports)
    assert path.stat().st_size <= 30
    kept = lines.read(tmp_path / ".results.jsonl.old").values + lines.read(path).values
    assert [value["id"] for value in kept] == list(range(9))[-len(kept) :]


def test_what_cannot_be_appended_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError):
        lines.append({}, tmp_path)
    with pytest.raises(SnapshotError):
        lines.append("words " * (1 << 18), tmp_path / "results.jsonl")
    with pytest.raises(ValueError, match="deadline"):
        lines.append({}, tmp_path / "results.jsonl", deadline=-1.0)
    assert os.listdir(tmp_path) == []


def test_other_programs_read_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    lines.append({"delegation_id": "d-1", "summary": "é\u2028"}, path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"delegation_id": "d-1", "summary": "é\u2028"}


@pytest.mark.parametrize("limit", [-1, 2**64, 10**30])
def test_an_option_out_of_range_is_a_value_error_that_names_it(tmp_path: Path, limit: int) -> None:
    with pytest.raises(ValueError, match="size_limit"):
        lines.append({"a": 1}, tmp_path / "x.jsonl", size_limit=limit)
    with pytest.raises(ValueError, match="limit"):
        prestop.Delegations("ws-1").set_seen_limit(limit)
    with pytest.raises(TypeError, match="size_limit"):
        lines.append({"a": 1}, tmp_path / "x.jsonl", size_limit=1.5)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_empty_is_an_error_of_one_sentence() -> None:
    for write in (lines.append, snapshot.write):
        with pytest.raises(ValueError, match=r"^the path is empty$"):
            write({}, "")
