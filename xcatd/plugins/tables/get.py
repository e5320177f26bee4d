"""`gettab`: cells of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from xcatd.api import Ctx, UsageError, Where, command, opt
from xcatd.plugins.tables.cells import check_key, matching, read_cell, read_key
from xcatd.store import Row
from xcatd.store.schema import Table


@command("gettab", where=Where.ANYWHERE, lists=True)
async def gettab(
    ctx: Ctx,
    key: str,
    cells: tuple[str, ...],
    *,
    with_fieldname: Annotated[bool, opt("-H", "--with-fieldname", "write the name before a single value too")] = False,
) -> None:
    """Show values of the first row that has the key: gettab key=value[,key=value ...] table.column ...

    One value is shown bare, several with `table.column:` before each. Where no row matches, or all of the cells asked for
    in its table are empty, nothing is shown.
    """
    if not cells:
        raise UsageError("gettab: which columns? Write gettab key=value table.column ...")
    named, labelled = read_key(key), with_fieldname or len(cells) > 1
    wanted = [(word, *read_cell(ctx.snapshot.schema.tables, word)) for word in cells]
    for _, table, _ in wanted:
        check_key(table, named)
    if ctx.wants_json:
        await _items(ctx, named, [(table, column) for _, table, column in wanted])
        return
    rows = {table.name: await _row(ctx, table, named) for _, table, _ in wanted}
    for word, table, column in dict.fromkeys(wanted):
        row = rows[table.name]
        if row is not None and any(row[other] for _, its, other in wanted if its is table):
            await ctx.say(f"{word}: {row[column]}" if labelled else row[column])


async def _items(ctx: Ctx, key: Mapping[str, str], wanted: Sequence[tuple[Table, str]]) -> None:
    """An item for each table, with those of its columns that have a value."""
    for table in {table.name: table for table, _ in wanted}.values():
        row = await _row(ctx, table, key)
        if row is not None:
            cells = {column: row[column] for other, column in wanted if other is table and row[column]}
            await ctx.item("row", table.name, cells)


async def _row(ctx: Ctx, table: Table, key: Mapping[str, str]) -> Row | None:
    """The first enabled row that has the key."""
    if table.log:
        rows: Sequence[Row] = await ctx.host.store.scan(table.name)
    else:
        view = ctx.snapshot.table(table.name)
        rows = view.find(key[table.lookup]) if table.lookup in key else view.rows
    return next((row for row in matching(rows, key) if not row.hidden), None)
