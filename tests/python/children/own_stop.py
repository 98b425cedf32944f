"""Hosts with a graceful stop of their own before they enter: they drain, and end by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from parts import Adapter, count_writes, preserve, tell

SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def _drain(stop: asyncio.Event, adapter: Adapter, seconds: float = 0.3) -> None:
    tell(ready=True)
    await stop.wait()
    # Work that was acknowledged before the signal is finished.
    await asyncio.sleep(seconds)
    adapter.state["step"] = 8
    tell(drained=True)


def _stopped_by(loop: asyncio.AbstractEventLoop) -> asyncio.Event:
    """Stop as hosts with `loop.add_signal_handler` do, such as hypercorn and aiohttp."""
    stop = asyncio.Event()

    def handle(number: int) -> None:
        tell(handled=number)
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, handle, number)
    return stop


async def drains(**options: Any) -> None:
    count_writes()
    adapter = Adapter()
    stop = _stopped_by(asyncio.get_running_loop())
    async with preserve(adapter, **options):
        await _drain(stop, adapter)
    # A second call of the handler would come now.
    await asyncio.sleep(0.05)
    tell(after=True)


async def drains_nested() -> None:
    count_writes()
    adapter = Adapter()
    stop = _stopped_by(asyncio.get_running_loop())
    async with preserve(adapter), preserve(adapter):
        await _drain(stop, adapter)
    await asyncio.sleep(0.05)
    tell(after=True)


def drains_on_another_loop() -> None:
    """A loop such as uvloop's, whose handler is a bound method."""

    class Loop(asyncio.SelectorEventLoop):
        def add_signal_handler(  # type: ignore[override]
            self, sig: int, callback: Callable[..., Any], *args: Any
        ) -> None:
            super().add_signal_handler(sig, callback, *args)
            signal.signal(sig, self._note)

        def _note(self, number: int, frame: FrameType | None) -> None:
            tell(noted=number)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(drains())


async def drains_too_slowly() -> None:
    count_writes()
    adapter = Adapter()
    stop = _stopped_by(asyncio.get_running_loop())
    try:
        async with preserve(adapter, grace=1.0):
            await _drain(stop, adapter, 3600)
    except asyncio.CancelledError:
        raise SystemExit(9) from None


class Server:
    """A server like uvicorn's: its handler records the signals, and raises them again at the end."""

    def __init__(self) -> None:
        self.should_exit = False
        self._seen: list[int] = []

    @contextlib.contextmanager
    def capture(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        for caught in reversed(self._seen):
            signal.raise_signal(caught)

    def handle_exit(self, number: int, frame: FrameType | None) -> None:
        tell(handled=number)
        self._seen.append(number)
        self.should_exit = True


async def lifespan(times: int = 1) -> None:
    """Entered in a task of the server, which is told of the end when the requests under way are done."""
    count_writes()
    adapter, server, ending = Adapter(), Server(), asyncio.Event()

    async def span() -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(times):
                await stack.enter_async_context(preserve(adapter))
            tell(ready=True)
            await ending.wait()
        tell(shutdown="complete")

    with server.capture():
        spanning = asyncio.create_task(span())
        while not server.should_exit:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        adapter.state["step"] = 8
        ending.set()
        await spanning


async def lifespan_nested() -> None:
    await lifespan(2)
