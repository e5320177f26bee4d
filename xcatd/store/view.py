"""One table at one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, TypeVar, overload

from xcatd.store.draftindex import DraftIndex, Index
from xcatd.store.overlay import MANY, copied, edited, settled, walked
from xcatd.store.row import ENABLED, Ident, Layout, Row, Values
from xcatd.store.schema import Table

T = TypeVar("T")


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

    `by_ident`, `unique` and `index` are for this package: a later moment is made from them (see draft.py). Moments share
    what they have in common, so one that differs in a row costs a row (see overlay.py).
    """

    def __init__(self, layout: Layout, by_ident: Mapping[Ident, Values], *, unique: bool, index: Index | None) -> None:
        self.layout = layout
        self.by_ident = by_ident
        """The rows in database order, by what tells them apart."""
        self.unique = unique
        """Whether no key occurs twice."""
        self._index = index
        self._is_plain = False
        """Whether it is known that every row is enabled and has a text in the lookup column."""
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

    def patched(self, rows: Mapping[Ident, Values | None]) -> TableView:
        """The table with these rows; None: there is no such row. New rows stand at the end, changed ones where they were.

        Takes a time for each of these rows, not for each row of the table. The same view when nothing differs. ValueError
        when keys occur twice here, or when a row stands under a key that is not its own.
        """
        if not self.unique:
            raise ValueError(f'Rows of table "{self.table.name}" have the same key; read the whole table again')
        news = {ident: values for ident, values in rows.items() if values != self.by_ident.get(ident)}
        for ident, values in news.items():
            if values is not None and self.layout.ident(values) != ident:
                raise ValueError(f"The {self.layout.naming(values)} came under another key; read the whole table again")
        return self._with_rows(news) if news else self

    def _with_rows(self, news: Mapping[Ident, Values | None]) -> TableView:
        by_ident = copied(self.by_ident) if len(news) > MANY else edited(self.by_ident)
        index = None if self._index is None else DraftIndex(self._index)
        for ident, values in news.items():
            if index is not None:
                index.move(ident, self._text(by_ident.get(ident)), self._text(values))
            if values is None:
                del by_ident[ident]
            else:
                by_ident[ident] = values
        return self.later(by_ident, None if index is None else index.built(), list(filter(None, news.values())))

    def _text(self, values: Values | None) -> str | None:
        """What the index knows a row by; None: there is no row."""
        return None if values is None else values[self.layout.lookup] or ""

    def later(self, by_ident: Mapping[Ident, Values], index: Index | None, news: Sequence[Values]) -> TableView:
        """The table with these rows instead, of which `news` came or changed; none of the mappings is changed any more."""
        view = TableView(self.layout, settled(by_ident), unique=self.unique, index=index)
        view._is_plain = self._is_plain and len(news) <= MANY and all(map(self._is_shown, news))
        return view

    def _is_shown(self, values: Values) -> bool:
        return bool(values[self.layout.lookup]) and values[self.layout.disable] in ENABLED

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
        by_ident, layout = self._walked(), self.layout
        marks = map(itemgetter(layout.disable), by_ident.values())
        if self.is_direct and (self._is_plain or ("" not in by_ident and ENABLED.issuperset(marks))):
            self._is_plain = True
            return by_ident.keys()  # type: ignore[return-value]  # a direct table's idents are texts
        enabled = (values for values in by_ident.values() if not layout.is_hidden(values))
        return dict.fromkeys(text for text in map(itemgetter(layout.lookup), enabled) if text).keys()

    def _walked(self) -> Mapping[Ident, Values]:
        """The rows for one who goes through them all, after whom they are found faster too."""
        self.by_ident = walked(self.by_ident)
        return self.by_ident

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
            for ident, values in self._walked().items():
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
