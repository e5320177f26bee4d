"""Where the columns of a table stand in its rows, and what tells one row from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from xcatd.errors import NotFound
from xcatd.store.schema.table import Table

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
        return tuple([values[place] or "" for place in self.keys])

    def has_null_key(self, values: Values) -> bool:
        """Whether a part of the key is NULL, so that the key need not be the only one of its kind."""
        return None in self.key_of(values) if len(self.keys) > 1 else self.key_of(values) is None

    def is_hidden(self, values: Values) -> bool:
        return values[self.disable] not in ENABLED

    def naming(self, values: Values) -> str:
        """The row in words: `row key=master of table "site"`."""
        cells = ", ".join(f"{key}={values[place] or ''}" for key, place in zip(self.table.keys, self.keys, strict=True))
        return f'row {cells} of table "{self.table.name}"'
