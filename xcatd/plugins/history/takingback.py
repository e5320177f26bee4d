"""`xcathist undo` and `restore`: changes that make rows what they were, and nothing that somebody else has done since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.api import Ctx, UsageError
from xcatd.plugins.history.listing import row_name
from xcatd.store import Cells, Exact, RowChange, Snapshot
from xcatd.store.moments import Moment, is_same, later, past, row_changes, row_now

_SHOWN = 20
"""Rows in the way that are named one by one."""
_BREATH = 500
"""Rows between two moments at which others may run."""


async def undo(ctx: Ctx, number: int) -> None:
    """Take a change back. Where its rows have changed since, nothing is done, and they are named."""
    changes = await ctx.host.store.history.changes(number)
    snapshot = ctx.snapshot
    unknown = sorted({change.table for change in changes} - set(snapshot))
    if unknown:
        raise UsageError(f"Change {number} cannot be undone: there is no table {unknown[0]} any more")
    changed = await asyncio.to_thread(lambda: [one for one in changes if not _is_as_left(snapshot, one)])
    if changed:
        await _refuse(ctx, number, changed)
        return
    await ctx.write(*(Exact(change.table, change.after, change.before) for change in reversed(changes)))
    await ctx.done(f"Change {number} is undone.")


async def restore(ctx: Ctx, table: str, moment: Moment) -> None:
    """Make a table what it was. Where somebody has written past the history, nothing is done."""
    then = await past(ctx.host.store, moment, {table})
    for text in then.foreign[:_SHOWN]:
        await ctx.fail(
            f"{text}: somebody has written past the history, so that its rows of {moment.text} are not known"
        )
    if then.foreign:
        return
    changes = await asyncio.to_thread(list, row_changes(ctx.host.store.snapshot, then.snapshot, table))
    if not changes:
        await ctx.done(f"Table {table} is what it was: nothing was changed.")
        return
    await ctx.write(*(Exact(table, change.before, change.after) for change in changes))
    await ctx.done(f"Table {table} is what it was: {len(changes)} rows were changed.")


def _is_as_left(snapshot: Snapshot, change: RowChange) -> bool:
    """Whether the row still is what the change has made of it."""
    now = row_now(snapshot, change.table, _row(change))
    return is_same(snapshot.table(change.table).layout, change.after, now)


def _row(change: RowChange) -> Cells:
    return change.after or change.before or {}


async def _refuse(ctx: Ctx, number: int, changed: Sequence[RowChange]) -> None:
    """Say which rows are in the way, and since which change."""
    names = [row_name(ctx.snapshot.schema, change.table, _row(change)) for change in changed]
    found = await _culprits(ctx, number, {change.table for change in changed}, set(names))
    for name in names[:_SHOWN]:
        why = f"by change {found[name]}: undo that first" if name in found else "by somebody past the history"
        await ctx.fail(f"Change {number} cannot be undone: {name} was changed since {why}")
    if len(names) > _SHOWN:
        await ctx.fail(f"Change {number} cannot be undone: {len(names) - _SHOWN} more rows were changed since")


async def _culprits(ctx: Ctx, number: int, tables: set[str], names: set[str]) -> dict[str, int]:
    """Row -> the newest change that touched it."""
    found: dict[str, int] = {}
    async for entry in later(ctx.host.store, number, tables):
        for place, change in enumerate(await ctx.host.store.history.changes(entry.id)):
            if place % _BREATH == 0:
                await asyncio.sleep(0)
            name = row_name(ctx.snapshot.schema, change.table, _row(change)) if change.table in tables else ""
            if name in names:
                found.setdefault(name, entry.id)
        if len(found) == len(names):
            break
    return found
