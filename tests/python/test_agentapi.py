"""AgentAPI from Python: the log snapshot and the version gate."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from secrets_at_run_time import SHAPES

import prestop
from prestop import Scrubber, agentapi

BALANCED = Scrubber()
SECRET = SHAPES["github"]

pieces = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(codec=None), max_size=30),  # lone surrogates, too
    st.sampled_from([f" {SECRET} ", "é" * 40, "\x01\x02" * 20, "🎈" * 20, '"\\\n' * 20]),
)
contents = st.builds(
    lambda parts, times: "".join(parts) * times, st.lists(pieces, max_size=4), st.sampled_from([1, 2, 3000])
)


def message(number: int, content: str, role: str = "user") -> dict[str, Any]:
    return {"id": number, "role": role, "content": content, "time": "2026-02-01T10:00:00Z"}


@given(st.lists(contents, min_size=1, max_size=12))
def test_any_conversation_fits_and_shows_no_secret(texts: list[str]) -> None:
    messages = [message(number, text) for number, text in enumerate(texts)]
    snapshot = agentapi.log_snapshot({"messages": messages}, scrubber=BALANCED)
    assert snapshot is not None and len(snapshot.body) <= 65_536
    shown = json.loads(snapshot.body)["messages"]
    assert len(shown) == snapshot.messages <= 10 and snapshot.of == len(texts)
    assert [one["id"] for one in shown] == list(range(len(texts)))[-len(shown) :]
    assert f" {SECRET} ".encode() not in snapshot.body
    assert snapshot.truncated == shown[0]["content"].startswith("[...")
    assert b"\\u0000" not in snapshot.body and b"\\ud" not in snapshot.body


def test_every_form_of_an_answer_is_taken() -> None:
    messages = [message(0, "hello"), message(1, f"use {SECRET}", "agent")]
    text = json.dumps({"$schema": "http://localhost/", "messages": messages})
    wanted = agentapi.log_snapshot(text)
    assert wanted is not None
    for form in (text.encode(), messages, json.loads(text)):
        snapshot = agentapi.log_snapshot(form)
        assert snapshot is not None and snapshot.body == wanted.body
    assert wanted.redactions == {"GITHUB_PAT": 1} and not wanted.truncated
    assert repr(wanted) == f"LogSnapshot(bytes={len(wanted.body)}, messages=2, of=2, truncated=False)"


def test_without_messages_there_is_none_and_without_a_list_an_error() -> None:
    assert agentapi.log_snapshot([]) is None
    assert agentapi.log_snapshot(b'{"messages": []}') is None
    for wrong in ("", "{}", {"messages": 5}, b"\xff", 5, None):
        with pytest.raises(ValueError):
            agentapi.log_snapshot(wrong)


def test_the_secrets_of_the_process_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODER_AGENT_TOKEN", "7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e")
    snapshot = agentapi.log_snapshot([message(0, "token 7c1d6a1e-52f5-4f1c-9d55-0f1c8f2b6f0e")])
    assert snapshot is not None and b"7c1d6a1e" not in snapshot.body
    assert prestop.agentapi is agentapi


@pytest.mark.parametrize(
    ("reported", "enough"),
    [
        ("agentapi version v0.12.0\n", True),
        ("0.12.1", True),
        ("0.12.0-rc1", True),
        ("0.11.8", False),
        ("latest", False),
        ("", False),
        ("1.0", False),
        ("0.9.0-preview", False),
    ],
)
def test_a_version_that_is_not_known_to_be_enough_is_not(reported: str, enough: bool) -> None:
    assert agentapi.version_at_least(reported) is enough


def test_the_minimum_can_be_another() -> None:
    assert agentapi.version_at_least("0.3.3", (0, 3, 3)) and not agentapi.version_at_least("0.3.2", (0, 3, 3))
