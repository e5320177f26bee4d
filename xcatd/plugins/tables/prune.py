"""`tabprune`: the oldest records of a log are removed, or all rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from xcatd.api import Channel, Ctx, Delete, UsageError, command, opt
from xcatd.plugins.tables.cells import table_named
from xcatd.plugins.tables.csvtext import cells_of, csv_lines
from xcatd.store import Change, Row
from xcatd.store.schema import Table

_TIMES = {"auditlog": "audittime", "eventlog": "eventtime"}
"""The column of each log that says when."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which records go; what was not given is None or False."""

    count: int | None
    recid: str | None
    percent: int | None
    days: int | None
    all: bool

    @property
    def given(self) -> int:
        """How many of the selectors were given; exactly one must be."""
        selectors = (self.count, self.recid, self.percent, self.days)
        return sum(selector is not None for selector in selectors) + self.all


@command("tabprune", edits=True, timeout=600)
async def tabprune(
    ctx: Ctx,
    table: str = "",
    *,
    count: Annotated[int | None, opt("-n", "--number", "remove the oldest so many records")] = None,
    recid: Annotated[str | None, opt("-i", "--recid", "remove the records whose recid is smaller")] = None,
    percent: Annotated[int | None, opt("-p", "--percent", "remove the oldest so many in a hundred")] = None,
    days: Annotated[int | None, opt("-d", "--days", "remove the records that are older")] = None,
    everything: Annotated[bool, opt("-a", "--all", "remove all records, of any table")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show the records that are removed, as tabdump does")] = False,
) -> None:
    """Remove records from auditlog or eventlog, the oldest first; with -a, all rows of any table."""
    selection = _Selection(count, recid, percent, days, everything)
    table = "".join(table.split())
    if complaint := _complaint(table, selection):
        await ctx.fail(complaint, channel=Channel.DATA)
        return
    schema = table_named(ctx.snapshot.schema.tables, table)
    rows = await ctx.host.store.scan(table) if schema.log else list(ctx.snapshot.table(table).rows)
    chosen = rows if everything else _chosen(schema, rows, selection)
    if not rows and (count is not None or percent is not None):
        await ctx.say(f"Nothing to prune from {table}.")
    elif verbose:
        await ctx.lines(csv_lines(schema, cells_of(schema, chosen)))
    if ctx.dry_run and schema.log:
        await ctx.say(f"{table}: {len(chosen)} records would be deleted")
        return
    await ctx.write(*_deletions(table, chosen, whole=everything))
    if not verbose and not ctx.dry_run:
        await ctx.say(f"tabprune of {table} complete.")


def _complaint(table: str, selection: _Selection) -> str:
    """What is wrong with the words, as xCAT says it on standard output; "" when nothing is."""
    if not table:
        return "Table name required."
    if table not in _TIMES and not selection.all:
        return f"Table {table} not supported, see tabprune -h for supported tables."
    if table not in _TIMES and selection.days is not None:
        return f"Table {table} not supported for the -d option."
    if not selection.given:
        return "One option -p or -i or -n or -a or -d must be supplied."
    if selection.given > 1:
        return "Only one option -p or -i or -n or -a maybe used at a time."
    return ""


def _chosen(table: Table, rows: Sequence[Row], selection: _Selection) -> Sequence[Row]:
    """The records to be removed, of all, which are in the order of their age."""
    if selection.recid is not None:
        if not selection.recid.isdecimal() or len(selection.recid) > 18:
            raise UsageError(f"tabprune: -i takes the number of a record, not {selection.recid!r}")
        return [row for row in rows if int(row["recid"]) < int(selection.recid)]
    if selection.days is not None:
        return _older(table, rows, _at_least("-d", selection.days, 365_000))
    if selection.percent is not None:
        return rows[: len(rows) * _at_least("-p", selection.percent, 100) // 100]
    return rows[: _at_least("-n", selection.count or 0, None)]


def _older(table: Table, rows: Sequence[Row], days: int) -> Sequence[Row]:
    limit = (datetime.now() - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    return [row for row in rows if row[_TIMES[table.name]] and row[_TIMES[table.name]] < limit]


def _at_least(flag: str, number: int, most: int | None) -> int:
    if number < 0 or (most is not None and number > most):
        raise UsageError(f"tabprune: {flag} takes a number from 0{f' to {most}' if most else ''}, not {number}")
    return number


def _deletions(table: str, rows: Sequence[Row], *, whole: bool) -> Sequence[Change]:
    if whole:
        return [Delete(table, {})]
    return [Delete(table, {"recid": row["recid"]}) for row in rows]
