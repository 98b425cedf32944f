"""The results file, and what stands beside it so that a restart delivers nothing twice."""

from __future__ import annotations

import json
import os
from typing import Any

from .. import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import DelegationResult
    from .._delegations import Delegations

MOST = 10_000
"""Ids of delivered results that are remembered."""
_LONGEST = 64 << 20


class Results:
    """One results file: results go into it durably, and it is known which ones ever did."""

    def __init__(self, path: str, workspace_id: str) -> None:
        self.path = path
        self._workspace = workspace_id
        self._delivered: dict[str, None] = {}
        # Delivered, and not written down yet.
        self._unnoted: list[str] = []

    def resume(self, tracker: Delegations) -> None:
        """Tell the tracker what was delivered before this process started."""
        for name in (_rotated(self._memory), self._memory):
            try:
                values = lines.read(name).values
            except OSError:
                continue
            for value in values:
                if isinstance(value, dict) and value.get("workspace_id") == self._workspace:
                    self._remember(str(value.get("delegation_id")))
        # What a reader has not taken, or took before it could be remembered.
        for name in (f"{self.path}.consumed", self.path):
            content = _content(name)
            if name == self.path:
                tracker.restore(content)
            for row in _rows(content):
                if isinstance(row, dict) and row.get("source_id") == self._workspace:
                    self._remember(str(row.get("delegation_id")))

    def is_delivered(self, delegation_id: str) -> bool:
        """Say whether the result of this delegation ever went into the file."""
        return delegation_id in self._delivered

    def append(self, result: DelegationResult) -> None:
        """Put the result into the file. Raises OSError where it is not there afterwards."""
        lines.append(json.loads(result.line()), self.path)
        self._remember(result.delegation_id)
        self._unnoted.append(result.delegation_id)

    def note(self) -> None:
        """Write down what was delivered, for the next process. Raises OSError; what is left is written at the next call."""
        while self._unnoted:
            note = {"workspace_id": self._workspace, "delegation_id": self._unnoted[0]}
            lines.append(note, self._memory, size_limit=4 << 20)
            del self._unnoted[0]

    @property
    def _memory(self) -> str:
        return f"{self.path}.delivered"

    def _remember(self, delegation_id: str) -> None:
        self._delivered[delegation_id] = None
        while len(self._delivered) > MOST:
            del self._delivered[next(iter(self._delivered))]


def _rotated(path: str) -> str:
    directory, name = os.path.split(path)
    return os.path.join(directory, f".{name}.old")


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST)
    except OSError:
        return b""


def _rows(content: bytes) -> list[Any]:
    rows = []
    for line in content.splitlines():
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return rows
