"""The results file, and what stands beside it so that a restart delivers nothing twice."""

from __future__ import annotations

import json
import os
from typing import Any

from .. import _core, _scrubbers, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import DelegationResult
    from .._delegations import Delegations

MOST = 10_000
"""Ids of delivered results that are remembered."""
LONGEST_FILE = 8 << 20
"""Bytes of the results file. Whatever is in it is unread, because a reader takes the file away."""

# For `lines.append`, whose rotation would put unread results where no reader looks.
_NO_ROTATION = 1 << 62


class FullError(OSError):
    """The results file holds as many unread results as it may."""


class Results:
    """One results file: results go into it durably, and it is known which ones ever did."""

    def __init__(self, path: str, workspace_id: str) -> None:
        self.path = path
        self._workspace = workspace_id
        self._delivered: dict[str, None] = {}
        self.has_news = False
        """Whether a result came since somebody set this to False."""
        self.is_full = False
        """Whether results wait because the file has no room for them; set by whoever says so in the log."""
        # Delivered, and not written down yet.
        self._unnoted: list[str] = []

    def resume(self, tracker: Delegations) -> list[Exception]:
        """Tell the tracker what was delivered before this process started; return why files were not believed."""
        refused: list[Exception] = []
        for name in (_core.companion(self._memory, "old"), self._memory):
            for value in _values(name, refused):
                if isinstance(value, dict) and value.get("workspace_id") == self._workspace:
                    self._remember(str(value.get("delegation_id")))
        # What a reader has not taken, or took before it could be remembered.
        for name in (f"{self.path}.consumed", self.path):
            rows = _values(name, refused)
            if name == self.path:
                tracker.restore("\n".join(map(json.dumps, rows)).encode())
            for row in rows:
                if isinstance(row, dict) and row.get("source_id") == self._workspace:
                    self._remember(str(row.get("delegation_id")))
        return refused

    def is_delivered(self, delegation_id: str) -> bool:
        """Say whether the result that is written under this id ever went into the file."""
        return delegation_id in self._delivered

    def holds(self, row: object) -> bool:
        """Say the same of a row of the platform, whose id may be written in another way than it stands there."""
        found = _core.result_id(row, _scrubbers.shared())
        return found is not None and self.is_delivered(found)

    def append(self, result: DelegationResult) -> None:
        """Put the result into the file. Raises OSError or ValueError where it is not there afterwards."""
        # A stop may have ended the wait for it, and not the writing.
        if self.is_delivered(result.delegation_id):
            return
        line = result.line()
        size = self._size()
        if size and size + len(line) > LONGEST_FILE:
            raise FullError("the results file is full")
        lines.append(json.loads(line), self.path, size_limit=_NO_ROTATION)
        self.has_news = True
        self._remember(result.delegation_id)
        self._unnoted.append(result.delegation_id)

    def note(self) -> None:
        """Write down what was delivered, for the next process. Raises OSError; what is left is written at the next call."""
        while self._unnoted:
            note = {"workspace_id": self._workspace, "delegation_id": self._unnoted[0]}
            lines.append(note, self._memory, size_limit=4 << 20)
            del self._unnoted[0]

    def _size(self) -> int:
        try:
            return os.lstat(self.path).st_size
        except (OSError, ValueError):
            # No file yet, or a path that names none, which the append says.
            return 0

    @property
    def _memory(self) -> str:
        return f"{self.path}.delivered"

    def _remember(self, delegation_id: str) -> None:
        self._delivered[delegation_id] = None
        while len(self._delivered) > MOST:
            del self._delivered[next(iter(self._delivered))]


def _values(path: str, refused: list[Exception]) -> list[Any]:
    """Return what stands in a regular file of our own; nothing of any other."""
    try:
        return _core.lines(path, own=True)[0]
    except (OSError, ValueError) as error:
        refused.append(error)
        return []
