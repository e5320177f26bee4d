"""`tabdump`: tables as comma separated values, and what their columns mean."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from xcatd.api import Ctx, Denied, UsageError, XcatError, command, opt
from xcatd.plugins.tables.cells import table_named
from xcatd.plugins.tables.where import read_condition
from xcatd.store import Row
from xcatd.store.schema import SITE_ATTRIBUTES, TABLES, Table

_COUNTED = ("auditlog", "eventlog")
_BREATH = 1000
"""Lines that are sent between two moments at which others may run."""


@command("tabdump")
async def tabdump(
    ctx: Ctx,
    table: str = "",
    *,
    describe: Annotated[bool, opt("-d", "--description", "what the tables, or the columns of one, mean")] = False,
    file: Annotated[str, opt("-f", "--file", "write there, on the management node; only root may")] = "",
    where: Annotated[tuple[str, ...], opt("-w", "only rows with column==value; also != =~ !~ < <= > >=")] = (),
    count: Annotated[int, opt("-n", "--number", "only the last so many records of auditlog or eventlog")] = -1,
) -> None:
    """Show a table as comma separated values, or the names of all tables.

    =~ and !~ compare with an SQL pattern: % stands for any text, _ for any character. Several -w must all hold.
    """
    if not table:
        lines = [f"{t.name}:\t{t.description}" if describe else t.name for _, t in sorted(TABLES.items())]
        if file or where or count >= 0:
            raise UsageError("tabdump: -f, -w and -n need a table; write tabdump [options] table")
    elif describe:
        lines = _description(table_named(table))
    else:
        lines = _csv(table_named(table), await _rows(ctx, table_named(table), where, count))
    if file:
        await _write(ctx, file, lines)
        return
    for number, line in enumerate(lines, start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        await ctx.say(line)


async def _rows(ctx: Ctx, table: Table, where: Sequence[str], count: int) -> Sequence[Row]:
    conditions = [read_condition(table, text) for text in where]
    if count >= 0 and table.name not in _COUNTED:
        raise UsageError(f"tabdump: -n counts records of {' or '.join(_COUNTED)} only, not of {table.name}")
    if not table.log:
        rows: Sequence[Row] = ctx.snapshot.table(table.name).rows
    else:
        rows = await ctx.host.store.scan(table.name, last=count if count >= 0 and not conditions else None)
    chosen = [row for row in rows if all(condition.holds(row) for condition in conditions)]
    return chosen[max(0, len(chosen) - count) :] if count >= 0 else chosen


def _csv(table: Table, rows: Iterable[Row]) -> list[str]:
    """The header, then a line per row: every value quoted, nothing for an empty one."""
    columns = table.column_names
    return [f"#{','.join(columns)}", *(",".join(_quoted(row[column]) for column in columns) for row in rows)]


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""')) if value else ""


def _description(table: Table) -> list[str]:
    """What a table is for, then what its columns mean; for the site table the keys too, which are its attributes."""
    keys = sorted(SITE_ATTRIBUTES.items()) if table.name == "site" else ()
    return [
        table.description,
        *(f"{column.name}:\t{column.description}" for column in table.columns),
        *(f"    {name}:\t{meaning}" for name, meaning in keys),
    ]


async def _write(ctx: Ctx, file: str, lines: Sequence[str]) -> None:
    """Write a file as the daemon: it could overwrite anything, so it is root's alone, and it is readable by nobody
    else.

    Raises Denied for other callers and XcatError when the file cannot be written.
    """
    if ctx.request.caller.name != "root":
        raise Denied(
            "tabdump -f writes with the rights of the daemon, so only root may use it; redirect the output instead"
        )
    path = Path(ctx.request.cwd, file)
    try:
        await asyncio.to_thread(_store, path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise XcatError(f"Unable to write {path}: {error.strerror}") from error


def _store(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.write(text)
