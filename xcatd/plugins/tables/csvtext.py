"""Tables as comma separated values, the form of xCAT's tabdump: a header that starts with #, then a line for each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from xcatd.store import Row, Snapshot, dump_table
from xcatd.store.schema import Table

Cells = Iterable[str | None]
"""The cells of a row in the order of the table's columns."""

_KNOWN = 100_000
"""Distinct texts whose quoted form is kept: most cells of a large table repeat."""


class _Quoted(dict[str | None, str]):
    """Text -> how it stands in a line: in quotes, which are doubled inside; nothing for an empty cell."""

    def __missing__(self, text: str | None) -> str:
        if len(self) > _KNOWN:
            self.clear()
        made = '"{}"'.format(text.replace('"', '""')) if text else ""
        self[text] = made
        return made


def csv_lines(table: Table, rows: Iterable[Cells]) -> Iterator[str]:
    """The header, then a line for each row. A line has line breaks where a cell has them."""
    yield f"#{','.join(table.column_names)}"
    quoted = _Quoted()
    for cells in rows:
        yield ",".join(map(quoted.__getitem__, cells))


def rows_of(snapshot: Snapshot, table: Table) -> list[tuple[str | None, ...]]:
    """All rows of a table that is no log, as plain cells."""
    return dump_table(snapshot.table(table.name))[1]


def cells_of(table: Table, rows: Iterable[Row]) -> Iterator[Cells]:
    """Rows as plain cells."""
    return (map(row.get, table.column_names) for row in rows)


def digest(lines: Iterable[str]) -> str:
    """What tells one text of a table from another: SHA-256 of its lines, each with its line break, in hexadecimal."""
    whole = sha256()
    for line in lines:
        whole.update(f"{line}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()
