"""Builds and writes one snapshot after another: never two at once, and never an older one last."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from . import _loggers
from ._counters import count
from ._deadline import write_seconds
from ._guard import Starts
from ._in_the_way import InTheWay
from ._log_line import described

logger = _loggers.named("prestop.session")

# A stop without any time left tries nevertheless: the write can be killed at any point.
_LEAST_SECONDS = 0.1
# The fields that differ in every snapshot, even of the same state.
_CLOCK_FIELDS = ("timestamp", "uptime_seconds")


class SnapshotWriter:
    """Builds, scrubs and writes the snapshots of one `preserve`. Its methods block: they run in a `Job`."""

    def __init__(self, path: Path, heartbeat: object, starts: Starts, in_the_way: InTheWay | None) -> None:
        from . import pre_stop

        # What is imported, and said for the first time, while the interpreter is finalizing fails.
        self._module = pre_stop
        _ = pre_stop.logger, pre_stop.build_snapshot(None, {}), pre_stop._can_write() and starts.path
        self._path = path
        self._heartbeat = heartbeat
        self._starts = starts
        self._in_the_way = in_the_way
        self._writing = threading.Lock()
        self._stopping = False
        self._fingerprint: bytes | None = None

    def stop(self) -> None:
        """Write no further checkpoint; one that is under way is the last."""
        self._stopping = True

    def save(self, state: object, *, clean: bool, deadline: float) -> bool:
        """Write the snapshot of the stop; return whether it is on disk. `clean`: the host did not fail.

        A large snapshot that cannot be searched or written by the deadline (of `time.monotonic()`) is cut.
        """
        with self._alone():
            snapshot = self._build(state)
            write_seconds.set(max(_LEAST_SECONDS, deadline - time.monotonic()))
            if not self._write(snapshot, last=True):
                count("save_failed")
                return False
            if clean:
                self._starts.settle()
            else:
                self._starts.carry(snapshot)
            count("saved")
            return True

    def _alone(self) -> AbstractContextManager[object]:
        # Of an interpreter that is finalizing no other thread runs, and what one of them holds it holds for ever.
        return contextlib.nullcontext() if sys.is_finalizing() else self._writing

    def checkpoint(self, state: object) -> None:
        """Write the snapshot if it differs from the last one written and no stop has begun."""
        with self._writing:
            if self._stopping:
                return
            snapshot = self._build(state)
            fingerprint = _fingerprint(snapshot)
            if fingerprint is not None and fingerprint == self._fingerprint:
                count("checkpoints_unchanged")
            elif self._write(snapshot):
                self._fingerprint = fingerprint
                count("checkpoints")
            else:
                count("checkpoint_failed")
                return
            # An unchanged state counts too: this start has reached a checkpoint.
            self._starts.settle()

    def _write(self, snapshot: dict[str, Any], *, last: bool = False) -> bool:
        try:
            if self._in_the_way is not None and not self._in_the_way.clear(loud=last):
                return False
            written = self._module.write_snapshot(snapshot, self._path)
            if self._in_the_way is not None and not written:
                self._in_the_way.put_back()
            return written
        except BaseException as error:  # noqa: BLE001 - in a thread of ours nothing but the host's own objects ask for an end
            logger.warning("preserve: %s", described(error))
            return False

    def _build(self, state: object) -> dict[str, Any]:
        # A state that is not an object has no session id that `build_snapshot` could look for.
        fields: Any = state if isinstance(state, Mapping) else {}
        try:
            snapshot = self._module.build_snapshot(self._heartbeat, fields)
        except BaseException as error:  # noqa: BLE001 - an odd heartbeat costs its fields, not the snapshot
            logger.warning("The heartbeat cannot be read, the snapshot goes without it: %s", described(error))
            snapshot = self._module.build_snapshot(None, fields)
        snapshot["adapter"] = state
        return snapshot


def _fingerprint(snapshot: Mapping[str, Any]) -> bytes | None:
    """Return a digest that is equal for snapshots of the same state, or None if there is none.

    It stays in memory: on disk, a digest could reveal a secret that can be guessed.
    """
    state = {key: value for key, value in snapshot.items() if key not in _CLOCK_FIELDS}
    try:
        text = json.dumps(state, default=_as_written)
    except BaseException:  # noqa: BLE001 - cycles, odd keys, a container that changes: treated as changed
        return None
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).digest()


def _as_written(value: object) -> object:
    """Return a value that JSON cannot represent roughly as in the file: unscrubbed, and sets in any order."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | deque):
        return list(value)
    return value.hex() if isinstance(value, bytes | bytearray) else str(value)
