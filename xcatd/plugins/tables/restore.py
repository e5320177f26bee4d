"""`tabrestore`: the rows of a table are replaced by those of a file, or added to."""

from __future__ import annotations

import asyncio
from typing import Annotated

from xcatd.api import Completes, Ctx, UsageError, command, opt
from xcatd.errors import Conflict
from xcatd.plugins.tables.csvtext import cells_of, csv_lines, digest, rows_of
from xcatd.plugins.tables.intake import BAD_LINE, Rows, additions, edits, read_rows, replacement
from xcatd.store import Change, TableView
from xcatd.store.schema import Table

NO_TABLE, CHANGED_MEANWHILE = 4, 8
"""Exit statuses: the first is xCAT's, by the second tabedit knows that somebody else changed the table."""


@command("tabrestore", edits=True, timeout=600, completes={"table": Completes.FILE})
async def tabrestore(
    ctx: Ctx,
    table: str,
    *,
    add_rows: Annotated[
        bool, opt("-a", "--addrows", "add the rows of the file, and leave those that are there")
    ] = False,
    unless_changed: Annotated[
        str, opt("--unless-changed", "only if this is still the SHA-256 of what tabdump says of the table")
    ] = "",
) -> None:
    """Make the rows of a file those of the table that it is called after: tabrestore [-a] table.csv

    The file is in the form of tabdump: a header that starts with # and names columns, then a line for each row. Columns
    that are not named are empty. Every line that is wrong is named, and then nothing is changed.
    """
    known = ctx.snapshot.schema.tables
    if table not in known:
        await ctx.fail(f"Unable to open {table}: there is no such table; see: tabdump", code=NO_TABLE)
        return
    if unless_changed and add_rows:
        raise UsageError("tabrestore: --unless-changed is for rows that are replaced, not for rows that are added")
    text = await ctx.stdin()
    rows = await read_rows(ctx, known[table], text, adds=add_rows)
    if rows is None:
        return
    try:
        if unless_changed:
            await _check(ctx, known[table], unless_changed)
        view = ctx.snapshot.table(table) if unless_changed and not known[table].log else None
        await ctx.write(*await asyncio.to_thread(_changes, known[table], rows, add_rows, view))
    except Conflict as error:
        await ctx.fail(str(error), code=CHANGED_MEANWHILE if unless_changed else BAD_LINE)


async def _check(ctx: Ctx, table: Table, wanted: str) -> None:
    """Raises Conflict when the table is not what it was."""
    if table.log:
        lines = csv_lines(table, cells_of(table, await ctx.host.store.scan(table.name)))
    else:
        lines = csv_lines(table, rows_of(ctx.snapshot, table))
    if await asyncio.to_thread(digest, lines) != wanted:
        raise Conflict(f"Somebody else has changed table {table.name} meanwhile; nothing is restored")


def _changes(table: Table, rows: Rows, adds: bool, edited: TableView | None) -> list[Change]:
    if adds:
        return additions(table, rows)
    return replacement(table, rows) if edited is None else edits(edited, rows)
