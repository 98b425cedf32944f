"""The workspace's id in the paths of the heartbeat's requests: always one segment, whatever it contains."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from beating import OWN, bare_host, beats, row
from hypothesis import given
from hypothesis import strategies as st
from platform_server import platform

import prestop.heartbeat as heartbeat
from prestop._beat.address import split, workspace_url

__all__ = ["bare_host"]

NOWHERE = ["", ".", "..", "\ud800"]


@given(
    st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from([*NOWHERE, "a/../b", "a?x=1#y", "%2e%2e", "\\"])
)
def test_an_id_is_one_part_of_the_path_or_none(workspace_id: str) -> None:
    url = workspace_url("http://platform:8080", workspace_id, "/delegations")
    if url is None:
        assert workspace_id in NOWHERE or any("\ud800" <= c <= "\udfff" for c in workspace_id)
        return
    # As it is sent.
    path = httpx.URL(url).raw_path.decode()
    assert path.split("/") == ["", "workspaces", quote(workspace_id, safe=""), "delegations"]
    assert "?" not in path and urlsplit(url).netloc == "platform:8080"


@pytest.mark.parametrize("workspace_id", ["a/../b", "a?x=1#y", "é b", 5, None])
async def test_an_odd_id_asks_for_its_own_workspace(
    workspace_id: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with platform(rows=[row(1, source=str(workspace_id))]) as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, workspace_id), 1)
        own = "/workspaces/" + quote(str(workspace_id), safe="")
        paths = [request.path for request in server.requests]
    assert paths[:2] == ["/registry/heartbeat", f"{own}/delegations"]
    assert all(path == own or path.startswith(f"{own}/") for path in paths[1:])
    assert f"{own}/notify" in paths


@pytest.mark.parametrize("workspace_id", NOWHERE)
async def test_an_id_that_is_no_part_of_a_path_beats_and_asks_for_nothing(
    workspace_id: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with platform() as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, workspace_id), 3)
        assert [request.path for request in server.requests] == ["/registry/heartbeat"] * 3
    assert [record.getMessage() for record in caplog.records if record.name == "heartbeat"] == [
        "heartbeat: no delegations, the workspace's id cannot stand in a URL"
    ]


async def test_a_parent_whose_id_is_no_part_of_a_path_is_not_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with platform(rows=[row(1)], workspaces={"ws-1": {"parent_id": ".."}}) as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url, "ws-1"), 1)
        assert {request.path for request in server.requests} == {
            "/registry/heartbeat", "/workspaces/ws-1/delegations", "/workspaces/ws-1", "/workspaces/ws-1/a2a", "/workspaces/ws-1/notify"
        }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "address", "credentials"),
    [
        ("http://platform", "http://platform", ""),
        ("http://platform/base//", "http://platform/base", ""),
        ("http://user:pw@platform:80/base", "http://platform:80/base", "user:pw"),
        ("http://a%40b:p%3aw@platform", "http://platform", "a@b:p:w"),
        ("http://user:p@w@[::1]:80", "http://[::1]:80", "user:p@w"),
        ("http://user@platform", "http://platform", "user:"),
        ("http://@platform", "http://platform", ""),
        ("http://platform/a@b", "http://platform/a@b", ""),
        ("http://platform?a@b", "http://platform?a@b", ""),
        ("no address", "no address", ""),
        (None, "None", ""),
    ],
)
def test_an_address_is_split_from_its_credentials(url: object, address: str, credentials: str) -> None:
    header = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
    assert split(url) == (address, header if credentials else {})


async def test_the_credentials_of_an_address_are_sent_as_a_header(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with platform(rows=[row(1)], workspaces={OWN: {"name": "one"}}) as server:
        url = server.url.replace("http://", "http://user:pw@") + "/"
        loop = heartbeat.HeartbeatLoop(url, OWN, auth=lambda: {"authorization": "Bearer x"})
        await beats(monkeypatch, loop, 1)
        sent = {one.path: one.headers["authorization"] for one in server.requests}
    assert loop.platform_url == url
    workspace = f"/workspaces/{OWN}"
    paths = ["", "/delegations", "/a2a", "/notify"]
    expected = ["/registry/heartbeat", *(workspace + path for path in paths)]
    assert sent == dict.fromkeys(expected, "Basic dXNlcjpwdw==")


async def test_a_slash_at_the_end_of_an_address_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with platform() as server:
        await beats(monkeypatch, heartbeat.HeartbeatLoop(server.url + "/", OWN), 1)
        paths = [one.path for one in server.requests]
    assert paths == ["/registry/heartbeat", f"/workspaces/{OWN}/delegations"]
