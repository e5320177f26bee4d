"""The words of `xcathist`: which of them means what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from xcatd.api import Completes, Ctx, NotFound, UsageError, command, opt
from xcatd.plugins.history.listing import Filter, Looks, list_entries, show_changes, show_entry
from xcatd.plugins.history.takingback import restore, undo
from xcatd.store.moments import local, past, read_moment, read_number, row_changes, utc

_USAGE = {
    "show": "xcathist show NUMBER",
    "undo": "xcathist undo NUMBER",
    "restore": "xcathist restore TABLE TIME|NUMBER",
    "diff": "xcathist diff TABLE TIME|NUMBER [TIME|NUMBER]",
    "prune": "xcathist prune TIME",
}


@command(
    "xcathist",
    edits=True,
    lists=True,
    reads=("list", "show", "diff"),
    timeout=600,
    completes={"words": Completes.TABLE},
)
async def xcathist(
    ctx: Ctx,
    action: Literal["list", "show", "undo", "restore", "diff", "prune"] = "list",
    words: tuple[str, ...] = (),
    *,
    count: Annotated[int, opt("-n", "--number", "list: that many of the newest; 0: all")] = 20,
    table: Annotated[str, opt("--table", "list: only changes of this table")] = "",
    user: Annotated[str, opt("--user", "list: only changes by this user")] = "",
    since: Annotated[str, opt("--since", "list: only changes from this time on")] = "",
    secrets: Annotated[bool, opt("--secrets", "show passwords and the like, too")] = False,
) -> None:
    """Show who changed what in the tables, and take it back.

    xcathist [list] [-n count] [--table table] [--user user] [--since time]
    xcathist show NUMBER                      the rows that a change touched, before and after
    xcathist undo NUMBER                      take one change back, unless later ones touched the same rows
    xcathist restore TABLE TIME|NUMBER        make a table what it was at a time, or behind a change
    xcathist diff TABLE TIME|NUMBER [TIME|NUMBER]   what has changed in a table since, or in between
    xcathist prune TIME                       forget the changes before a time

    A time is 2026-11-21 or '2026-11-21 14:00', in the daemon's time zone. undo and restore are changes, too.
    """
    if count < 0:
        raise UsageError(f"xcathist: -n takes how many changes to show, 0 for all, not {count}")
    looks = Looks(secrets=secrets)
    match action, words:
        case "list", ():
            await list_entries(
                ctx, Filter(count or None, _table(ctx, table), user or None, utc(since) if since else None)
            )
        case "show", (number,):
            await show_entry(ctx, _number(action, number), looks)
        case "undo", (number,):
            await undo(ctx, _number(action, number))
        case "restore", (name, moment):
            await restore(ctx, _known(ctx, name), read_moment(moment))
        case "diff", (name, first, *rest) if len(rest) < 2:
            await _diff(ctx, _known(ctx, name), (first, *rest), looks)
        case "prune", (moment,):
            await _prune(ctx, moment)
        case "list", _:
            raise UsageError(f"xcathist: {words[0]!r} is one word too many; see xcathist -h")
        case _:
            raise UsageError(f"Usage: {_USAGE[action]}")


def _number(action: str, text: str) -> int:
    number = read_number(text)
    if number is None:
        raise UsageError(f"{text!r} is not the number of a change; write {_USAGE[action]}")
    return number


def _table(ctx: Ctx, name: str) -> str | None:
    if name and name not in ctx.snapshot.schema.tables:
        raise NotFound(f"No such table: {name}")
    return name or None


def _known(ctx: Ctx, name: str) -> str:
    """A table that has a history. Raises NotFound for any other."""
    return ctx.snapshot.table(name).table.name


async def _diff(ctx: Ctx, table: str, moments: Sequence[str], looks: Looks) -> None:
    """The second moment is now unless it is given."""
    sides = [await past(ctx.host.store, read_moment(text), {table}) for text in moments]
    for text in dict.fromkeys(text for side in sides for text in side.foreign):
        await ctx.warn(f"{text}: somebody has written past the history")
    after = sides[1].snapshot if len(sides) > 1 else ctx.host.store.snapshot
    await show_changes(ctx, row_changes(sides[0].snapshot, after, table), looks)


async def _prune(ctx: Ctx, text: str) -> None:
    before = utc(text)
    if ctx.dry_run:
        found = await ctx.host.store.history.entries(until=before)
        await ctx.say(f"{len(found)} changes before {local(before)} would be forgotten.")
        return
    forgotten = await ctx.host.store.history.prune(before)
    await ctx.done(f"{forgotten} changes before {local(before)} are forgotten.")
