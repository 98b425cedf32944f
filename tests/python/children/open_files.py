"""Hosts that inspect the descriptors of their process, use them up or close them."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
import time

from parts import preserve, tell


def descriptors() -> None:
    """Enter and leave often: no descriptor is left open, and no thread."""

    def state() -> tuple[int, list[str]]:
        return len(os.listdir("/proc/self/fd")), sorted(thread.name for thread in threading.enumerate())

    before = state()
    for _ in range(20):
        with preserve():
            pass
    # A thread ends when it finds its pipe closed.
    end = time.monotonic() + 10
    while state() != before and time.monotonic() < end:
        time.sleep(0.01)
    tell(before=before, after=state())


def out_of_descriptors() -> None:
    """The body leaks files until no more can be opened."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with preserve(), contextlib.suppress(OSError):
        while True:
            os.open(os.devnull, os.O_RDONLY)
    tell(after=True)


def closes_descriptors() -> None:
    """The body closes all that it did not open, as a daemon does, and opens others in their place."""
    with preserve():
        os.closerange(3, 64)
        mine = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    for number in mine:
        os.fstat(number)
    tell(after=True)
