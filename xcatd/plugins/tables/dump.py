"""`tabdump`: tables as comma separated values, and what their columns mean."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from xcatd.api import Ctx, Denied, UsageError, Where, XcatError, command, opt
from xcatd.plugins.tables.cells import Tables, table_named
from xcatd.plugins.tables.csvtext import cells_of, csv_lines, rows_of
from xcatd.plugins.tables.where import Condition, read_condition
from xcatd.store import Row
from xcatd.store.schema import SITE_ATTRIBUTES, Column, Table

_BREATH = 1000
"""Things that are shown between two moments at which others may run."""


@command("tabdump", where=Where.ANYWHERE, lists=True)
async def tabdump(
    ctx: Ctx,
    table: str | None = None,
    *,
    describe: Annotated[bool, opt("-d", "--description", "what the tables, or the columns of one, mean")] = False,
    file: Annotated[str, opt("-f", "--file", "write there, on the host of the daemon; only root may")] = "",
    where: Annotated[tuple[str, ...], opt("-w", "only rows with column==value; also != =~ !~ < <= > >=")] = (),
    count: Annotated[
        int | None, opt("-n", "--lines", "--number", "only the last so many records of auditlog or eventlog")
    ] = None,
) -> None:
    """Show a table as comma separated values, or the names of all tables.

    =~ and !~ compare with an SQL pattern: % stands for any text, _ for any character. Several -w must all hold. With -w
    disabled rows are left out, unless one of the conditions is about the column disable.
    """
    tables = ctx.snapshot.schema.tables
    if describe and count is not None:
        raise UsageError("You cannot use the -n and -d flag together.")
    if table is None:
        if file or where or count is not None:
            raise UsageError("table name missing from the command input: -f, -w and -n need one")
        await _list(ctx, tables, describe)
    elif describe:
        await _describe(ctx, table_named(tables, table))
    elif file:
        await _write(ctx, file, await _lines(ctx, table_named(tables, table), where, count))
    elif ctx.wants_json:
        await _items(ctx, table, await _rows(ctx, table_named(tables, table), where, count))
    else:
        await ctx.lines(await _lines(ctx, table_named(tables, table), where, count))


async def _list(ctx: Ctx, tables: Tables, describe: bool) -> None:
    """The names of all tables."""
    for name in sorted(tables):
        if ctx.wants_json:
            await ctx.item("table", name, {"description": tables[name].description})
        else:
            await ctx.say(f"{name}:\t{tables[name].description}" if describe else name)


async def _describe(ctx: Ctx, table: Table) -> None:
    """What a table is for, then what its columns mean; for the site table the keys too, which are its attributes."""
    if not ctx.wants_json:
        await ctx.lines(_description(table))
        return
    for column in table.columns:
        await ctx.item("column", column.name, _meaning(column))


def _meaning(column: Column) -> dict[str, str]:
    accepts = {"accepts": column.accepts.meaning} if column.accepts else {}
    return {"description": column.description, **accepts}


def _description(table: Table) -> Iterator[str]:
    yield table.description
    yield from (f"{column.name}:\t{column.description}" for column in table.columns)
    if table.name == "site":
        yield from (f"    {name}:\t{meaning}" for name, meaning in sorted(SITE_ATTRIBUTES.items()))


async def _lines(ctx: Ctx, table: Table, where: Sequence[str], count: int | None) -> Iterator[str]:
    """The lines to be shown; those of a whole table are made out of its cells without a detour."""
    if not table.log and not where and count is None:
        return csv_lines(table, rows_of(ctx.snapshot, table))
    rows = await _rows(ctx, table, where, count)
    if count is not None and not rows and not await ctx.host.store.scan(table.name, last=1):
        return iter([f"Nothing to display from {table.name}."])
    return csv_lines(table, cells_of(table, rows))


async def _rows(ctx: Ctx, table: Table, where: Sequence[str], count: int | None) -> Sequence[Row]:
    conditions = [read_condition(table, text) for text in where]
    if count is not None and not table.log:
        raise UsageError(
            f"{table.name} table is not supported in tabdump -n. You may only use this option on the auditlog or the eventlog."
        )
    if count is not None and count < 0:
        raise UsageError(f"tabdump: -n counts records, which {count} is no number of")
    rows: Sequence[Row] = ctx.snapshot.table(table.name).rows if not table.log else ()
    if table.log:
        rows = await ctx.host.store.scan(table.name, last=None if conditions else count)
    if not conditions:
        return rows
    chosen = await _chosen(rows, conditions)
    return chosen if count is None else chosen[max(0, len(chosen) - count) :]


async def _chosen(rows: Sequence[Row], conditions: Sequence[Condition]) -> Sequence[Row]:
    """The rows for which all conditions hold; as with xCAT no disabled ones, unless a condition is about that."""
    disabled_too = any(condition.column == "disable" for condition in conditions)
    chosen = []
    for number, row in enumerate(rows, start=1):
        if (disabled_too or not row.hidden) and all(condition.holds(row) for condition in conditions):
            chosen.append(row)
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return chosen


async def _items(ctx: Ctx, table: str, rows: Iterable[Row]) -> None:
    for number, row in enumerate(rows, start=1):
        await ctx.item("row", table, {column: text for column in row.columns if (text := row[column])})
        if number % _BREATH == 0:
            await asyncio.sleep(0)


async def _write(ctx: Ctx, file: str, lines: Iterable[str]) -> None:
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
        await asyncio.to_thread(_store, path, lines)
    except OSError as error:
        raise XcatError(f"Error on tabdump to {path}. Unable to open the file for write: {error.strerror}") from error


def _store(path: Path, lines: Iterable[str]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.writelines(f"{line}\n" for line in lines)
