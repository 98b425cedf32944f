"""`prestop.snapshot_scrub`: every sentence of its contract, by example."""

from __future__ import annotations

from typing import Any

import pytest
from secrets_at_run_time import ANTHROPIC, GITHUB, OPENAI

import lib.snapshot_scrub
import prestop.snapshot_scrub
from prestop import snapshot_scrub
from prestop.snapshot_scrub import is_sandbox_content, scrub_content, scrub_memory_entry, scrub_snapshot


def test_the_old_name_is_the_same_module() -> None:
    assert lib.snapshot_scrub is prestop.snapshot_scrub


def test_the_documented_patterns_are_there_in_their_order() -> None:
    assert [label for _, label in snapshot_scrub._SECRET_PATTERNS] == [
        "API_KEY",
        "TOKEN",
        "SECRET",
        "BEARER_TOKEN",
        "SK_TOKEN",
        "GITHUB_PAT",
        "GITHUB_SERVER_TOKEN",
        "GITHUB_PAT_V2",
        "AWS_ACCESS_KEY",
        "CF_TOKEN",
        "MOL_PK",
        "CTX7_TOKEN",
        "BASE64_BLOB",
    ]


def test_the_sandbox_markers_are_those_of_the_core() -> None:
    assert tuple(snapshot_scrub._SANDBOX_TOOL_MARKERS) == (
        "source=sandbox",
        "tool=run_code",
        "[sandbox_output]",
    )
    for marker in snapshot_scrub._SANDBOX_TOOL_MARKERS:
        assert prestop.Scrubber.is_sandbox(f"x {marker.upper()} y")


@pytest.mark.parametrize("falsy", [None, 0, b"", "", [], {}, ()])
def test_scrub_content_returns_anything_falsy_as_it_is(falsy: Any) -> None:
    assert scrub_content(falsy) is falsy


@pytest.mark.parametrize("wrong", [5, b"bytes", ["list"], {"a": 1}, object()])
def test_scrub_content_refuses_what_is_not_text(wrong: Any) -> None:
    with pytest.raises(TypeError):
        scrub_content(wrong)


@pytest.mark.parametrize("falsy", [None, 0, b"", "", [], {}])
def test_nothing_is_not_sandbox_content(falsy: Any) -> None:
    assert is_sandbox_content(falsy) is False


@pytest.mark.parametrize(
    "text", ["a source=sandbox b", "TOOL=RUN_CODE", "[Sandbox_Output] x", "resource=sandboxed"]
)
def test_a_marker_in_any_case_and_place_makes_sandbox_content(text: str) -> None:
    assert is_sandbox_content(text) is True


@pytest.mark.parametrize(
    ("wrong", "error"), [(5, AttributeError), (["x"], AttributeError), (b"x", TypeError)]
)
def test_is_sandbox_content_refuses_what_is_not_text(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        is_sandbox_content(wrong)


def test_an_entry_is_copied_and_only_its_content_is_looked_at() -> None:
    tags = ["a"]
    entry = {"content": "plain", "note": "password=hunter2hunter2", "tags": tags}
    scrubbed = scrub_memory_entry(entry)
    assert scrubbed == entry
    assert scrubbed is not entry
    assert scrubbed is not None
    assert scrubbed["tags"] is tags


def test_an_entry_without_content_gets_an_empty_one() -> None:
    assert scrub_memory_entry({"id": 1}) == {"id": 1, "content": ""}


def test_content_that_is_none_stays_none() -> None:
    assert scrub_memory_entry({"content": None}) == {"content": None}


@pytest.mark.parametrize("wrong", [None, "text", 5, {"content": 5}, {"content": ["x"]}])
def test_an_entry_of_another_kind_is_an_attribute_error(wrong: Any) -> None:
    with pytest.raises(AttributeError):
        scrub_memory_entry(wrong)


def test_an_entry_from_the_sandbox_is_none() -> None:
    assert scrub_memory_entry({"content": "tool=run_code print(1)"}) is None


def test_a_snapshot_loses_the_memories_that_carry_a_sandbox_marker() -> None:
    kept = {"content": "remember the milk"}
    snapshot = {"memories": [kept, {"content": "log tool=run_code print(1)"}], "x": 1}
    assert scrub_snapshot(snapshot) == {"memories": [kept], "x": 1}
    assert len(snapshot["memories"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("memories", [{}, {"memories": None}, {"memories": ()}, {"memories": []}])
def test_memories_are_always_there_as_a_list(memories: dict[str, Any]) -> None:
    assert scrub_snapshot(memories) == {"memories": []}


def test_other_fields_of_a_snapshot_are_not_looked_at() -> None:
    inner = {"password": "hunter2hunter2"}
    assert scrub_snapshot({"state": inner})["state"] is inner


def test_no_snapshot_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        scrub_snapshot(None)  # type: ignore[arg-type]


def test_entries_that_are_text_are_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        scrub_snapshot({"memories": ["text"]})


# --- what hosts' own tests demand


def test_a_named_key_goes_with_its_label() -> None:
    assert "[REDACTED:API_KEY]" in scrub_content(f"OPENAI_API_KEY={OPENAI}")


def test_three_secrets_in_one_text_are_three_markers() -> None:
    text = f"first {ANTHROPIC} second {GITHUB} third Authorization: Bearer xyz"
    scrubbed = scrub_content(text)
    assert scrubbed.count("[REDACTED:") == 3
    for label in ("SK_TOKEN", "GITHUB_PAT", "BEARER_TOKEN"):
        assert f"[REDACTED:{label}]" in scrubbed


def test_clean_text_is_the_same_object() -> None:
    text = "The quick brown fox looks at /home/agent/projects/molecule/workspace/lib/pre_stop.py"
    assert scrub_content(text) is text
