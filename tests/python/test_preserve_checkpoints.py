"""`preserve(checkpoint=...)`: saving while the body runs, so that a kill costs at most one interval."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import itertools
import json
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts import host
from hypothesis import given
from hypothesis import strategies as st
from waiting import until, until_on_loop

import prestop
from prestop import _state, pre_stop
from prestop._checkpoint import _fingerprint
from prestop._jobs import Job

INTERVAL = 0.1


class Adapter:
    def __init__(self) -> None:
        self.state: Any = {"step": 0}
        self.fails = False

    def pre_stop_state(self) -> Any:
        if self.fails:
            raise RuntimeError("no state today")
        return self.state


class Writes:
    """Every write that was made: when it began, when it ended, and the adapter's part."""

    def __init__(self, write: Callable[..., bool]) -> None:
        self._write = write
        self.seconds = 0.0
        self.answer: bool | None = None
        self.made: list[tuple[float, float, Any]] = []

    def __call__(self, snapshot: dict[str, Any], path: Any = None) -> bool:
        began, part = time.monotonic(), json.loads(json.dumps(snapshot["adapter"], default=str))
        time.sleep(self.seconds)
        written = self._write(snapshot, path) if self.answer is None else self.answer
        self.made.append((began, time.monotonic(), part))
        return written

    def wait_for(self, number: int) -> None:
        until(lambda: len(self.made) >= number)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    watched = Writes(pre_stop.write_snapshot)
    monkeypatch.setattr(pre_stop, "write_snapshot", watched)
    return watched


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.fixture
def counted() -> Iterator[Callable[[str], int]]:
    before = prestop.stats()
    yield lambda name: prestop.stats()[name] - before[name]


def test_a_changed_state_is_saved_while_the_body_runs(path: Path, writes: Writes) -> None:
    adapter = Adapter()
    with prestop.preserve(adapter, path=path, checkpoint=INTERVAL):
        writes.wait_for(1)
        adapter.state["step"] = 1
        writes.wait_for(2)
        adapter.state = {"step": 2}
        writes.wait_for(3)
        assert json.loads(path.read_text())["adapter"] == {"step": 2}
    assert [part["step"] for _, _, part in writes.made] == [0, 1, 2, 2]


async def test_the_async_form_too_with_an_async_hook(path: Path, writes: Writes) -> None:
    class Async(Adapter):
        async def pre_stop_state(self) -> Any:
            await asyncio.sleep(0)
            return self.state

    adapter = Async()
    async with prestop.preserve(adapter, path=path, checkpoint=INTERVAL):
        await asyncio.to_thread(writes.wait_for, 1)
        adapter.state["step"] = 1
        await asyncio.to_thread(writes.wait_for, 2)
    assert [part["step"] for _, _, part in writes.made] == [0, 1, 1]


async def test_the_heartbeat_s_task_is_a_change(path: Path, writes: Writes) -> None:
    class Heartbeat:
        current_task = "one"
        active_tasks = 1
        start_time = 0.0

    heartbeat = Heartbeat()
    async with prestop.preserve(Adapter(), heartbeat, path=path, checkpoint=INTERVAL):
        await asyncio.to_thread(writes.wait_for, 1)
        heartbeat.current_task = "two"
        await asyncio.to_thread(writes.wait_for, 2)
        assert json.loads(path.read_text())["current_task"] == "two"


def test_an_unchanged_state_is_not_saved_again(
    path: Path, writes: Writes, counted: Callable[[str], int]
) -> None:
    with prestop.preserve(Adapter(), path=path, checkpoint=0.02):
        until(lambda: counted("checkpoints_unchanged") >= 5)
        assert len(writes.made) == counted("checkpoints") == 1
    assert counted("saved") == 1


def test_at_most_once_per_interval_also_when_a_write_is_slow(path: Path, writes: Writes) -> None:
    class Changing(Adapter):
        def pre_stop_state(self) -> Any:
            return {"at": time.monotonic()}

    interval = 3 * INTERVAL
    writes.seconds = interval / 2
    with prestop.preserve(Changing(), path=path, checkpoint=interval):
        writes.wait_for(6)
        # The write of the stop is not bound to the interval.
        starts = [began for began, _, _ in writes.made[:6]]
    # Each may be late on a busy machine, even the first, but without pauses five would take less than this.
    assert starts[-1] - starts[0] > interval * 3


@pytest.mark.parametrize("asynchronous", [False, True])
def test_never_together_with_the_write_of_the_stop_and_never_after_it(
    path: Path, writes: Writes, asynchronous: bool
) -> None:
    class Changing(Adapter):
        def pre_stop_state(self) -> Any:
            self.state["step"] += 1
            return dict(self.state)

    async def on_loop() -> None:
        async with prestop.preserve(Changing(), path=path, checkpoint=0.02):
            await until_on_loop(lambda: writes.made)
            # During the next write.
            await asyncio.sleep(0.05)

    writes.seconds = 0.06
    for _ in range(5):
        writes.made.clear()
        if asynchronous:
            asyncio.run(on_loop())
        else:
            with prestop.preserve(Changing(), path=path, checkpoint=0.02):
                writes.wait_for(1)
                time.sleep(0.05)
        made = list(writes.made)
        assert all(end <= began for (_, end, _), (began, _, _) in itertools.pairwise(made))
        assert json.loads(path.read_text())["adapter"] == made[-1][2]
        assert made[-1][2]["step"] == max(part["step"] for _, _, part in made)
        time.sleep(0.15)
        assert writes.made == made


def test_none_turns_it_off(path: Path, writes: Writes) -> None:
    with prestop.preserve(Adapter(), path=path, checkpoint=None):
        assert not [t for t in threading.enumerate() if t.name == "prestop-checkpoint"]
        assert writes.made == []
    assert len(writes.made) == 1


def test_a_hook_that_fails_costs_the_checkpoint_and_not_what_was_saved(
    path: Path, writes: Writes, counted: Callable[[str], int], caplog: pytest.LogCaptureFixture
) -> None:
    adapter = Adapter()
    adapter.state = {"step": 5}
    with prestop.preserve(adapter, path=path, checkpoint=0.02):
        writes.wait_for(1)
        adapter.fails = True
        until(lambda: counted("checkpoint_failed") >= 4)
        assert len(writes.made) == 1
    # Logged once, not at every checkpoint; and the stop saves the hook's last result.
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == [
        "pre_stop_state failed, the snapshot goes without its part: RuntimeError: no state today"
    ]
    assert json.loads(path.read_text())["adapter"] == {"step": 5}


def test_a_write_that_fails_is_tried_again_at_the_next_checkpoint(
    path: Path, writes: Writes, counted: Callable[[str], int]
) -> None:
    writes.answer = False
    with prestop.preserve(Adapter(), path=path, checkpoint=0.02):
        writes.wait_for(2)
        writes.answer = None
        until(lambda: counted("checkpoints"))
    assert counted("checkpoint_failed") >= 2


@pytest.mark.usefixtures("nothing_left_behind")
async def test_a_hook_that_hangs_is_left_behind_once(
    path: Path, writes: Writes, counted: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(Adapter):
        calls = 0

        def pre_stop_state(self) -> Any:
            self.calls += 1
            assert released.wait(60)

    class Waited(Job[Any]):
        """A job for which the loop is blocked."""

        def wait(self, deadline: float) -> bool:
            waited.append(deadline)
            return super().wait(deadline)

    released, adapter = threading.Event(), Hanging()
    waited: list[float] = []
    monkeypatch.setattr(_state, "Job", Waited)
    async with prestop.preserve(adapter, path=path, checkpoint=0.02, grace=0.2):
        await until_on_loop(lambda: counted("hook_overdue") >= 4)
        # The loop was blocked for one grace, and not for one in every interval.
        assert len(waited) == adapter.calls == 1
    assert len(writes.made) == 1
    released.set()


def test_a_state_that_changes_while_it_is_saved_is_no_reason_to_write_nothing(
    path: Path, counted: Callable[[str], int]
) -> None:
    adapter = Adapter()
    adapter.state = {"seen": {}, "lines": []}
    over = threading.Event()

    def change() -> None:
        n = 0
        while not over.is_set():
            n += 1
            adapter.state["seen"][n] = n
            adapter.state["lines"].append(str(n))
            if n % 500 == 0:
                adapter.state["seen"].clear()
                adapter.state["lines"].clear()

    thread = threading.Thread(target=change)
    with prestop.preserve(adapter, path=path, checkpoint=0.02):
        thread.start()
        until(lambda: counted("checkpoints") >= 10)
    over.set()
    thread.join()
    assert counted("checkpoint_failed") == 0
    assert counted("saved") == 1
    assert set(json.loads(path.read_text())["adapter"]) == {"seen", "lines"}


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.builds(object),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.binary(), inner) | st.sets(st.text())
    ),
    max_leaves=20,
)


@given(state=_values, uptime=st.integers(), later=st.integers())
def test_property_the_fingerprint_is_that_of_the_state_and_not_of_the_time(
    state: Any, uptime: int, later: int
) -> None:
    snapshot = {"timestamp": "then", "uptime_seconds": uptime, "adapter": state}
    again = {"timestamp": "now", "uptime_seconds": later, "adapter": state}
    assert _fingerprint(snapshot) == _fingerprint(again)


@given(old=st.text(), new=st.text())
def test_property_another_state_has_another_fingerprint(old: str, new: str) -> None:
    same = _fingerprint({"adapter": {"line": old}}) == _fingerprint({"adapter": {"line": new}})
    assert same == (old == new)


class Said:
    """An object that is written as its `str`."""

    def __init__(self, said: str) -> None:
        self.said = said

    def __str__(self) -> str:
        return self.said

    def __repr__(self) -> str:
        return "always the same"


@dataclasses.dataclass(repr=False)
class Fields:
    said: Any

    def __repr__(self) -> str:
        return "always the same"


@pytest.mark.parametrize(
    "state",
    [
        Said,
        Fields,
        lambda said: Fields(Said(said)),
        lambda said: {Said(said)},
        lambda said: collections.deque([Said(said)]),
        lambda said: collections.UserDict(a=Said(said)),
        lambda said: said.encode(),
    ],
)
def test_a_change_that_shows_only_in_the_file_is_a_change(state: Callable[[str], Any]) -> None:
    def of(said: str) -> bytes | None:
        return _fingerprint({"adapter": {"o": state(said)}})

    assert of("one") is not None
    assert of("one") == of("one") != of("two")


def test_an_object_that_is_saved_by_its_text_is_saved_again_when_that_changes(
    path: Path, writes: Writes
) -> None:
    adapter, said = Adapter(), Said("one")
    adapter.state = {"o": said}
    with prestop.preserve(adapter, path=path, checkpoint=INTERVAL):
        writes.wait_for(1)
        said.said = "two"
        writes.wait_for(2)
        assert json.loads(path.read_text())["adapter"] == {"o": "two"}


def test_a_state_that_cannot_be_compared_counts_as_changed() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    assert _fingerprint({"adapter": cycle}) is None
    assert _fingerprint({"adapter": {(1, 2): 3}}) is None


def test_sigkill_at_any_moment_costs_at_most_one_interval(tmp_path: Path) -> None:
    rng = random.Random(20261120)
    interval, losses = 0.2, []
    for n in range(12):
        directory = tmp_path / str(n)
        directory.mkdir()
        path = directory / "snapshot.json"
        with host("counting", path, str(interval)) as counting:
            # From the first checkpoint on, at any time within an interval, including writes.
            counting.until("read")
            counting.until("read")
            threading.Timer(rng.uniform(0.0, 0.5), counting.send, (signal.SIGKILL,)).start()
            assert counting.end() == -signal.SIGKILL
        steps = {event["step"]: event["at"] for event in counting.events if "step" in event}
        killed_at = max(steps.values())
        # Always a complete snapshot, and none of our files is readable by others.
        saved = counting.snapshot["adapter"]
        assert len(saved["transcript_lines"]) == 2000
        assert all(line.endswith(f" of {saved['step']}") for line in saved["transcript_lines"])
        assert {entry.stat().st_mode & 0o777 for entry in directory.iterdir() if entry.name != "log"} == {
            0o600
        }
        # At most the last state that was read is not on disk yet.
        asked_for = counting.told("read")
        assert saved["step"] >= asked_for[-2]
        lost = [step for step in steps if step > saved["step"]]
        losses.append(killed_at - steps[min(lost)] if lost else 0.0)
    print(f"lost with an interval of {interval} s: {sorted(round(loss, 3) for loss in losses)}")
