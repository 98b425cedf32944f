"""The ids of delegations whose results were delivered, as the set that hosts know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._delegations import Delegations


class SeenIds(MutableSet[Any]):
    """A set in the order in which the ids came. It holds nothing itself: the tracker is the only source of truth."""

    def __init__(self, tracker: Delegations) -> None:
        self._tracker = tracker

    @classmethod
    def _from_iterable(cls, ids: Iterable[Any]) -> Any:
        # What `|` and `-` give is a set of its own.
        return set(ids)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and self._tracker.is_seen(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracker.seen)

    def __len__(self) -> int:
        return len(self._tracker.seen)

    def add(self, value: Any) -> None:
        self._tracker.remember([str(value)])

    def discard(self, value: Any) -> None:
        self._tracker.forget([str(value)])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"
