"""Bounds for what the platform may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx

LONGEST_BODY = 8 << 20
"""Bytes of an answer; 50 delegations are some 50 KB."""


# Bound here: tests of hosts put a stand-in into the module.
_Client = httpx.AsyncClient


class _Bounded(httpx.AsyncByteStream):
    """A body that ends with an error where it goes on for too long."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for chunk in self._stream:
            taken += len(chunk)
            if taken > LONGEST_BODY:
                raise httpx.ReadError("the body is too long")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def limit(client: Any) -> None:
    """Bound what this client reads. A stand-in for a client is left alone."""
    if isinstance(client, _Client):
        # Compressed bodies would grow behind the bound.
        client.headers["Accept-Encoding"] = "identity"
        client.event_hooks = {"request": [], "response": [_bound]}
