"""Starts that may restore a snapshot, for the tests of `preserve`."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import prestop


class Adapter:
    def __init__(self) -> None:
        self.restored: list[Any] = []

    def pre_stop_state(self) -> Any:
        return {"session_id": "session-2"}

    def restore_state(self, snapshot: Any) -> None:
        self.restored.append(snapshot)


def saved(path: Path, **fields: Any) -> None:
    snapshot = {
        "workspace_id": "ws-1",
        "timestamp": datetime.now(UTC).isoformat(),
        "adapter": {"session_id": "session-1"},
    }
    # A new file: one that is changed in place causes a warning of its own.
    path.unlink(missing_ok=True)
    path.write_text(json.dumps({k: v for k, v in (snapshot | fields).items() if v is not None}))


def start(path: Path, **options: Any) -> list[Any]:
    adapter = Adapter()
    with prestop.preserve(adapter, path=path, checkpoint=None, **options) as session:
        assert [session.restored] == (adapter.restored or [None])
    return adapter.restored


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
