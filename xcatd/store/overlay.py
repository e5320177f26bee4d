"""Mappings of which many versions live side by side: a change of one row must not cost a copy of one hundred thousand.

What the versions have in common is one dictionary that nobody changes; each has its differences on top of it.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

MANY = 1000
"""Entries that are copied in less time than differences would cost later."""
_PART = 16
"""Differences are kept apart while they are not more than one of so many entries."""


def edited(rows: Mapping[K, V]) -> MutableMapping[K, V]:
    """A copy that may be changed. How long that takes does not grow with the number of entries."""
    if len(rows) <= MANY:
        return copied(rows)
    return rows.twin() if isinstance(rows, Overlay) else Overlay(rows)


def copied(rows: Mapping[K, V]) -> dict[K, V]:
    """A plain copy, for those who change many entries."""
    return rows.whole() if isinstance(rows, Overlay) else dict(rows)


def settled(rows: Mapping[K, V]) -> Mapping[K, V]:
    """The same entries in the form in which they are kept. `rows` is not to be changed afterwards."""
    return rows.whole() if isinstance(rows, Overlay) and rows.is_wide else rows


def walked(rows: Mapping[K, V]) -> Mapping[K, V]:
    """The same entries for one who goes through them all: a plain dictionary, which is not to be changed."""
    return rows.walked() if isinstance(rows, Overlay) else rows


class Overlay(MutableMapping[K, V]):
    """Behaves as a dictionary does, its order included. None cannot be a value: it marks what is gone.

    When somebody goes through it, it is made whole, once. Several threads may read one that nobody changes any more.
    """

    __slots__ = ("_length", "_parts")

    def __init__(self, base: Mapping[K, V]) -> None:
        """Over `base`, which is not to be changed as long as this lives."""
        self._parts: tuple[Mapping[K, V], dict[K, V | None], set[K]] = base, {}, set()
        """What is shared; what differs, where those that stand behind the base have their order; and those of the base
        that went and came again, so that they stand behind it. One tuple, so that threads see all of it or nothing."""
        self._length = len(base)

    @property
    def is_wide(self) -> bool:
        """Whether so much differs that it had better be made whole."""
        base, top, _ = self._parts
        return len(top) > max(MANY, len(base) // _PART)

    def twin(self) -> Overlay[K, V]:
        """Another one with the same entries."""
        base, top, moved = self._parts
        twin = Overlay(base)
        twin._parts, twin._length = (base, top.copy(), moved.copy()), self._length
        return twin

    def whole(self) -> dict[K, V]:
        """A new dictionary with these entries."""
        base, top, moved = self._parts
        whole = dict(base)
        for key, value in top.items():
            if value is None or key in moved:
                del whole[key]
            if value is not None:
                whole[key] = value
        return whole

    def __getitem__(self, key: K) -> V:
        base, top, _ = self._parts
        if key not in top:
            return base[key]
        value = top[key]
        if value is None:
            raise KeyError(key)
        return value

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...
    def get(self, key: K, default: V | T | None = None, /) -> V | T | None:
        """The value, or `default` when there is none. Written out because the inherited one is slow."""
        base, top, _ = self._parts
        if key not in top:
            return base.get(key, default)
        value = top[key]
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        base, top, _ = self._parts
        return top[key] is not None if key in top else key in base

    def __len__(self) -> int:
        return self._length

    def __setitem__(self, key: K, value: V) -> None:
        base, top, moved = self._parts
        if key not in top:
            self._length += key not in base
        elif top[key] is None:
            del top[key]
            moved.add(key)
            self._length += 1
        top[key] = value

    def __delitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)
        base, top, _ = self._parts
        if key in base:
            top[key] = None
        else:
            del top[key]
        self._length -= 1

    def __iter__(self) -> Iterator[K]:
        return iter(self.walked())

    def keys(self) -> KeysView[K]:
        return self.walked().keys()

    def values(self) -> ValuesView[V]:
        return self.walked().values()

    def items(self) -> ItemsView[K, V]:
        return self.walked().items()

    def walked(self) -> Mapping[K, V]:
        """All entries in one mapping, which is the base from now on."""
        base, top, _ = self._parts
        if not top:
            return base
        whole = self.whole()
        self._parts = whole, {}, set()
        return whole
