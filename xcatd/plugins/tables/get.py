"""`gettab`: cells of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from xcatd.api import Ctx, UsageError, command, opt
from xcatd.plugins.tables.cells import check_key, matching, read_cell, read_key
from xcatd.store import Row
from xcatd.store.schema import Table


@command("gettab")
async def gettab(
    ctx: Ctx,
    key: str,
    cells: tuple[str, ...],
    *,
    with_fieldname: Annotated[bool, opt("-H", "--with-fieldname", "write the name before a single value too")] = False,
) -> None:
    """Show values of the first row that has the key: gettab key=value[,key=value ...] table.column ...

    One value is shown bare, several with `table.column:` before each. Where no row matches nothing is shown.
    """
    if not cells:
        raise UsageError("gettab: which columns? Write gettab key=value table.column ...")
    named, labelled = read_key(key), with_fieldname or len(cells) > 1
    wanted = [(word, *read_cell(word)) for word in cells]
    for _, table, _ in wanted:
        check_key(table, named)
    for word, table, column in wanted:
        row = next(matching(await _rows(ctx, table), named), None)
        if row is not None and (labelled or row[column]):
            await ctx.say(f"{word}: {row[column]}" if labelled else row[column])


async def _rows(ctx: Ctx, table: Table) -> Sequence[Row]:
    """The enabled rows of a table."""
    rows = await ctx.host.store.scan(table.name) if table.log else ctx.snapshot.table(table.name).rows
    return [row for row in rows if not row.hidden]
