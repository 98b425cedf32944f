"""The ids of delegations whose results were delivered, as the set that hosts know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._delegations import Delegations


class SeenIds(MutableSet[Any]):
    """A set in order of insertion, with the methods of `set`; an id is compared by its text.

    It stores nothing itself: the tracker is the only source of truth. Operations that create a new set return
    a `set`.
    """

    def __init__(self, tracker: Delegations) -> None:
        self._tracker = tracker

    @classmethod
    def _from_iterable(cls, ids: Iterable[Any]) -> Any:
        # The results of `|` and `-` are independent sets.
        return set(ids)

    def __contains__(self, value: object) -> bool:
        return self._tracker.is_seen(str(value))

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracker.seen)

    def __len__(self) -> int:
        return len(self._tracker.seen)

    def add(self, value: Any) -> None:
        self._tracker.remember([str(value)])

    def discard(self, value: Any) -> None:
        self._tracker.forget([str(value)])

    def copy(self) -> set[str]:
        return set(self)

    def update(self, *others: Iterable[Any]) -> None:
        self._tracker.remember([str(one) for other in others for one in other])

    def difference_update(self, *others: Iterable[Any]) -> None:
        self._tracker.forget([str(one) for other in others for one in other])

    def intersection_update(self, *others: Iterable[Any]) -> None:
        self.difference_update(self.difference(self.intersection(*others)))

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        theirs = _texts(other)
        common = self.intersection(theirs)
        self.difference_update(common)
        self.update(theirs - common)

    def union(self, *others: Iterable[Any]) -> set[str]:
        return set(self).union(*map(_texts, others))

    def intersection(self, *others: Iterable[Any]) -> set[str]:
        return set(self).intersection(*map(_texts, others))

    def difference(self, *others: Iterable[Any]) -> set[str]:
        return set(self).difference(*map(_texts, others))

    def symmetric_difference(self, other: Iterable[Any]) -> set[str]:
        return set(self).symmetric_difference(_texts(other))

    def issubset(self, other: Iterable[Any]) -> bool:
        return set(self).issubset(_texts(other))

    def issuperset(self, other: Iterable[Any]) -> bool:
        return set(self).issuperset(_texts(other))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"


def _texts(ids: Iterable[Any]) -> set[str]:
    return {str(one) for one in ids}
