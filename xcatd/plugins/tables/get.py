"""`gettab`: cells of one row."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, UsageError, command, opt
from xcatd.plugins.tables.cells import matching, read_cell, read_key


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
    lines = []
    for word in cells:
        table, column = read_cell(word)
        for row in matching(ctx.snapshot.table(table.name), named, hidden=False)[:1]:
            lines.append(f"{word}: {row[column]}" if labelled else row[column])
    for line in lines:
        if line:
            await ctx.say(line)
