"""The heartbeat of a workspace: beats, results of delegations, and rotated secrets.

It tells the platform that the agent is alive, delivers the results of delegations, and picks up rotated
secrets. A drop-in for the host module of this name:

    import sys, prestop.heartbeat
    sys.modules["heartbeat"] = prestop.heartbeat

The constants below, and the functions that a host may replace, are looked up on every use.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import httpx

from . import _loggers
from ._beat import beside, host, intake, limits, pace, parent
from ._beat.address import split, workspace_url
from ._beat.answers import UNAUTHORIZED, content_of, is_delivered, retry_after, status_of
from ._beat.listing import Listing
from ._beat.numbers import number, share, whole
from ._beat.results import Results
from ._beat.saying import said
from ._beat.seen import SeenIds
from ._beat.telling import Telling
from ._beat.waking import Waking
from ._delegations import Delegations
from ._payload import heartbeat_inbound_secret, heartbeat_payload
from ._scrubbers import add_rotated

__all__ = ["HeartbeatLoop"]

logger = _loggers.named("heartbeat")


def _logger() -> logging.Logger:
    return logger


HEARTBEAT_INTERVAL = 30
"""Seconds between two beats."""
MAX_CONSECUTIVE_FAILURES = 10
"""Failures in a row after which a new connection is opened."""
MAX_SEEN_DELEGATION_IDS = 200
"""Delegations that are remembered in memory; delivered ones are also recorded beside the results file."""
SELF_MESSAGE_COOLDOWN = 60
"""Seconds between two messages to the agent."""
DELEGATION_RESULTS_FILE = os.environ.get("DELEGATION_RESULTS_FILE", "/tmp/delegation_results.jsonl")
"""The file into which results are written for the agent."""

# In seconds: for a beat or a list; for the agent's answer; the longest that a beat waits for the work that
# follows the previous one; for the last request of a stop.
_TIMEOUT = 10.0
_MESSAGE_TIMEOUT = 120.0
_MESSAGE_PATIENCE = 10.0
_STOP_TIMEOUT = 2.0

# Types of values in a beat that run no code of the host when they are read.
_PLAIN = (str, bytes, int, float, type(None))


def auth_headers() -> dict[str, str]:
    """Return the headers that carry the workspace's token."""
    return dict(host.module("platform_auth").auth_headers())


def self_source_headers(workspace_id: str) -> dict[str, str]:
    """Return the headers of a request that the workspace makes to itself."""
    return dict(host.module("platform_auth").self_source_headers(workspace_id))


def refresh_cache() -> None:
    """Have the token read again."""
    host.module("platform_auth").refresh_cache()


def _runtime_state_payload() -> dict[str, Any]:
    reason = host.wedged_reason()
    return {} if reason is None else {"runtime_state": "wedged", "sample_error": reason}


def _runtime_metadata_payload() -> dict[str, Any]:
    about = _ADAPTER.metadata()
    return {} if about is None else {"runtime_metadata": about}


_ADAPTER = host.Adapter()


def _persist_inbound_secret_from_heartbeat(response: object) -> None:
    secret = _secret_in(response)
    if secret is None:
        return
    try:
        host.called(lambda: host.module("platform_inbound_auth").save_inbound_secret(secret))
    except Exception as error:  # noqa: BLE001 - the next beat brings the secret again
        logger.warning("heartbeat: persist inbound secret failed: %s", said(error))


def _secret_in(response: object) -> str | None:
    content = content_of(response)
    secret = heartbeat_inbound_secret(content) if content is not None else None
    if secret is not None:
        with contextlib.suppress(ValueError):  # too short to be searched for
            add_rotated("PLATFORM_INBOUND_SECRET", secret)
    return secret


def _payload_of(state: dict[str, Any]) -> bytes:
    for kept in ((object,), (*_PLAIN, dict)):
        try:
            return host.called(heartbeat_payload, {k: v for k, v in state.items() if isinstance(v, kept)})
        except RuntimeError:  # a value tried to end the process when it was read: it is left out
            continue
    return heartbeat_payload({name: value for name, value in state.items() if isinstance(value, _PLAIN)})


def _results_file() -> str:
    """Return the path of the results file; an empty one, which names no file, for what is no path."""
    given: object = DELEGATION_RESULTS_FILE
    return os.fsdecode(given) if isinstance(given, str | bytes | os.PathLike) else ""


async def _answer(request: Awaitable[Any], seconds: float) -> Any:
    """Return the answer. The timeout is for the whole of it: httpx grants its own to each part."""
    async with asyncio.timeout(seconds):
        return await request


class HeartbeatLoop:
    """Beats until it is stopped. Executors set `active_tasks` and `current_task` directly.

    A host without modules of its own passes `auth` (returns the headers of a request; called again for a
    retry after a 401), `wedge` (returns why the runtime is stuck, or None), `metadata` (returns the runtime's
    metadata, or None) and `on_inbound_secret` (receives a secret that the platform rotated). Not safe for use
    by several threads at once.
    """

    def __init__(
        self,
        platform_url: str,
        workspace_id: str,
        *,
        auth: Callable[[], dict[str, str]] | None = None,
        wedge: Callable[[], str | None] | None = None,
        metadata: Callable[[], dict[str, Any] | None] | None = None,
        on_inbound_secret: Callable[[str], None] | None = None,
    ) -> None:
        """Create the loop. Nothing is sent before `start`. Raises TypeError for a function that is async."""
        host.refuse_async(auth=auth, wedge=wedge, metadata=metadata, on_inbound_secret=on_inbound_secret)
        self.platform_url = platform_url
        self.workspace_id = workspace_id
        self.start_time = time.time()
        self.error_count = 0
        self.request_count = 0
        self.active_tasks = 0
        self.current_task = ""
        self.sample_error = ""
        self._task: asyncio.Task[None] | None = None
        self._consecutive_failures = 0
        self._last_self_message_time = 0.0
        self._parent_name: str | None = None
        self._auth = auth
        self._wedge = wedge
        self._metadata = metadata
        self._on_inbound_secret = on_inbound_secret
        self._known_metadata: dict[str, Any] | None = None
        self._retry_after: float | None = None
        self._started = time.monotonic()
        self._tracker = Delegations(str(workspace_id))
        self._results: Results | None = None
        # Work beside the beats: the latest list of delegations, the message to the agent, those to the user.
        self._check: asyncio.Future[None] | None = None
        self._waking = Waking(self._tracker, _logger)
        self._telling = Telling(self._tracker, _logger)
        self._is_sending = False
        self._is_stopping = False
        self._pauses_first = False
        self._is_nowhere = False
        self._listing = Listing(_logger)

    # --- the body of a beat

    @property
    def error_rate(self) -> float:
        """The share of the requests since the last delivered beat that failed, 0.0 without requests."""
        return share(self.error_count, self.request_count)

    def record_error(self, error: object) -> None:
        """Count a failed request, and keep the text of its error."""
        self.error_count = whole(self.error_count) + 1
        self.request_count = whole(self.request_count) + 1
        try:
            self.sample_error = host.called(str, error)
        except Exception:  # noqa: BLE001 - what is told is not worth the work that failed
            self.sample_error = type(error).__name__

    def record_success(self) -> None:
        """Count a request that succeeded."""
        self.request_count = whole(self.request_count) + 1

    def _body(self) -> dict[str, Any]:
        now = time.time()
        state: dict[str, Any] = {
            "workspace_id": self.workspace_id,
            "error_rate": self.error_rate,
            "sample_error": self.sample_error,
            "active_tasks": self.active_tasks,
            "current_task": self.current_task,
            # The clock may have been set back.
            "uptime_seconds": max(now - number(self.start_time, now), time.monotonic() - self._started),
        }
        state |= self._wedged() | self._about()
        body: dict[str, Any] = json.loads(_payload_of(state))
        return body

    def _wedged(self) -> dict[str, Any]:
        if self._wedge is not None:
            try:
                return {"wedged_reason": host.called(self._wedge)}
            except Exception as error:  # noqa: BLE001 - it costs this part of the beat and no more
                logger.warning("heartbeat: not known whether wedged: %s", said(error))
                return {}
        state = host.called(_runtime_state_payload)
        return {"wedged_reason": state.get("sample_error") or True} if state.get("runtime_state") else {}

    def _about(self) -> dict[str, Any]:
        if self._metadata is None:
            return host.called(_runtime_metadata_payload)
        try:
            self._known_metadata = host.metadata(host.called(self._metadata))
        except Exception as error:  # noqa: BLE001 - a beat without it would erase it
            logger.warning("heartbeat: no metadata: %s", said(error))
        return {"runtime_metadata": self._known_metadata}

    def _headers(self) -> dict[str, str]:
        headers = host.called(auth_headers if self._auth is None else self._auth)
        return self._with_credentials(dict(headers))

    def _with_credentials(self, headers: dict[str, str]) -> dict[str, str]:
        """Add the credentials of the platform's address; as in httpx, they replace the token."""
        credentials = split(self.platform_url)[1]
        if credentials:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        return headers | credentials

    # --- start and stop

    def start(self) -> None:
        """Beat from now on, in one task of the running event loop, however often this is called."""
        self._is_stopping = False
        if beside.is_under_way(self._task):
            return
        self._task = asyncio.create_task(self._loop())
        self._task.add_done_callback(self._on_done)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        """Start again if the task ended and nobody stopped it."""
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not self._is_stopping:
            logger.error("heartbeat: the loop ended and is started again: %s", said(error))
            self._pauses_first = True
            self.start()

    async def stop(self) -> None:
        """End the beats. A request under way has 2 seconds to finish."""
        self._is_stopping = True
        task = self._task
        requests = (task if self._is_sending else None, self._check)
        last = {one for one in requests if one is not None and beside.is_under_way(one)}
        try:
            if last:
                await asyncio.wait(last, timeout=_STOP_TIMEOUT)
            await beside.end(task)
            await self._end_work_beside()
        finally:
            # If this was cancelled, the task may be under way: another call ends it then.
            if self._task is task and not beside.is_under_way(task):
                self._task = None
        if not self._is_stopping:
            # It was started again meanwhile.
            self.start()

    async def _end_work_beside(self) -> None:
        """End the work that needs the connection; messages not sent yet go over the next one."""
        await beside.end(self._check)
        await self._waking.end()
        await self._telling.end()

    async def _loop(self) -> None:
        if self._pauses_first:
            self._pauses_first = False
            await asyncio.sleep(HEARTBEAT_INTERVAL)
        while True:
            try:
                async with limits.client(httpx.AsyncClient, self.platform_url, _TIMEOUT) as client:
                    try:
                        await self._beat_with(client)
                    finally:
                        await self._end_work_beside()
            except Exception as error:  # noqa: BLE001 - whatever it is, the beats go on
                self._failed(said(error))
                await self._pause()

    async def _beat_with(self, client: Any) -> None:
        """Beat until so many beats have failed that a new connection may do better."""
        while True:
            self._is_sending = True
            try:
                delivered = await self._beat(client)
            finally:
                self._is_sending = False
            if self._is_stopping:
                raise asyncio.CancelledError
            await self._pause(await self._follow_up(client) if delivered else 0.0)
            if self._consecutive_failures and self._consecutive_failures % MAX_CONSECUTIVE_FAILURES == 0:
                return

    async def _pause(self, waited: float = 0.0) -> None:
        asked, self._retry_after = self._retry_after, None
        delay = pace.delay(HEARTBEAT_INTERVAL, self._consecutive_failures, asked)
        await asyncio.sleep(max(0, delay - waited))

    async def _follow_up(self, client: Any) -> float:
        """Process the delegations; return how many seconds that delayed the beats.

        What takes longer runs beside them.
        """
        check = self._check
        if check is None or not beside.is_under_way(check):
            check = self._check = asyncio.ensure_future(self._checked(client))
        patience = min(_MESSAGE_PATIENCE, HEARTBEAT_INTERVAL)
        return 0.0 if await beside.has_ended(check, patience) else patience

    async def _checked(self, client: Any) -> None:
        try:
            await self._check_delegations(client)
        except Exception as error:  # noqa: BLE001 - a list or a message costs no beat
            logger.info("heartbeat: delegations later: %s", said(error))

    # --- one beat

    async def _beat(self, client: Any) -> bool:
        """Send one beat, and once more with a new token after a 401; return whether it was delivered."""
        counted = (self.error_count, self.request_count, self.sample_error)
        try:
            body = self._body()
            url = f"{split(self.platform_url)[0]}/registry/heartbeat"
            response = await self._authorized(partial(client.post, url, json=body))
        except Exception as error:  # noqa: BLE001 - every kind of failure is one
            self._failed(said(error))
            return False
        if not is_delivered(response):
            self._retry_after = retry_after(response)
            self._failed(f"status {status_of(response)}")
            return False
        self._delivered(counted)
        self._persist(response)
        return True

    async def _authorized(self, request: Callable[..., Awaitable[Any]]) -> Any:
        """Return the answer to a request, which is sent once more with a new token after a 401."""
        response = await _answer(request(headers=self._headers()), _TIMEOUT)
        if status_of(response) == UNAUTHORIZED:
            if self._auth is None:
                host.called(refresh_cache)
            response = await _answer(request(headers=self._headers()), _TIMEOUT)
        return response

    def _failed(self, why: str) -> None:
        self._consecutive_failures += 1
        logger.warning("heartbeat: not delivered, %d in a row: %s", self._consecutive_failures, why)

    def _delivered(self, counted: tuple[Any, Any, Any]) -> None:
        """Start a new window of errors, with what was counted while the beat was under way."""
        errors, requests, sample = counted
        if self._consecutive_failures:
            logger.info("heartbeat: delivered again after %d failures", self._consecutive_failures)
        self._consecutive_failures = 0
        self.error_count = max(0, whole(self.error_count) - whole(errors))
        self.request_count = max(0, whole(self.request_count) - whole(requests))
        if self.sample_error is sample and self.error_count == 0:
            self.sample_error = ""

    def _persist(self, response: object) -> None:
        if self._on_inbound_secret is None:
            _persist_inbound_secret_from_heartbeat(response)
            return
        secret = _secret_in(response)
        if secret is None:
            return
        try:
            host.called(self._on_inbound_secret, secret)
        except Exception as error:  # noqa: BLE001 - the next beat brings the secret again
            logger.warning("heartbeat: persist inbound secret failed: %s", said(error))

    # --- delegations

    @property
    def _seen_delegation_ids(self) -> SeenIds:
        return SeenIds(self._tracker)

    @_seen_delegation_ids.setter
    def _seen_delegation_ids(self, ids: Iterable[Any]) -> None:
        self._tracker.forget(self._tracker.seen)
        self._tracker.remember([str(one) for one in ids])

    def _workspace(self, path: str) -> str:
        url = workspace_url(self.platform_url, self.workspace_id, path)
        if url is None:
            raise ValueError("the id of the workspace cannot stand in a URL")
        return url

    async def _check_delegations(self, client: Any) -> None:
        """Fetch the platform's list, append new results to the file, and tell the agent and the user."""
        self._tracker.set_seen_limit(MAX_SEEN_DELEGATION_IDS)
        self._tracker.set_cooldown(SELF_MESSAGE_COOLDOWN)
        listed = workspace_url(self.platform_url, self.workspace_id, "/delegations")
        if listed is None:
            if not self._is_nowhere:
                logger.warning("heartbeat: no delegations, the workspace's id cannot stand in a URL")
            self._is_nowhere = True
            return
        path = _results_file()
        if self._results is None or self._results.path != path:
            self._results = await intake.opened(path, str(self.workspace_id), self._tracker, logger)
        rows = await self._listing.rows(self._authorized(partial(client.get, listed)))
        if rows is not None:
            told_elsewhere = await intake.take(rows, self._results, self._tracker, logger)
            self._telling.leave_out(told_elsewhere)
        await self._wake_up(client, self._results)
        await self._telling.go_on(partial(self._notified, client), _MESSAGE_PATIENCE)

    async def _wake_up(self, client: Any, results: Results) -> None:
        """Tell the agent of results that it does not know, once per cooldown."""
        if not self._waking.is_free():
            return
        self._tracker.last_wake_up = self._last_self_message_time or None
        if self._parent_name is None and results.has_news:
            self._parent_name = await parent.name_of(self.workspace_id, partial(self._asked, client))
            if self._parent_name:
                self._tracker.set_parent(self._parent_name)
        now = time.time()
        wake_up = self._tracker.due(now)
        if wake_up is None:
            return
        self._last_self_message_time = now
        results.has_news = False
        await self._waking.go(partial(self._messaged, client, wake_up.body()), _MESSAGE_PATIENCE)

    def _message_headers(self) -> dict[str, str]:
        headers = self._headers()
        if self._auth is None:
            headers |= host.called(self_source_headers, self.workspace_id)
        return self._with_credentials({"X-Workspace-ID": str(self.workspace_id)} | headers)

    async def _messaged(self, client: Any, body: bytes) -> str | None:
        """Send a message to the agent; return None, or why that failed."""
        try:
            url, headers = self._workspace("/a2a"), self._message_headers()
            sent = client.post(url, json=json.loads(body), headers=headers, timeout=_MESSAGE_TIMEOUT)
            response = await _answer(sent, _MESSAGE_TIMEOUT)
            return None if is_delivered(response) else f"status {status_of(response)}"
        except Exception as error:  # noqa: BLE001 - sent again after the cooldown
            return said(error)

    async def _asked(self, client: Any, workspace_id: object) -> Any:
        """Return what the platform reports of a workspace, or None."""
        url = workspace_url(self.platform_url, workspace_id)
        if url is None:
            return None
        try:
            response = await _answer(client.get(url, headers=self._headers()), _TIMEOUT)
        except Exception as error:  # noqa: BLE001 - the message does without it
            logger.info("heartbeat: the parent is not known: %s", said(error))
            return None
        return content_of(response) if is_delivered(response) else None

    async def _notified(self, client: Any, body: bytes) -> str | None:
        """Send a message to the user; return None, or why that failed."""
        try:
            sent = client.post(self._workspace("/notify"), json=json.loads(body), headers=self._headers())
            response = await _answer(sent, _TIMEOUT)
            return None if is_delivered(response) else f"status {status_of(response)}"
        except Exception as error:  # noqa: BLE001 - sent again at the next beat
            return said(error)
