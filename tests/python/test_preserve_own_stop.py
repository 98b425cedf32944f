"""`preserve` inside a host with a graceful stop of its own: that stop may finish, within the grace."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hosts import host

TERM, INT = signal.SIGTERM, signal.SIGINT
ONE_WRITE = ["begins", "ends"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["drains", "drains_nested", "drains_on_another_loop"])
def test_a_stop_that_hangs_on_the_loop_goes_on_to_its_end(path: Path, name: str, number: int) -> None:
    with host(name, path) as draining:
        assert draining.stop(number) == 0
    # Once, and not again after the write.
    assert draining.told("handled") == [number]
    assert draining.told("drained") == draining.told("after") == [True]
    assert draining.writes == ONE_WRITE * (2 if name == "drains_nested" else 1)
    assert draining.snapshot["adapter"]["step"] == 8
    assert "WARNING" not in draining.log and "Traceback" not in draining.log


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["lifespan", "lifespan_nested"])
def test_inside_the_lifespan_of_a_server_it_saves_what_the_last_requests_did(
    path: Path, name: str, number: int
) -> None:
    with host(name, path) as served:
        assert served.stop(number) == -number
    assert served.told("handled") == [number]
    assert served.told("shutdown") == ["complete"]
    assert served.writes == ONE_WRITE * (2 if name == "lifespan_nested" else 1)
    assert served.snapshot["adapter"]["step"] == 8
    assert "WARNING" not in served.log


def test_a_stop_of_the_hosts_own_that_takes_too_long_is_cut_while_there_is_time_to_save(path: Path) -> None:
    with host("drains_too_slowly", path) as slow:
        slow.until("ready")
        slow.send(TERM)
        # A second signal requests the same.
        slow.until("handled")
        slow.send(TERM)
        assert slow.end() == 9
    # It would have taken longer than a host may take to end.
    assert slow.told("handled") == [TERM, TERM]
    assert slow.told("drained") == []
    assert slow.writes == ONE_WRITE
    assert slow.snapshot["adapter"] == {"session_id": "session-1", "step": 0}
    assert slow.log.count("WARNING") == 1
    assert "own stop has not ended after 0.5 s" in slow.log
