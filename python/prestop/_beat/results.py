"""The results file, and what stands beside it so that neither a restart nor a second process delivers anything twice."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from .. import _core, _scrubbers, lines
from .lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import DelegationResult
    from .._delegations import Delegations

MOST = 10_000
"""Ids of delivered results that are remembered."""
LONGEST_FILE = 8 << 20
"""Bytes of the results file. Whatever is in it is unread, because a reader takes the file away."""

_State = tuple[int, int, int, int]

# For `lines.append`, whose rotation would put unread results where no reader looks.
_NO_ROTATION = 1 << 62


class FullError(OSError):
    """The results file holds as many unread results as it may."""


class Results:
    """One results file: results go into it durably, and it is known which ones ever did.

    Other processes of the same workspace may write to it too, as in a rolling restart.
    """

    def __init__(self, path: str, workspace_id: str) -> None:
        self.path = path
        self._workspace = workspace_id
        self._lock = Lock(path)
        # By id: whether it was this process that put the result into the file.
        self._delivered: dict[str, bool] = {}
        self.has_news = False
        """Whether a result came since somebody set this to False."""
        self.is_full = False
        """Whether results wait because the file has no room for them; set by whoever says so in the log."""
        # Delivered, and not written down yet.
        self._unnoted: list[str] = []
        # The states of the files when they were last read, or written by this process.
        self._states: set[_State] = set()
        # Ids of results that another process put into the file.
        self._theirs: set[str] = set()

    def resume(self, tracker: Delegations) -> list[Exception]:
        """Tell the tracker what was delivered before this start; return the errors of refused files."""
        refused: list[Exception] = []
        tracker.restore(as_file(self._refresh(refused)))
        self._theirs.clear()
        return refused

    def look(self) -> list[Any]:
        """Take note of what other processes delivered, and return the rows of which the agent has to be told here.

        These are the rows that were in the file at the last call already: the process that delivered them tells the agent of
        them as a rule, but may have ended before it did.
        """
        earlier, self._theirs = self._theirs, set()
        self._refresh([])
        if not earlier:
            return []
        return [row for row in _values(self.path, []) if isinstance(row, dict) and _id_of(row) in earlier]

    def is_delivered(self, delegation_id: str) -> bool:
        """Return whether the result with this id was ever appended to the file."""
        return delegation_id in self._delivered

    def holds(self, row: object) -> bool:
        """Return whether the result of a row of the platform was ever appended.

        The row may spell its id differently.
        """
        found = _core.result_id(row, _scrubbers.shared())
        return found is not None and self.is_delivered(found)

    def append(self, result: DelegationResult) -> bool:
        """Put the result into the file, and say whether it was this process that did: False where another one was faster.

        Raises OSError or ValueError where it is not there afterwards.
        """
        delegation_id = result.delegation_id
        with self._lock.held():
            self._refresh([])
            # By another process, or by this one where a stop ended the wait for it and not the writing.
            if delegation_id in self._delivered:
                self._theirs.discard(delegation_id)
                return self._delivered[delegation_id]
            line = result.line()
            size = self._size()
            if size and size + len(line) > LONGEST_FILE:
                raise FullError("the results file is full")
            lines.append(json.loads(line), self.path, size_limit=_NO_ROTATION)
            self.has_news = True
            self._remember(delegation_id, own=True)
            self._unnoted.append(delegation_id)
            # Before another process can look. What fails here is repeated by the next call of `note`.
            with contextlib.suppress(OSError, ValueError):
                self.note()
            self._states = self._states_now()
        return True

    def note(self) -> None:
        """Record for the next process what was delivered. Raises OSError; the next call records the rest."""
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

    def _sources(self) -> list[tuple[str, str]]:
        """Return the files that say what was delivered, and the field of their lines that says for whom."""
        notes = (_core.companion(self._memory, "old"), self._memory)
        # What a reader has not taken, or took before it could be noted.
        files = (*_consumed(self.path), self.path)
        return [(name, "workspace_id") for name in notes] + [(name, "source_id") for name in files]

    def _states_now(self) -> set[_State]:
        states = (_state_of(name) for name, _ in self._sources())
        return {state for state in states if state is not None}

    def _refresh(self, refused: list[Exception]) -> list[Any]:
        """Read the files that changed; return the rows of the results file that were not known."""
        states: set[_State] = set()
        found: set[str] = set()
        rows = []
        for name, whose in self._sources():
            state = _state_of(name)
            if state is None:
                continue
            states.add(state)
            if state in self._states:
                continue
            for value in _values(name, refused):
                if not isinstance(value, dict) or value.get(whose) != self._workspace:
                    continue
                delegation_id = _id_of(value)
                if delegation_id in self._delivered and delegation_id not in found:
                    continue
                found.add(delegation_id)
                self._remember(delegation_id, own=False)
                if name == self.path:
                    rows.append(value)
        self._states = states
        self._theirs.update(map(_id_of, rows))
        return rows

    def _remember(self, delegation_id: str, *, own: bool) -> None:
        self._delivered[delegation_id] = own
        while len(self._delivered) > MOST:
            del self._delivered[next(iter(self._delivered))]


def _consumed(path: str) -> list[str]:
    """Return the names to which readers rename the file: `NAME.consumed`, and with the suffix replaced as hosts do."""
    names = [f"{path}.consumed"]
    with contextlib.suppress(ValueError):  # a path that names no file
        names.insert(0, str(Path(path).with_suffix(".consumed")))
    return [name for name in names if name != path]


def _state_of(path: str) -> _State | None:
    """Return what changes with a file's content, and None where there is no file."""
    try:
        about = os.lstat(path)
    except (OSError, ValueError):
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def _id_of(value: dict[str, Any]) -> str:
    return str(value.get("delegation_id"))


def as_file(rows: list[Any]) -> bytes:
    """Return rows as the lines of a results file."""
    return "\n".join(map(json.dumps, rows)).encode()


def _values(path: str, refused: list[Exception]) -> list[Any]:
    """Return the values in a regular file of our own; none of any other file."""
    try:
        return _core.lines(path, own=True)[0]
    except (OSError, ValueError) as error:
        refused.append(error)
        return []
