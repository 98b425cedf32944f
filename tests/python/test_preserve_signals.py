"""`preserve` and the ways in which a process is stopped: signals, handlers of others, unusual places."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hosts import host

TERM, INT = signal.SIGTERM, signal.SIGINT
ONE_WRITE = ["begins", "ends"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshot.json"


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["sync", "loop", "sync_async_hooks", "loop_async_hooks"])
def test_a_signal_saves_once_and_ends_the_process_as_it_would_have(
    path: Path, name: str, number: int
) -> None:
    with host(name, path) as first:
        assert first.stop(number) == -number
    assert first.writes == ONE_WRITE
    # The snapshot contains what the body did on its way out.
    assert first.snapshot["adapter"] == {"session_id": "session-1", "step": 7}
    assert first.told("restored") == []
    with host(name, path) as second:
        assert second.stop(number) == -number
    assert second.told("restored") == [7]
    assert second.told("session_id") == ["session-1"]


@pytest.mark.parametrize("number", [TERM, INT])
def test_the_sync_form_around_a_loop(path: Path, number: int) -> None:
    for restored in ([], [0]):
        with host("sync_around_a_loop", path) as around:
            assert around.stop(number) == -number
        assert around.writes == ONE_WRITE
        assert around.told("restored") == restored


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["sync_signal_elsewhere", "loop_signal_elsewhere"])
def test_a_signal_that_does_not_interrupt_the_main_thread_is_not_slept_through(
    path: Path, name: str, number: int
) -> None:
    with host(name, path, str(int(number))) as asleep:
        assert asleep.end() == -number
    assert asleep.writes == ONE_WRITE


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize(
    "name",
    [
        "sync_finalizers",
        "sync_nested_finalizers",
        "sync_faulty_finalizers",
        "sync_weak_references",
        "sync_collections",
        "sync_forks",
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_signal_where_no_exception_gets_out_is_not_lost(path: Path, name: str, number: int) -> None:
    with host(name, path) as deaf:
        assert deaf.stop(number) == -number
    assert deaf.told("after") == []
    assert deaf.writes == ONE_WRITE
    assert deaf.snapshot["adapter"]["session_id"] == "session-1"
    # Our exception was not reported as ignored; only what others raise there is.
    assert "SystemExit" not in deaf.log
    assert "Exception ignored" not in deaf.log or name == "sync_faulty_finalizers"


def test_a_body_that_has_heard_of_the_signal_is_told_once(path: Path) -> None:
    with host("sync_catching", path) as catching:
        assert catching.stop() == -TERM
    assert catching.told("caught") == catching.told("ended") == [True]
    assert catching.writes == ONE_WRITE


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["busy", "idle", "in_a_task"])
def test_the_sync_form_inside_a_loop_ends_as_the_loop_would_have(path: Path, name: str, number: int) -> None:
    with host(f"sync_inside_loop_{name}", path) as inside:
        assert inside.stop(number) == -number
    assert inside.writes == ONE_WRITE


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to count open files")
def test_no_descriptor_and_no_thread_is_left(path: Path) -> None:
    with host("descriptors", path) as left:
        assert left.end() == 0
    assert left.told("before") == left.told("after")


def test_a_body_that_has_used_up_all_descriptors_is_saved(path: Path) -> None:
    with host("out_of_descriptors", path) as leaking:
        assert leaking.end() == 0
    assert leaking.told("after") == [True]
    assert leaking.snapshot["adapter"]["session_id"] == "session-1"


def test_the_descriptors_of_a_body_that_closed_ours_are_left_alone(path: Path) -> None:
    with host("closes_descriptors", path) as daemon:
        assert daemon.end() == 0
    assert daemon.told("after") == [True]
    assert daemon.snapshot["adapter"]["session_id"] == "session-1"


def test_the_sync_body_is_left_by_system_exit_and_the_async_one_is_cancelled(path: Path) -> None:
    with host("sync", path) as sync:
        sync.stop(TERM)
    assert [(e["body"], e["code"]) for e in sync.events if "body" in e] == [("SystemExit", 143)]
    with host("sync", path) as sync:
        sync.stop(INT)
    assert [(e["body"], e["code"]) for e in sync.events if "body" in e] == [("SystemExit", 130)]
    with host("loop", path) as loop:
        loop.stop(TERM)
    assert loop.told("body") == ["CancelledError"]


@pytest.mark.parametrize("number", [TERM, INT])
@pytest.mark.parametrize("name", ["sync_server", "loop_server"])
def test_a_body_that_takes_the_signals_and_raises_them_again(path: Path, name: str, number: int) -> None:
    with host(name, path) as served:
        assert served.stop(number) == -number
    assert served.told("served") == ([] if name == "sync_server" else [True])
    assert served.writes == ONE_WRITE


def test_the_handler_of_before_gets_the_signal_after_the_write(path: Path) -> None:
    with host("sync_own_handler", path) as sync:
        assert sync.stop() == 9
    assert [next(iter(event)) for event in sync.events] == ["ready", "write", "write", "handled"]
    with host("loop_own_handler", path) as loop:
        assert loop.stop() == 9
    assert [next(iter(event)) for event in loop.events] == ["restored", "ready", "write", "write", "handled"]


def test_a_handler_of_the_loop_gets_the_signal_once(path: Path) -> None:
    with host("loop_handler_of_the_loop", path) as loop:
        assert loop.stop() == 9
    assert loop.told("handled") == [TERM]
    assert loop.writes == ONE_WRITE


def test_a_body_that_keeps_the_signal_for_itself_is_saved_when_it_ends(path: Path) -> None:
    with host("loop_body_handler", path) as loop:
        assert loop.stop() == 0
    assert loop.writes == ONE_WRITE
    assert loop.told("after") == [True]


def test_an_ignored_signal_stays_ignored(path: Path) -> None:
    with host("sync_ignoring", path) as ignoring:
        assert ignoring.stop(INT) == 0
    assert ignoring.told("still_ignored") == [True]


@pytest.mark.parametrize("second", [TERM, INT])
@pytest.mark.parametrize("name", ["sync_slow_write", "loop_slow_write"])
def test_a_second_signal_does_not_harm_a_write_under_way(path: Path, name: str, second: int) -> None:
    with host(name, path) as slow:
        slow.until("ready")
        slow.send(TERM)
        slow.until("write")
        for _ in range(5):
            slow.send(second)
            time.sleep(0.02)
        assert slow.end() == -TERM
    assert slow.writes == ONE_WRITE
    assert slow.snapshot["adapter"]["session_id"] == "session-1"


@pytest.mark.parametrize("name", ["sync_ends_slowly", "loop_ends_slowly"])
def test_a_signal_during_the_write_of_an_ordinary_end_is_not_lost(path: Path, name: str) -> None:
    with host(name, path) as ending:
        ending.until("write")
        ending.send(TERM)
        assert ending.end() == -TERM
    assert ending.writes == ONE_WRITE


@pytest.mark.parametrize("name", ["sync_stuck_write", "loop_stuck_write"])
def test_when_grace_has_passed_the_stop_goes_on(path: Path, name: str) -> None:
    path.write_text('{"adapter": {"step": 1}}')
    with host(name, path) as stuck:
        assert stuck.stop() == -TERM
    # The write would have taken longer than a host may take to end.
    assert stuck.writes == ["begins"]
    assert stuck.log.count("WARNING") == 1
    assert "write is unfinished after 0.5 s" in stuck.log
    assert stuck.snapshot == {"adapter": {"step": 1}}


@pytest.mark.parametrize("name", ["sync_ends_stuck", "loop_ends_stuck"])
def test_an_unfinished_write_does_not_hold_up_the_interpreter(path: Path, name: str) -> None:
    with host(name, path) as stuck:
        assert stuck.end() == 0
    assert stuck.told("after") == [True]
    assert "write is unfinished" in stuck.log


@pytest.mark.parametrize("name", ["sync_hanging", "loop_hanging", "sync_async_hanging", "loop_async_hanging"])
def test_a_hook_that_hangs_costs_its_part_and_no_more_time_than_grace(path: Path, name: str) -> None:
    with host(name, path) as hanging:
        assert hanging.stop() == -TERM
    assert hanging.writes == ONE_WRITE
    assert hanging.snapshot["adapter"] == {}
    assert hanging.log.count("WARNING") == 1
    assert "did not return in time" in hanging.log


@pytest.mark.parametrize(("name", "step"), [("loop_blocked", 0), ("loop_blocked_by_its_hook", 9)])
def test_a_loop_that_is_blocked_for_longer_than_grace_costs_nothing(path: Path, name: str, step: int) -> None:
    with host(name, path) as blocked:
        assert blocked.stop() == -TERM
    assert blocked.writes == ONE_WRITE
    assert blocked.snapshot["adapter"] == {"session_id": "session-1", "step": step}
    assert "unfinished" not in blocked.log


@pytest.mark.parametrize("name", ["sync_raising", "loop_raising"])
def test_a_hook_that_raises_costs_its_part(path: Path, name: str) -> None:
    with host(name, path) as raising:
        assert raising.stop() == -TERM
    assert raising.writes == ONE_WRITE
    assert raising.snapshot["workspace_id"] == "unknown"
    assert raising.snapshot["adapter"] == {}
    assert raising.log.count("WARNING") == 1
    # The text of the hook's exception is scrubbed.
    assert "SystemExit: [REDACTED:" in raising.log
    assert "A1b2" not in raising.log


@pytest.mark.parametrize("name", ["sync_no_hooks", "loop_no_hooks"])
def test_an_adapter_without_hooks_saves_the_rest(path: Path, name: str) -> None:
    for _ in range(2):
        with host(name, path) as plain:
            assert plain.stop() == -TERM
        assert plain.snapshot["adapter"] == {}
        assert "WARNING" not in plain.log


def test_inside_a_running_loop_the_sync_form_skips_async_hooks(path: Path) -> None:
    path.write_text('{"adapter": {"step": 1}}')
    with host("sync_inside_loop", path) as inside:
        assert inside.stop() == -TERM
    assert inside.told("restored") == []
    assert inside.log.count("WARNING") == 2
    assert "restore_state is async and cannot run here" in inside.log
    assert "pre_stop_state is async and cannot run here" in inside.log
    assert inside.snapshot["current_task"] == ""


def test_in_another_thread_no_handler_is_installed_and_the_end_still_saves(path: Path) -> None:
    with host("other_thread", path) as other:
        assert other.end() == 0
    assert other.told("untouched") == [True]
    # The second thread, with a loop, restored what the first had saved.
    assert other.told("restored") == [0]
    assert other.log.count("INFO prestop.session") == 2
    assert "Not in the main thread: no signal handler is installed" in other.log


@pytest.mark.parametrize("name", ["nested", "loop_nested", "mixed_nested"])
@pytest.mark.parametrize("number", [TERM, INT])
def test_nested_each_saves_once(path: Path, name: str, number: int) -> None:
    with host(name, path) as nested:
        assert nested.stop(number) == -number
    assert nested.writes == ONE_WRITE * 2
    assert nested.snapshot["adapter"]["session_id"] == "session-1"
    assert path.with_name("snapshot.json.outer").exists()


def test_groups_and_timeouts_inside_and_outside_are_unwound(path: Path) -> None:
    with host("task_group", path) as group:
        assert group.stop() == -TERM
    # The inner task is unwound before the save; the outer one when its group is told, which never happens.
    assert group.told("member") == ["ended"]
    assert group.writes == ONE_WRITE


def test_a_forked_child_neither_saves_nor_catches(path: Path) -> None:
    with host("forking", path) as forking:
        assert forking.end() == 0
    assert forking.told("child") == [3, -TERM]
    assert forking.writes == ONE_WRITE


def test_left_while_the_interpreter_shuts_down(path: Path) -> None:
    with host("at_exit", path) as late:
        assert late.end() == 0
    assert late.snapshot["adapter"]["session_id"] == "session-1"


def test_left_while_the_interpreter_finalizes(path: Path) -> None:
    with host("finalized", path) as late:
        assert late.end() == 0
    assert late.told("ready") == [True]
    assert late.snapshot["adapter"] == {"session_id": "session-1", "token": "[REDACTED:TOKEN]"}
    assert "Error" not in late.log and "WARNING" not in late.log


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="from 3.12 on _core does not load in a subinterpreter"
)
def test_in_a_subinterpreter_no_handler_is_installed_and_the_end_still_saves(path: Path) -> None:
    with host("subinterpreter", path) as sub:
        assert sub.end() == 0
    assert sub.told("after") == [True]
    assert sub.snapshot["adapter"] == {"session_id": "session-1"}
    assert "INFO prestop.session Not in the main interpreter: no signal handler is installed" in sub.log


def test_a_write_left_behind_never_asks_for_the_interpreter_again(path: Path) -> None:
    with host("left_behind", path) as left:
        assert left.end() == 0
    assert left.told("ended") == [True, False]
    assert left.told("after") == [True]


def test_a_coroutine_that_is_closed_is_saved_without_waiting_on_the_loop(path: Path) -> None:
    with host("never_finished", path) as closed:
        assert closed.end() == 0
    assert closed.told("after") == [True]
    assert closed.snapshot["adapter"]["session_id"] == "session-1"


def _can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True, check=False)
    return tried.returncode == 0


@pytest.mark.skipif(not _can_unshare(), reason="needs a process namespace of its own")
@pytest.mark.parametrize("name", ["sync", "loop"])
def test_process_1_of_a_container_ends_although_the_kernel_spares_it(path: Path, name: str) -> None:
    with host(name, path, prefix=("unshare", "--pid", "--fork", "--kill-child")) as container:
        container.until("ready")
        # The signal must go to the child of `unshare`.
        children = Path(f"/proc/{container.process.pid}/task/{container.process.pid}/children").read_text()
        subprocess.run(["kill", "-TERM", *children.split()], check=True)
        assert container.end() == 128 + TERM
    assert container.writes == ONE_WRITE
