"""Two processes of one workspace, as in a rolling restart: one results file, into which each result goes once."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from beating import OWN, bare_host, beats, row, written
from platform_server import Platform, platform

import prestop.heartbeat as heartbeat
from prestop._beat import lock
from prestop._beat.results import Results
from prestop._delegations import Delegations

__all__ = ["bare_host"]

Pair = tuple[heartbeat.HeartbeatLoop, heartbeat.HeartbeatLoop]


async def two_loops(monkeypatch: pytest.MonkeyPatch, server: Platform) -> Pair:
    """Two loops that both looked at the files before there was a result."""
    pair = heartbeat.HeartbeatLoop(server.url, OWN), heartbeat.HeartbeatLoop(server.url, OWN)
    for loop in pair:
        await beats(monkeypatch, loop, 1)
    return pair


async def test_two_processes_deliver_a_result_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with platform() as server:
        first, second = await two_loops(monkeypatch, server)
        for number, order in enumerate([(first, second), (second, first)]):
            server.rows = [row(number), row(f"{number}-b")]
            for loop in order:
                await beats(monkeypatch, loop, 1)
        assert len(server.sent("/notify")) == 4
    assert sorted(one["delegation_id"] for one in written(tmp_path)) == ["d-0", "d-0-b", "d-1", "d-1-b"]


async def test_what_the_agent_took_meanwhile_is_not_delivered_by_the_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with platform() as server:
        first, second = await two_loops(monkeypatch, server)
        server.rows = [row(1)]
        await beats(monkeypatch, first, 1)
        (tmp_path / "results.jsonl").unlink()
        await beats(monkeypatch, second, 3)
        assert len(server.sent("/notify")) == len(server.sent("/a2a")) == 1
    assert written(tmp_path) == []


async def test_what_waited_in_both_is_delivered_and_told_to_the_user_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "results.jsonl").mkdir()
    async with platform(rows=[row(1)]) as server:
        first, second = await two_loops(monkeypatch, server)
        (tmp_path / "results.jsonl").rmdir()
        for loop in (first, second):
            await beats(monkeypatch, loop, 1)
        assert len(server.sent("/notify")) == 1
    assert len(written(tmp_path)) == 1


async def test_the_agent_is_told_of_what_a_process_left_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with platform() as server:
        first, second = await two_loops(monkeypatch, server)
        server.rows = [row(1)]
        # It ends before it can tell the agent.
        server.wrong = lambda request: None if request.path.endswith("/a2a") else ...
        await beats(monkeypatch, first, 1)
        server.wrong = lambda request: ...
        server.requests.clear()
        await beats(monkeypatch, second, 3)
        assert len(server.sent("/a2a")) == 1
    assert len(written(tmp_path)) == 1


def some_results(count: int) -> list[Any]:
    return Delegations(OWN).ingest([row(number) for number in range(count)]).results


def test_at_the_same_moment_one_of_them_is_the_first(tmp_path: Path) -> None:
    path = str(tmp_path / "results.jsonl")
    results = some_results(20)
    processes = [Results(path, OWN) for _ in range(4)]
    with ThreadPoolExecutor(len(processes)) as pool:
        ours = list(pool.map(lambda one: sum(one.append(result) for result in results), processes))
    assert sum(ours) == len(results)
    assert len({one["delegation_id"] for one in written(tmp_path)}) == len(written(tmp_path)) == len(results)


def test_files_that_nobody_else_changed_are_not_read_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from prestop import _core

    path = tmp_path / "results.jsonl"
    one = Results(str(path), OWN)
    first, second, third = some_results(3)
    monkeypatch.setattr(_core, "lines", lambda *given, **options: pytest.fail("read again"))
    one.append(first)
    one.append(second)
    path.rename(f"{path}.consumed")
    one.append(third)


@pytest.mark.parametrize("how", ["held", "FIFO", "link", "another user's"])
def test_a_lock_that_cannot_be_had_costs_no_result(
    how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    place, elsewhere = tmp_path / "results.jsonl.lock", tmp_path / "elsewhere"
    if how == "FIFO":
        os.mkfifo(place)
    elif how == "link":
        place.symlink_to(elsewhere)
    else:
        place.touch()
    if how == "another user's":
        if os.geteuid() != 0:
            pytest.skip("it takes two users")
        os.chown(place, 65533, -1)
    with elsewhere.open("x") if how == "FIFO" else place.open("a") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        one = Results(str(tmp_path / "results.jsonl"), OWN)
        assert [one.append(result) for result in some_results(2)] == [True, True]
    assert len(written(tmp_path)) == 2


@pytest.mark.parametrize("name", ["", ".", "..", "directory"])
def test_no_lock_is_made_beside_what_is_no_file(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "directory").mkdir()
    monkeypatch.chdir(tmp_path)
    one = Results(name, OWN)
    with pytest.raises((OSError, ValueError)):
        one.append(some_results(1)[0])
    assert [found.name for found in tmp_path.iterdir()] == ["directory"]
