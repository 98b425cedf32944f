"""Hosts to which a signal comes where no exception gets out: in finalizers, callbacks and the hooks of a fork."""

from __future__ import annotations

import gc
import os
import time
import weakref
from collections.abc import Callable

from parts import count_writes, preserve, tell, wait


class Finalized:
    """Its finalizer takes nearly all of the time in which a signal can come."""

    def __del__(self) -> None:
        time.sleep(0.05)


def _in_vain(body: Callable[[], object]) -> None:
    """Run this again and again: what a signal's handler raises in it is ignored by the interpreter."""
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
        # Held, or there is no callback.
        kept = weakref.ref(referent, lambda _: time.sleep(0.05))
        del referent
        assert kept() is None

    _in_vain(body)


def sync_collections() -> None:
    gc.callbacks.append(lambda _phase, _about: time.sleep(0.05))
    _in_vain(gc.collect)


def sync_forks() -> None:
    """Other hooks of the same fork hold locks, as that of `logging` does: they are let through."""
    os.register_at_fork(before=lambda: time.sleep(0.02), after_in_parent=lambda: time.sleep(0.02))

    def body() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    _in_vain(body)


def sync_catching() -> None:
    """The body hears of the signal and ends in its own time."""
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
