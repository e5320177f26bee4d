"""One table at one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, TypeVar, overload

from xcatd.store.row import ENABLED, Ident, Layout, Row, Values
from xcatd.store.schema import Table

T = TypeVar("T")

Index = dict[str, tuple[Ident, ...]]
"""Text in the lookup column -> the rows that have it, in database order."""


class Rows(Sequence[Row]):
    """The rows of a table in database order. A `Row` is made when it is looked at."""

    def __init__(self, layout: Layout, rows: Mapping[Ident, Values]) -> None:
        self._layout = layout
        self._rows = rows

    @cached_property
    def _in_order(self) -> list[Values]:
        return list(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return map(partial(Row, self._layout), self._rows.values())

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [Row(self._layout, values) for values in self._in_order[place]]
        return Row(self._layout, self._in_order[place])


class TableView:
    """One table at one moment; never changed.

    `by_ident`, `unique` and `index` are for this package: a later moment is made from them (see draft.py).
    """

    def __init__(self, layout: Layout, by_ident: dict[Ident, Values], *, unique: bool, index: Index | None) -> None:
        self.layout = layout
        self.by_ident = by_ident
        self.unique = unique
        """Whether no key occurs twice."""
        self._index = index
        self._memo: dict[Hashable, Any] = {}

    @classmethod
    def of(cls, layout: Layout, rows: Sequence[Values]) -> TableView:
        """A table with these rows, in this order."""
        by_ident: dict[Ident, Values] = dict(zip(map(layout.key_of, rows), rows, strict=True))
        if len(by_ident) == len(rows) and not _has_null(layout, by_ident):
            return cls(layout, by_ident, unique=True, index=None)
        by_ident = {}
        for values in rows:
            by_ident[_free_ident(layout, values, by_ident)] = values
        unique = all(ident == layout.ident(values) for ident, values in by_ident.items())
        return cls(layout, by_ident, unique=unique, index=None)

    @property
    def table(self) -> Table:
        return self.layout.table

    def cached(self, key: Hashable, build: Callable[[], T]) -> T:
        """What `build` makes out of this table alone, made once: it lasts while only other tables change."""
        if key not in self._memo:
            self._memo[key] = build()
        built: T = self._memo[key]
        return built

    @cached_property
    def rows(self) -> Sequence[Row]:
        """All rows in database order, hidden ones too."""
        return Rows(self.layout, self.by_ident)

    def find(self, key: str) -> Sequence[Row]:
        """The enabled rows whose lookup column (the node column, else the first of the key) equals `key`."""
        layout, disable = self.layout, self.layout.disable
        found = map(self.by_ident.__getitem__, self.idents_of(key))
        return tuple([Row(layout, values) for values in found if values[disable] in ENABLED])

    def keys(self) -> Collection[str]:
        """The distinct texts in the lookup column of enabled rows, in database order; the empty text is none."""
        return self._keys

    @cached_property
    def _keys(self) -> Collection[str]:
        by_ident, layout = self.by_ident, self.layout
        marks = map(itemgetter(layout.disable), by_ident.values())
        if self.is_direct and "" not in by_ident and ENABLED.issuperset(marks):
            return by_ident.keys()  # type: ignore[return-value]  # a direct table's idents are texts
        enabled = (values for values in by_ident.values() if not layout.is_hidden(values))
        return dict.fromkeys(text for text in map(itemgetter(layout.lookup), enabled) if text).keys()

    @cached_property
    def is_direct(self) -> bool:
        """Whether the lookup column alone is the key, so that no index is needed."""
        return self.unique and self.layout.keys == (self.layout.lookup,)

    def idents_of(self, key: str) -> Sequence[Ident]:
        """The rows, hidden ones too, whose lookup column equals `key`."""
        if self.is_direct:
            return (key,) if key in self.by_ident else ()
        return self.index.get(key, ())

    @property
    def index(self) -> Index:
        """Built when it is first needed, then handed on from moment to moment."""
        if self._index is None:
            gathered: dict[str, list[Ident]] = {}
            for ident, values in self.by_ident.items():
                gathered.setdefault(values[self.layout.lookup] or "", []).append(ident)
            self._index = {key: tuple(idents) for key, idents in gathered.items()}
        return self._index

    @property
    def built_index(self) -> Index | None:
        """The index if somebody needed it already."""
        return self._index


def _has_null(layout: Layout, by_ident: Mapping[Ident, Values]) -> bool:
    if len(layout.keys) == 1:
        return None in by_ident
    return any(None in ident for ident in by_ident)


def _free_ident(layout: Layout, values: Values, taken: Mapping[Ident, Values]) -> Ident:
    """The row's ident, with a number added when a row before it has the same key."""
    ident = free = layout.ident(values)
    number = 1
    while free in taken:
        free = (*(ident if isinstance(ident, tuple) else (ident,)), number)
        number += 1
    return free


def dump_table(view: TableView) -> tuple[tuple[str, ...], list[Values]]:
    """A table as plain data, fit for sending: its columns, and its rows as tuples of text or None."""
    return view.layout.columns, list(view.by_ident.values())
