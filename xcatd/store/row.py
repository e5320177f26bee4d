"""One row, seen read-only: a light view of a tuple whose order is the table's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from xcatd.errors import NotFound
from xcatd.store.schema import TABLES, Table

Values = tuple[str | None, ...]
"""The cells of a row in the order of the table's columns; None is SQL's NULL."""

Ident = str | tuple[str | int, ...]
"""What tells a row from the others of its table: the key's text, or the texts of a key of several columns.

NULL counts as "". SQLite lets a foreign writer store the same key twice when a part of it is NULL: then a number is
added to the second one, so that no row is lost.
"""

ENABLED = frozenset({None, "0", "no", "NO", "No", "nO"})
"""What may stand in `disable` without hiding the row (schema.md, "Standard columns"). The empty text hides it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a table stand in its rows."""

    table: Table
    columns: tuple[str, ...]
    position: Mapping[str, int]
    keys: tuple[int, ...]
    lookup: int
    disable: int
    key_of: Callable[[Values], Any]
    """The key's cell as it is, or a tuple of cells: NULL is still None here."""

    @classmethod
    def of(cls, table: Table) -> Layout:
        columns = table.column_names
        position = {column: place for place, column in enumerate(columns)}
        keys = tuple(position[key] for key in table.keys)
        return cls(table, columns, position, keys, position[table.lookup], position["disable"], itemgetter(*keys))

    def place(self, column: str) -> int:
        """Where a column stands. NotFound, in xCAT's words, when the table has no such column."""
        try:
            return self.position[column]
        except KeyError:
            raise NotFound(f'No column "{column}" in table "{self.table.name}"') from None

    def ident(self, values: Values) -> Ident:
        """What tells this row from the others."""
        if len(self.keys) == 1:
            return values[self.keys[0]] or ""
        return tuple(values[place] or "" for place in self.keys)

    def has_null_key(self, values: Values) -> bool:
        """Whether a part of the key is NULL, so that the key need not be the only one of its kind."""
        return None in self.key_of(values) if len(self.keys) > 1 else self.key_of(values) is None

    def is_hidden(self, values: Values) -> bool:
        return values[self.disable] not in ENABLED


LAYOUTS: Mapping[str, Layout] = {name: Layout.of(table) for name, table in TABLES.items()}
"""The layout of every table, by name."""


class Row:
    """A read-only view of a row. `dict(row)` gives its cells as text."""

    __slots__ = ("_layout", "_values")

    def __init__(self, layout: Layout, values: Values) -> None:
        self._layout = layout
        self._values = values

    def __getitem__(self, column: str) -> str:
        """The text of a cell, "" when it is NULL or empty. NotFound when the table has no such column."""
        return self._values[self._layout.place(column)] or ""

    def get(self, column: str) -> str:
        """The same as `row[column]`."""
        return self[column]

    def raw(self, column: str) -> str | None:
        """The cell as it is stored: None for NULL, which differs from "" for `disable`."""
        return self._values[self._layout.place(column)]

    @property
    def columns(self) -> tuple[str, ...]:
        return self._layout.columns

    @property
    def hidden(self) -> bool:
        """Whether `disable` takes the row out of use."""
        return self._layout.is_hidden(self._values)

    def keys(self) -> tuple[str, ...]:
        """The columns, which makes `dict(row)` and `**row` work."""
        return self._layout.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout.columns)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and other._layout is self._layout and other._values == self._values

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        """Without the cells, some of which are passwords."""
        return f"<row of {self._layout.table.name}>"


def share(rows: Iterable[Iterable[str | None]], memo: dict[str | None, str | None]) -> list[Values]:
    """The same rows as tuples in which equal texts are one object, across everything that went through this memo.

    Most cells of a large cluster repeat: a node's name in twenty tables, `ipmi` in one hundred thousand rows.
    """
    columns = [map(memo.setdefault, column, column) for column in zip(*rows, strict=True)]
    return list(zip(*columns, strict=True))
