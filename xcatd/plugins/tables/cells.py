"""How the table commands name rows and cells: `key=value,key2=value2` and `table.column`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from xcatd.api import NotFound, UsageError
from xcatd.store import Row
from xcatd.store.schema import Table

Tables = Mapping[str, Table]
"""The tables of a cluster, by name."""


def table_named(tables: Tables, name: str) -> Table:
    """The schema of a table. Raises NotFound when there is none of this name."""
    if name not in tables:
        raise NotFound(f"No such table: {name}")
    return tables[name]


def check_column(table: Table, column: str) -> str:
    """The column's name. Raises NotFound when the table does not have it."""
    if column not in table.column_names:
        raise NotFound(f'No column "{column}" in table "{table.name}"')
    return column


def read_cell(tables: Tables, word: str) -> tuple[Table, str]:
    """Table and column of `table.column`. Raises UsageError for other shapes, NotFound for unknown names."""
    name, dot, column = word.partition(".")
    if not dot or not column:
        raise UsageError(f"{word!r} is not a table and a column; write it as table.column")
    table = table_named(tables, name)
    return table, check_column(table, column)


def read_key(text: str) -> dict[str, str]:
    """`a=1,b=2` as a dict; a piece without `=` belongs to the value before it. Raises UsageError when no column is
    named.
    """
    key: dict[str, str] = {}
    last = ""
    for piece in text.split(","):
        column, equals, value = piece.partition("=")
        if equals and column:
            key[column], last = value, column
        elif last:
            key[last] += f",{piece}"
        else:
            raise UsageError(f"{text!r} does not name a row; write it as column=value[,column=value]")
    return key


def check_key(table: Table, key: Iterable[str]) -> None:
    """Raises NotFound for a column that the table does not have."""
    for column in key:
        check_column(table, column)


def matching(rows: Iterable[Row], key: Mapping[str, str]) -> Iterator[Row]:
    """The rows whose columns have the key's values."""
    return (row for row in rows if all(row[column] == value for column, value in key.items()))
