"""No secret is in any file, log, request, argument list or environment of a child, ever."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from beating import OWN, TOKEN, bare_host, row
from platform_server import Request, platform, said
from secrets_at_run_time import PASSWORD, SHAPES, letters, private_key

import prestop
from prestop import agentapi, heartbeat, platform_auth
from prestop.pre_stop import read_snapshot, write_snapshot

__all__ = ["bare_host"]

SECRETS = [*SHAPES.values(), PASSWORD, *private_key().split("\n")[1:-1]]
ROTATED = "rot-" + letters(24, 81)


def transcript() -> list[Any]:
    lines: list[Any] = [f"it said {secret} then" for secret in SHAPES.values()]
    lines += [json.dumps({"content": json.dumps({"output": line})}) for line in lines]
    return [
        *lines,
        {"password": PASSWORD},
        f"DB_PASSWORD={PASSWORD}",
        f"postgres://u:{PASSWORD}@db",
        private_key(),
    ]


def assert_clean(content: str | bytes, where: object, secrets: Iterable[str] = SECRETS) -> None:
    content = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    for secret in secrets:
        # The message of a failure must not show the secret either.
        assert secret.encode() not in content, (where, secret[:4])


def test_the_canary_is_in_no_file_of_the_directory(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.json"
    lines = transcript()
    # A file as the replaced module left it: everything in plain text.
    target.write_text(json.dumps({"adapter": {"transcript_lines": [str(line) for line in lines]}}))
    for number in range(3):
        assert write_snapshot({"n": number, "adapter": {"transcript_lines": lines}}, target) is True
    with patch("builtins.open", side_effect=OSError("no")):
        write_snapshot({"adapter": {"transcript_lines": lines}}, target)
    target.write_bytes(target.read_bytes()[:-20])
    read_snapshot(target)
    files = list(tmp_path.iterdir())
    assert len(files) >= 2
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        assert_clean(file.read_bytes(), file.name)


class Host:
    """An adapter whose whole state is secrets."""

    def __init__(self) -> None:
        self.restored: Any = None

    def pre_stop_state(self) -> dict[str, Any]:
        return {"session_id": "session-1", "transcript_lines": transcript()}

    def restore_state(self, snapshot: dict[str, Any]) -> None:
        self.restored = snapshot
        raise ValueError(f"cannot use {PASSWORD}")


async def test_the_canary_is_nowhere_in_a_whole_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in (None, "httpx", "httpcore", "heartbeat", "prestop", "lib.pre_stop"):
        caplog.set_level(logging.DEBUG, logger=name)
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    monkeypatch.setenv("WORKSPACE_ID", OWN)
    monkeypatch.setattr(heartbeat, "HEARTBEAT_INTERVAL", 0.02)
    token, target, seen = tmp_path / "configs" / ".auth_token", tmp_path / "snapshot.json", tmp_path / "seen"
    platform_auth.save_token(TOKEN)
    # A snapshot of the replaced module to be restored, with everything in plain text.
    target.write_text(json.dumps({"workspace_id": OWN, "current_task": f"use {PASSWORD}"}))
    # A child that the package starts records what it was started with.
    program, state = tmp_path / "agentapi", tmp_path / "state.json"
    program.write_text(
        "import json, os, sys\n"
        f"open({str(seen)!r}, 'a').write(json.dumps([sys.argv, dict(os.environ)]))\n"
        "print('agentapi version v0.12.1')\n"
    )
    message = {"id": 0, "message": SHAPES["github"], "role": "user", "time": "2026-02-01T10:00:00Z"}
    state.write_text(
        json.dumps(
            {"version": 1, "messages": [message], "initial_prompt": PASSWORD, "initial_prompt_sent": True}
        )
    )

    rows = [
        row(number, status, summary=secret, response_preview=f"{secret} {PASSWORD}", error=private_key())
        for number, (status, secret) in enumerate(
            zip(["completed", "failed"] * 5, SHAPES.values(), strict=True)
        )
    ]
    failures = [
        (500, {}, PASSWORD.encode()),
        None,
        said(401, {"error": TOKEN}),
        said(429, {}, Retry_After="0"),
    ]

    def wrong(request: Request) -> Any:
        if request.path.endswith("heartbeat") and failures:
            return failures.pop()
        return ...

    adapter = Host()
    async with platform(token=TOKEN, secret=ROTATED, rows=rows) as server:
        server.wrong = wrong
        loop = heartbeat.HeartbeatLoop(server.url, OWN)
        loop.current_task = f"deploy with {PASSWORD}"
        loop.record_error(ConnectionError(f"{SHAPES['openai']} was refused"))
        async with prestop.preserve(adapter, loop, path=target, checkpoint=0.02, beats=True):
            started = agentapi.start(
                [sys.executable, str(program)], state_file=state, pid_file=tmp_path / "pid"
            )
            end = asyncio.get_running_loop().time() + 60
            while len(server.sent("/notify")) < len(rows) or not prestop.stats()["checkpoints"]:
                assert asyncio.get_running_loop().time() < end
                await asyncio.sleep(0.01)
        requests = server.requests
    print(started)

    # Everything took part in the run.
    assert adapter.restored is not None and started.ok and not failures
    assert {"heartbeat", "delegations", "a2a", "notify"} <= {one.path.rsplit("/")[-1] for one in requests}
    assert json.loads(target.read_text())["adapter"]["session_id"] == "session-1"
    assert {"httpx", "heartbeat", "lib.pre_stop", "prestop.session"} <= {one.name for one in caplog.records}
    assert any(one.name.startswith("httpcore") for one in caplog.records)

    known = [*SECRETS, TOKEN, ROTATED]
    assert_clean(caplog.text + "".join(str(vars(one)) for one in caplog.records), "log", known)
    assert_clean("".join(capfd.readouterr()), "output", known)
    for request in requests:
        # The token is only in the header meant for it.
        assert request.headers.pop("authorization") == f"Bearer {TOKEN}"
        assert_clean(f"{request.path} {request.headers}", request.path, known)
        assert_clean(request.body, request.path, known)
    arguments, environment = json.loads(seen.read_text())
    assert arguments[1:] == ["--version"] and "DB_PASSWORD" not in environment
    own = {token: [TOKEN], token.with_name(".platform_inbound_secret"): [ROTATED]}
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {target, state, tmp_path / "results.jsonl", *own} <= set(files)
    for file in files:
        assert_clean(file.read_bytes(), file.name, [one for one in known if one not in own.get(file, [])])
        if file not in (program, seen):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
