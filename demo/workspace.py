"""A minimal agent workspace: what a host has to write to survive its stop, and nothing else.

usage: workspace.py [TRANSCRIPT]    with a transcript it pretends to have worked; without one it only waits
"""

import asyncio
import json
import logging
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import prestop
from prestop.adapter import SnapshotAdapter
from prestop.heartbeat import HeartbeatLoop


class Executor:
    """The agent product's side: a session that can be resumed by its id."""

    def __init__(self, session_id: str | None) -> None:
        self._session_id = session_id or f"session-{uuid.uuid4()}"


class Adapter(SnapshotAdapter):
    """The host's class for one agent product; the base class saves and restores."""

    def __init__(self) -> None:
        self._executor: Executor | None = None
        self.transcript: list[Any] = []

    def transcript_lines(self, since: int = 0, limit: int = 200) -> list[Any]:
        """Return the newest lines of the transcript."""
        return self.transcript[since:][-limit:]

    def create_executor(self) -> None:
        """Start the agent product, in the restored session if there is one."""
        self.transcript = list(self._snapshot_transcript or ())
        self._executor = Executor(self._snapshot_session_id)


async def main(transcript: Path | None) -> None:
    """Work until the process is stopped."""
    adapter = Adapter()
    heartbeat = HeartbeatLoop(os.environ["PLATFORM_URL"], os.environ["WORKSPACE_ID"])
    heartbeat.current_task, heartbeat.active_tasks = "fix the webhook retry", 1
    async with prestop.preserve(adapter, heartbeat, beats=True):
        adapter.create_executor()
        assert adapter._executor is not None
        restored = len(adapter.transcript)
        if transcript is not None:
            adapter.transcript += [json.loads(line) for line in transcript.read_text("utf-8").splitlines()]
        ready = {"session_id": adapter._executor._session_id, "lines": len(adapter.transcript)}
        print(json.dumps(ready | {"restored": restored}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
