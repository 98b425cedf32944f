"""The HTTP client for the platform: proxies, and bounds on answers."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from typing import Any

import httpx

LONGEST_BODY = 8 << 20
"""The most bytes of an answer; 50 delegations are some 50 KB."""


# Bound at import: tests of hosts replace the attribute of the module by a stand-in.
_Client = httpx.AsyncClient


class _Bounded(httpx.AsyncByteStream):
    """A response body that fails once it is longer than the limit."""

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
    # A compressed body would grow after it was measured; the request asks for none.
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise httpx.DecodingError("the body is compressed")
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def client(made: Any, platform_url: object, timeout: float) -> Any:
    """Create a client of this class; a stand-in for the class is not configured."""
    options: dict[str, Any] = {"timeout": timeout}
    if made is _Client and _is_loopback(platform_url):
        # Requests to this machine use no proxy; the variables that name certificates still apply.
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
    except Exception:  # noqa: BLE001 - a name, or no address at all: its use reports that
        return False
