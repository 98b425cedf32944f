"""Hosts in miniature, one per function: `host.py NAME PATH` runs one with its snapshot at PATH.

Each prints its events as one JSON object per line; `{"ready": true}` says that a signal may be sent.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import signal
import sys
import threading
import time
from typing import Any

import endings
import in_vain
import open_files
import own_stop
import several
from parts import (
    PATH,
    Adapter,
    AsyncAdapter,
    AsyncHanging,
    Hanging,
    NoHooks,
    Raising,
    captured,
    count_writes,
    preserve,
    signal_elsewhere,
    tell,
    wait,
    wait_on_loop,
)

import prestop


def sync(adapter: Any = None, **options: Any) -> None:
    count_writes()
    adapter = adapter or Adapter()
    with preserve(adapter, **options):
        try:
            wait()
        except BaseException as error:
            tell(body=type(error).__name__, code=getattr(error, "code", None))
            raise
        finally:
            if isinstance(adapter, Adapter):
                adapter.state["step"] = 7


async def loop(adapter: Any = None, **options: Any) -> None:
    count_writes()
    adapter = adapter or Adapter()
    async with preserve(adapter, **options):
        try:
            await wait_on_loop()
        except BaseException as error:
            tell(body=type(error).__name__)
            raise
        finally:
            if isinstance(adapter, Adapter):
                adapter.state["step"] = 7


def sync_async_hooks() -> None:
    sync(AsyncAdapter())


async def loop_async_hooks() -> None:
    await loop(AsyncAdapter())


async def sync_inside_loop() -> None:
    with preserve(AsyncAdapter()):
        await wait_on_loop()


def sync_around_a_loop() -> None:
    """The loop is inside: async hooks run after it is over, on a loop of their own."""
    count_writes()
    with preserve(AsyncAdapter()):
        asyncio.run(wait_on_loop())


# Hooks that fail.


def sync_raising() -> None:
    sync(Raising())


async def loop_raising() -> None:
    await loop(Raising())


def sync_hanging() -> None:
    sync(Hanging(), grace=1.0)


async def loop_hanging() -> None:
    await loop(Hanging(), grace=1.0)


def sync_async_hanging() -> None:
    sync(AsyncHanging(), grace=1.0)


async def loop_async_hanging() -> None:
    await loop(AsyncHanging(), grace=1.0)


def sync_no_hooks() -> None:
    sync(NoHooks())


async def loop_no_hooks() -> None:
    await loop(NoHooks())


async def loop_blocked() -> None:
    """Another task blocks the loop for longer than `grace` when it is told to stop."""

    async def client() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            time.sleep(1.5)

    count_writes(seconds=0.2)
    # The task that takes the checkpoints is waited for, and with it the loop.
    async with preserve(grace=1.0, checkpoint=600.0):
        task = asyncio.create_task(client())
        try:
            await wait_on_loop()
        finally:
            task.cancel()


async def loop_blocked_by_its_hook() -> None:
    """The hook itself does, for longer than it has."""

    class Blocking(Adapter):
        async def pre_stop_state(self) -> Any:
            time.sleep(1.5)
            return {"session_id": "session-1", "step": 9}

    count_writes(seconds=0.2)
    async with preserve(Blocking(), grace=1.0):
        await wait_on_loop()


# Slow writes.


def sync_slow_write() -> None:
    count_writes(seconds=0.7)
    with preserve():
        wait()


async def loop_slow_write() -> None:
    count_writes(seconds=0.7)
    async with preserve():
        await wait_on_loop()


def sync_ends_slowly() -> None:
    count_writes(seconds=0.7)
    with preserve():
        pass


async def loop_ends_slowly() -> None:
    count_writes(seconds=0.7)
    async with preserve():
        pass


def sync_stuck_write() -> None:
    count_writes(seconds=3600)
    with preserve(grace=0.5):
        wait()


async def loop_stuck_write() -> None:
    count_writes(seconds=3600)
    async with preserve(grace=0.5):
        await wait_on_loop()


def sync_ends_stuck() -> None:
    count_writes(seconds=3600)
    with preserve(grace=0.5):
        pass
    tell(after=True)


async def loop_ends_stuck() -> None:
    count_writes(seconds=3600)
    async with preserve(grace=0.5):
        pass
    tell(after=True)


# Handlers of others.


def sync_server() -> None:
    async def serve() -> None:
        with captured() as stop:
            tell(ready=True)
            while not stop.is_set():
                await asyncio.sleep(0.01)
        tell(served=True)

    count_writes()
    with preserve():
        asyncio.run(serve())


async def loop_server() -> None:
    count_writes()
    async with preserve():
        with captured() as stop:
            tell(ready=True)
            while not stop.is_set():
                await asyncio.sleep(0.01)
        tell(served=True)


def sync_own_handler() -> None:
    """The host had a handler before, which exits in its own way."""

    def handle(number: int, frame: object) -> None:
        tell(handled=number)
        raise SystemExit(9)

    signal.signal(signal.SIGTERM, handle)
    count_writes()
    with preserve():
        wait()


async def loop_own_handler() -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: tell(handled=number))
    count_writes()
    try:
        async with preserve():
            await wait_on_loop()
    except asyncio.CancelledError:
        raise SystemExit(9) from None


async def loop_handler_of_the_loop() -> None:
    """The host had a handler on its loop before."""
    running = asyncio.get_running_loop()
    running.add_signal_handler(signal.SIGTERM, lambda: tell(handled=signal.SIGTERM))
    count_writes()
    try:
        async with preserve():
            await wait_on_loop()
    except asyncio.CancelledError:
        await asyncio.sleep(0.05)
        raise SystemExit(9) from None


async def loop_body_handler() -> None:
    """The body replaces the handler, ends by itself and leaves its own handler installed."""
    stop = asyncio.Event()
    count_writes()
    async with preserve():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        tell(ready=True)
        await stop.wait()
    tell(after=True)


def sync_ignoring() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with preserve():
        tell(ready=True)
        time.sleep(0.5)
    tell(after=True, still_ignored=signal.getsignal(signal.SIGINT) == signal.SIG_IGN)


# Unusual places.


def other_thread() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    def work() -> None:
        with preserve():
            during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
            tell(untouched=during == before)

    def work_on_loop() -> None:
        async def body() -> None:
            async with preserve(AsyncAdapter()):
                pass

        asyncio.run(body())

    for target in (work, work_on_loop):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()


def nested() -> None:
    count_writes()
    with preserve(path=PATH + ".outer"), preserve():
        wait()


async def loop_nested() -> None:
    count_writes()
    async with preserve(path=PATH + ".outer"), preserve():
        await wait_on_loop()


def mixed_nested() -> None:
    async def inner() -> None:
        async with preserve():
            await wait_on_loop()

    count_writes()
    with preserve(path=PATH + ".outer"):
        asyncio.run(inner())


async def task_group() -> None:
    """Entered in a task of a group, with a group and a timeout inside."""

    async def member() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            tell(member="ended")

    async def entering() -> None:
        async with preserve(), asyncio.timeout(50), asyncio.TaskGroup() as group:
            group.create_task(member())
            await wait_on_loop()

    count_writes()
    async with asyncio.TaskGroup() as group:
        group.create_task(entering())
        group.create_task(member())


def sync_signal_elsewhere() -> None:
    count_writes()
    with preserve():
        signal_elsewhere(int(sys.argv[3]))
        time.sleep(60)


async def loop_signal_elsewhere() -> None:
    count_writes()
    async with preserve():
        signal_elsewhere(int(sys.argv[3]))
        await asyncio.sleep(60)


async def sync_inside_loop_busy() -> None:
    count_writes()
    with preserve():
        wait()


async def sync_inside_loop_idle() -> None:
    count_writes()
    with preserve():
        await wait_on_loop()


async def sync_inside_loop_in_a_task() -> None:
    async def entering() -> None:
        with preserve():
            await asyncio.sleep(0)
            wait()

    count_writes()
    await asyncio.create_task(entering())


# Checkpoints.


def counting() -> None:
    """Count as fast as possible, and report each count with its time, so that a loss can be measured."""

    class Counting(Adapter):
        def pre_stop_state(self) -> Any:
            tell(read=self.state["step"], at=time.monotonic())
            # Large enough that a write takes more than the time of one system call.
            return {
                **self.state,
                "transcript_lines": [f"line {n} of {self.state['step']}" for n in range(2000)],
            }

    adapter = Counting()
    with preserve(adapter, checkpoint=float(sys.argv[3])):
        tell(ready=True)
        while True:
            adapter.state["step"] += 1
            tell(step=adapter.state["step"], at=time.monotonic())
            time.sleep(0.002)


def starting() -> None:
    """A host that is killed before its first checkpoint."""
    with preserve(checkpoint=600.0):
        wait()


def checking() -> None:
    """A host that reaches a checkpoint and reports it."""
    with preserve(checkpoint=0.05):
        while not prestop.stats()["checkpoints"]:
            time.sleep(0.01)
        wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    # A test that gives up waiting sends SIGABRT: the log then shows where the host hangs.
    faulthandler.enable()
    run = (vars(endings) | vars(open_files) | vars(in_vain) | vars(own_stop) | vars(several) | globals())[
        sys.argv[1]
    ]
    if asyncio.iscoroutinefunction(run):
        asyncio.run(run())
    else:
        run()
