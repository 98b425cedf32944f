"""The connection to the platform: which way it goes, and bounds for what may be answered."""

from __future__ import annotations

import ipaddress
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
    # Compressed, it would grow behind the bound; it was asked not to be.
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise httpx.DecodingError("the body is compressed")
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def client(made: Any, platform_url: object, timeout: float) -> Any:
    """Make a client with this class, or with its stand-in, which is left alone."""
    options: dict[str, Any] = {"timeout": timeout}
    if made is _Client and _is_loopback(platform_url):
        # No proxy is asked for this machine; the variables that name certificates still count.
        options |= {"trust_env": False, "verify": httpx.create_ssl_context()}
    found = made(**options)
    if isinstance(found, _Client):
        found.headers["Accept-Encoding"] = "identity"
        found.event_hooks = {"request": [], "response": [_bound]}
    return found


def _is_loopback(url: object) -> bool:
    try:
        host = httpx.URL(str(url)).host
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except Exception:  # noqa: BLE001 - a name, or no address at all: that is said where it is used
        return False
