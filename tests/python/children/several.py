"""Hosts in which several tasks of one loop have entered a `preserve` each, and leave when they like."""

from __future__ import annotations

import asyncio
import signal
import sys

from parts import PATH, count_writes, preserve, signal_elsewhere, tell


async def _agent(name: str, seconds: float, cleanup: float = 0.0) -> None:
    async with preserve(path=PATH + name):
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.sleep(cleanup)


async def overlapping() -> None:
    """Two, and the signal comes while both run."""
    count_writes(seconds=0.3)
    agents = asyncio.gather(_agent(".one", 60), _agent(".two", 60, cleanup=0.1))
    await asyncio.sleep(0.1)
    tell(ready=True)
    await agents


async def overlapping_left_first() -> None:
    """The one that entered first has left when the signal comes."""
    count_writes()
    one, two = (asyncio.ensure_future(_agent(name, sleep)) for name, sleep in ((".one", 0.1), (".two", 60)))
    await one
    tell(ready=True)
    await two


async def overlapping_left_both() -> None:
    """Both have left when the signal comes."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    await asyncio.gather(_agent(".one", 0.1), _agent(".two", 0.3))
    tell(put_back=[signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before)
    tell(ready=True)
    await asyncio.sleep(60)


async def overlapping_elsewhere() -> None:
    """One has left, and the signal is delivered to another thread than the one in which the loop sleeps."""
    count_writes()
    one, two = (asyncio.ensure_future(_agent(name, sleep)) for name, sleep in ((".one", 0.1), (".two", 3600)))
    await one
    signal_elsewhere(int(sys.argv[3]))
    await two
