"""Hosts that end in odd ways: forked, while the interpreter finalizes, in another interpreter, with a write under way."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import fcntl
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from parts import PATH, Adapter, count_writes, preserve, tell


def forking() -> None:
    """Children forked in the body leave it in the same ways; only the parent saves and handles signals."""
    count_writes()
    with preserve():
        child = os.fork()
        if child == 0:
            raise SystemExit(3)
        tell(child=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(4)
        time.sleep(0.1)
        os.kill(child, signal.SIGTERM)
        tell(child=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def at_exit() -> None:
    """Left while the interpreter shuts down, when no thread can be started any more."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    stack.enter_context(preserve())


def finalized() -> None:
    """A generator that is finalized with the interpreter, where nothing can be imported or started any more."""

    class Secretive(Adapter):
        def pre_stop_state(self) -> Any:
            return {"session_id": "session-1", "token": "gh" + "p_" + "A1b2" * 9}

    def entering() -> Iterator[None]:
        with preserve(Secretive()):
            yield

    # As the module that is run would hold it.
    held = vars(sys.modules["__main__"])["held"] = entering()
    next(held)
    tell(ready=True)


def subinterpreter() -> None:
    interpreters = importlib.import_module("_xxsubinterpreters")
    program = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
import prestop
class Adapter:
    def pre_stop_state(self):
        return {"session_id": "session-1"}
with prestop.preserve(Adapter(), path=PATH, checkpoint=None):
    pass
"""
    interpreters.run_string(interpreters.create(), f"PATH = {PATH!r}\n{program}")
    tell(after=True)


def left_behind() -> None:
    """A write that waits for another's lock on the directory, with and without being left behind."""
    from prestop import _core, snapshot

    directory = os.open(os.path.dirname(PATH), os.O_RDONLY)
    for leave in (False, True):
        fcntl.flock(directory, fcntl.LOCK_EX)
        thread = threading.Thread(target=snapshot.write, args=({}, PATH), daemon=True)
        thread.start()
        time.sleep(0.3)
        if leave:
            _core.leave_behind()
        fcntl.flock(directory, fcntl.LOCK_UN)
        thread.join(1.0)
        tell(ended=not thread.is_alive())
    # Later work is not affected.
    snapshot.write({}, PATH)
    tell(after=True)


async def never_finished() -> None:
    """A coroutine that entered and is closed from outside."""

    async def entering() -> None:
        async with preserve():
            await asyncio.Event().wait()

    coroutine = entering()
    # Driven by hand to the first wait of the body.
    coroutine.send(None)
    coroutine.close()
    tell(after=True)


def failing() -> None:
    with preserve():
        raise ValueError("the host's own fault")
