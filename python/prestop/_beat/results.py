"""The results file, and the record beside it by which a restart delivers nothing twice."""

from __future__ import annotations

import json
from typing import Any

from .. import _core, _scrubbers, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import DelegationResult
    from .._delegations import Delegations

MOST = 10_000
"""The most ids of delivered results that are remembered."""


class Results:
    """One results file: appends results durably, and knows which were ever appended."""

    def __init__(self, path: str, workspace_id: str) -> None:
        self.path = path
        self._workspace = workspace_id
        self._delivered: dict[str, None] = {}
        self.has_news = False
        """Whether a result was appended since this was last set to False."""
        # Appended, but not yet recorded as delivered.
        self._unnoted: list[str] = []

    def resume(self, tracker: Delegations) -> list[Exception]:
        """Tell the tracker what was delivered before this start; return the errors of refused files."""
        refused: list[Exception] = []
        for name in (_core.companion(self._memory, "old"), self._memory):
            for value in _values(name, refused):
                if isinstance(value, dict) and value.get("workspace_id") == self._workspace:
                    self._remember(str(value.get("delegation_id")))
        # Results that no reader has consumed yet, or that were consumed before they could be recorded.
        for name in (f"{self.path}.consumed", self.path):
            rows = _values(name, refused)
            if name == self.path:
                tracker.restore("\n".join(map(json.dumps, rows)).encode())
            for row in rows:
                if isinstance(row, dict) and row.get("source_id") == self._workspace:
                    self._remember(str(row.get("delegation_id")))
        return refused

    def is_delivered(self, delegation_id: str) -> bool:
        """Return whether the result with this id was ever appended to the file."""
        return delegation_id in self._delivered

    def holds(self, row: object) -> bool:
        """Return whether the result of a row of the platform was ever appended.

        The row may spell its id differently.
        """
        found = _core.result_id(row, _scrubbers.shared())
        return found is not None and self.is_delivered(found)

    def append(self, result: DelegationResult) -> None:
        """Append the result to the file. Raises OSError or ValueError if it is not there afterwards."""
        # A stop may have ended the wait for an earlier append, but not the append itself.
        if self.is_delivered(result.delegation_id):
            return
        lines.append(json.loads(result.line()), self.path)
        self.has_news = True
        self._remember(result.delegation_id)
        self._unnoted.append(result.delegation_id)

    def note(self) -> None:
        """Record for the next process what was delivered. Raises OSError; the next call records the rest."""
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


def _values(path: str, refused: list[Exception]) -> list[Any]:
    """Return the values in a regular file of our own; none of any other file."""
    try:
        return _core.lines(path, own=True)[0]
    except (OSError, ValueError) as error:
        refused.append(error)
        return []
