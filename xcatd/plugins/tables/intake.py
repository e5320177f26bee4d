"""What becomes of the rows of a file: they are checked, every bad line is named, and they become changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from xcatd.api import Ctx
from xcatd.plugins.tables.csvread import BadLine, Record, read_csv
from xcatd.store import Append, Change, Delete, TableView
from xcatd.store.changes import Exact, Replace
from xcatd.store.schema import Table

Rows = Sequence[Mapping[str, str | None]]
"""Rows of a file, by column; columns that its header does not name are missing."""

BAD_LINE = 4
"""Exit status, as with xCAT."""
_BREATH = 500
"""Lines that are read between two moments at which others may run."""


async def read_rows(ctx: Ctx, table: Table, text: str, *, adds: bool = False, file: str = "") -> Rows | None:
    """The rows of a file; None when something is wrong with them, which has then been said for each bad line.

    `adds`: they are to be added to those that are there. `file`: what to call the file in a complaint. Raises UsageError
    or NotFound for a header that does not fit.
    """
    check = _Check(table, ctx.snapshot.table(table.name) if adds and not table.log else None)
    rows: list[Mapping[str, str | None]] = []
    bad = False
    for number, record in enumerate(read_csv(table, text), start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        why = record.why if isinstance(record, BadLine) else check.complaint(record)
        if why:
            bad = True
            await ctx.fail(f"{file}: {why}" if file else why, code=BAD_LINE)
        elif isinstance(record, Record):
            rows.append(record.cells)
    return None if bad else rows


class _Check:
    """Whether the database would take a row: it has what it must have, and no other row has its key."""

    def __init__(self, table: Table, existing: TableView | None) -> None:
        self._table = table
        self._existing = existing
        self._seen: dict[tuple[str, ...], Mapping[str, str | None]] = {}
        self._made = frozenset(column.name for column in table.columns if "AUTO_INCREMENT" in column.type)

    def complaint(self, record: Record) -> str:
        """What is wrong with it; "" when nothing is. Columns that the database makes by itself are taken out."""
        for column in self._made:
            record.cells.pop(column, None)
        why = "" if self._table.log else self._why_not(record.cells)
        if not record.text.isascii() and not _is_utf8(record.text):
            why = "text that is not UTF-8"
        return f"DB error {why} with line {record.line}: {record.text}" if why else ""

    def _why_not(self, cells: Mapping[str, str | None]) -> str:
        for column in self._table.required:
            if not cells.get(column):
                return f'no value for "{column}"'
        key = tuple([cells.get(column) or "" for column in self._table.keys])
        if not any(key):
            return f'no value for "{",".join(self._table.keys)}"'
        if self._seen.setdefault(key, cells) is not cells and self._seen[key] != cells:
            return f"another row has the same key {','.join(key)}"
        if self._existing is not None and (key if len(key) > 1 else key[0]) in self._existing.by_ident:
            return f"a row with the key {','.join(key)} is there already"
        return ""


def _is_utf8(text: str) -> bool:
    """Whether it has no lone surrogates, which stand for bytes that were none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def replacement(table: Table, rows: Rows) -> list[Change]:
    """The table has these rows and no others."""
    if table.log:
        return [Delete(table.name, {}), *additions(table, rows)]
    return [Replace(table.name, list(_once(table, rows)))]


def additions(table: Table, rows: Rows) -> list[Change]:
    """The table has these rows too; one with the key of another is refused."""
    if table.log:
        return [Append(table.name, {column: text for column, text in row.items() if text}) for row in rows]
    return [Exact(table.name, None, _whole(table, row)) for row in _once(table, rows)]


def edits(view: TableView, rows: Rows) -> list[Change]:
    """What makes the rows of a table these, row by row: each changes only if it is still what it was in the view."""
    table = view.table
    new: dict[object, dict[str, str | None]] = {}
    for row in _once(view.table, rows):
        key = tuple([row.get(column) or "" for column in table.keys])
        new[key if len(key) > 1 else key[0]] = _whole(table, row)
    changes: list[Change] = []
    for ident, values in view.by_ident.items():
        before = dict(zip(view.layout.columns, values, strict=True))
        after = new.pop(ident, None)
        if after is None or any((after[column] or "") != (before[column] or "") for column in before):
            changes.append(Exact(table.name, before, after))
    return [*changes, *(Exact(table.name, None, row) for row in new.values())]


def _whole(table: Table, row: Mapping[str, str | None]) -> dict[str, str | None]:
    return {column: row.get(column) for column in table.column_names}


def _once(table: Table, rows: Rows) -> Iterator[Mapping[str, str | None]]:
    """The rows, of which those with the same key are the same."""
    return iter({tuple([row.get(column) or "" for column in table.keys]): row for row in rows}.values())
