"""A platform on loopback that speaks the wire contract, and violates it if a test asks for that."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, str], bytes] | bytes | AsyncIterator[bytes] | None
"""Status, headers and body; or raw bytes, also in pieces; or None to close without an answer."""


@dataclass
class Request:
    """One request as received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Platform:
    """What the platform knows, what it received, and what it answers instead of the usual."""

    token: str | None = None
    secret: str | None = None
    rows: Any = field(default_factory=list)
    workspaces: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    wrong: Callable[[Request], Any] = lambda request: ...
    url: str = ""
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    def sent(self, end: str) -> list[Request]:
        """Return the requests whose path ends so, in order."""
        return [one for one in self.requests if one.path.endswith(end)]

    def answer(self, request: Request) -> Answer:
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            return said(401, {"error": "invalid workspace auth token"})
        parts = request.path.strip("/").split("/")
        if request.path == "/registry/heartbeat":
            return said(
                200, {"status": "ok"} | ({"platform_inbound_secret": self.secret} if self.secret else {})
            )
        if request.method == "GET" and parts[-1] == "delegations":
            return said(200, self.rows)
        if request.method == "GET" and parts[-1] in self.workspaces:
            return said(200, self.workspaces[parts[-1]])
        if request.method == "POST" and parts[-1] in ("a2a", "notify"):
            return said(200, {"status": "sent"})
        return said(404, {"error": "not found"})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            await self._talk(reader, writer)
        except asyncio.CancelledError:
            pass  # the end of the test
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, path, headers, body)
                self.requests.append(request)
                answer = self.wrong(request)
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer is ...:
                    answer = self.answer(request)
                if answer is None:
                    break
                if isinstance(answer, AsyncIterator):
                    async for piece in answer:
                        writer.write(piece)
                        await writer.drain()
                    break
                if isinstance(answer, tuple):
                    status, extra, content = answer
                    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
                    lines += [f"{name}: {value}" for name, value in extra.items()]
                    answer = "\r\n".join([*lines, "", ""]).encode("latin-1") + content
                    writer.write(answer)
                    await writer.drain()
                    continue
                writer.write(answer)
                await writer.drain()
                break


def said(status: int, content: object, **headers: str) -> Answer:
    """Return an answer in JSON."""
    return (
        status,
        {name.replace("_", "-"): value for name, value in headers.items()},
        json.dumps(content).encode(),
    )


@contextlib.asynccontextmanager
async def platform(**known: Any) -> AsyncIterator[Platform]:
    """Run a platform on a free port of loopback until the end of the block."""
    one = Platform(**known)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        server.close()
        for connection in one.connections:
            connection.cancel()
        await asyncio.gather(*one.connections, return_exceptions=True)
