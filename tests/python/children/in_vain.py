"""Hosts that receive a signal where exceptions are swallowed: finalizers, callbacks, fork hooks."""

from __future__ import annotations

import gc
import os
import time
import weakref
from collections.abc import Callable

from parts import count_writes, preserve, tell, wait


class Finalized:
    """An object whose finalizer takes nearly all of the time in which a signal can arrive."""

    def __del__(self) -> None:
        time.sleep(0.05)


def _in_vain(body: Callable[[], object]) -> None:
    """Run the body repeatedly: the interpreter ignores what a signal handler raises in it."""
    count_writes()
    with preserve():
        tell(ready=True)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            body()
    tell(after=True)


def sync_finalizers() -> None:
    _in_vain(Finalized)


def sync_nested_finalizers() -> None:
    class Outer:
        def __del__(self) -> None:
            for _ in range(3):
                Finalized()

    _in_vain(Outer)


def sync_faulty_finalizers() -> None:
    class Faulty:
        def __del__(self) -> None:
            try:
                time.sleep(0.05)
            except BaseException:  # noqa: BLE001 - what the host does
                raise ValueError("the host's own fault") from None

    _in_vain(Faulty)


def sync_weak_references() -> None:
    def body() -> None:
        referent = Finalized()
        # Held, since otherwise the callback would not run.
        kept = weakref.ref(referent, lambda _: time.sleep(0.05))
        del referent
        assert kept() is None

    _in_vain(body)


def sync_collections() -> None:
    gc.callbacks.append(lambda _phase, _about: time.sleep(0.05))
    _in_vain(gc.collect)


def sync_forks() -> None:
    """Other hooks of the same fork hold locks, as that of `logging` does: they are allowed to finish."""
    os.register_at_fork(before=lambda: time.sleep(0.02), after_in_parent=lambda: time.sleep(0.02))

    def body() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    _in_vain(body)


def sync_catching() -> None:
    """The body receives the signal and ends in its own time."""
    count_writes()
    with preserve():
        try:
            wait()
        except SystemExit:
            tell(caught=True)
        Finalized()
        time.sleep(0.2)
        tell(ended=True)
    tell(after=True)
