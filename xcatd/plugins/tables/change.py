"""`tabch` and `chtab`: rows are changed, added or deleted by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from xcatd.api import Ctx, UsageError, command, opt
from xcatd.plugins.tables.cells import check_column, check_key, matching, read_cell, read_key, table_named
from xcatd.store import Change, Delete, Put, Row, Snapshot, TableView
from xcatd.store.schema import Table

_IS_ASSIGNMENT = re.compile(r"[^.=,]+\.[^.=,]+=.")
"""What stands in the place of the key and is none: table.column=value."""


@dataclass(frozen=True, slots=True)
class _Assignment:
    """`table.column=value`; with `appends` (`+=`) the items of the value are added to those that are there."""

    table: Table
    column: str
    value: str
    appends: bool


@command("tabch", "chtab", edits=True)
async def tabch(
    ctx: Ctx,
    key: str,
    cells: tuple[str, ...],
    *,
    delete: Annotated[bool, opt("-d", "--delete", "delete the rows that have the key: -d key=value table ...")] = False,
) -> None:
    """Change tables by key: tabch key=value[,key=value ...] table.column=value ...

    A row that does not exist is added. `+=` adds items to a comma list; an empty value, or NULL, clears the cell.
    Without a key, or with an empty one, the first table.column=value is the key. Either all is changed or nothing.
    """
    if not delete and _IS_ASSIGNMENT.match(key):
        key, cells = "", (key, *cells)
    if not cells:
        name = ctx.command.name
        form = "-d key=value table" if delete else "key=value table.column=value"
        raise UsageError(f"{name}: nothing to change; write {name} {form} ...")
    changes = list(_deletions(ctx.snapshot, key, cells) if delete else _puts(ctx.snapshot, key, cells))
    await ctx.write(*changes)


def _deletions(snapshot: Snapshot, key: str, words: Sequence[str]) -> Iterator[Change]:
    where = _full(read_key(key))
    for word in words:
        if "." in word:
            raise UsageError(f"{word}: -d deletes whole rows; name the table, or clear the cell with {word}=")
        table = table_named(snapshot.schema.tables, word)
        yield Delete(table.name, {check_column(table, column): value for column, value in where.items()})


def _puts(snapshot: Snapshot, key: str, words: Sequence[str]) -> Iterator[Change]:
    assignments = [_read_assignment(snapshot, word) for word in words]
    if key:
        where = _full(read_key(key))
    else:
        first, *assignments = assignments
        where = _full({first.column: first.value})
        if not assignments:
            raise UsageError(f"{words[0]!r} is taken as the key, and nothing to change follows")
    for name in dict.fromkeys(assignment.table.name for assignment in assignments):
        yield from _puts_in(snapshot, where, [one for one in assignments if one.table.name == name])


def _full(key: Mapping[str, str]) -> Mapping[str, str]:
    """The key, all of whose columns have values: else it would be about all rows in which they are empty."""
    for column, value in key.items():
        if not value:
            raise UsageError(f"{column}= names no row: a key needs a value for each of its columns")
    return key


def _puts_in(snapshot: Snapshot, where: Mapping[str, str], assignments: Sequence[_Assignment]) -> Iterator[Put]:
    """The changes of one table: one for each row that has the key, or a new row."""
    table = assignments[0].table
    check_key(table, where)
    view = snapshot.table(table.name)
    rows = list(matching(_candidates(view, where), where))
    for row in rows:
        current = {one.column: row[one.column] for one in assignments}
        key = {column: row[column] for column in (*table.keys, *where) if row.raw(column) is not None}
        yield Put(table.name, key, _values(assignments, current))
    if not rows:
        values = _values(assignments, {})
        for column in table.required:
            if not (where.get(column) or values.get(column)):
                raise UsageError(f"A new row of table {table.name} needs a value for {table.name}.{column}")
        yield Put(table.name, dict(where), values)


def _candidates(view: TableView, where: Mapping[str, str]) -> Sequence[Row]:
    """The rows that may have the key, hidden ones too."""
    lookup = view.table.lookup
    if lookup not in where:
        return view.rows
    return [Row(view.layout, view.by_ident[ident]) for ident in view.idents_of(where[lookup])]


def _values(assignments: Sequence[_Assignment], current: Mapping[str, str]) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for one in assignments:
        value: str | None = one.value
        if one.appends:
            before = [item for item in (values.get(one.column) or current.get(one.column, "")).split(",") if item]
            value = ",".join(dict.fromkeys([*before, *one.value.split(",")]))
        values[one.column] = None if value in ("", "NULL") else value
        if values[one.column] is None and one.column in (*one.table.keys, *one.table.required):
            raise UsageError(f"{one.table.name}.{one.column} must not be empty: give it a value, or delete the row")
    return values


def _read_assignment(snapshot: Snapshot, word: str) -> _Assignment:
    cell, equals, value = word.partition("=")
    if not equals:
        raise UsageError(f"{word!r} is not an assignment; write it as table.column=value")
    table, column = read_cell(snapshot.schema.tables, cell.removesuffix("+"))
    return _Assignment(table, column, value, cell.endswith("+"))
