"""The history as people read it, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from xcatd.api import Ctx, NotFound
from xcatd.policy.difference import difference, signed
from xcatd.policy.secrets import secrets_of
from xcatd.store import Cells, Entry, RowChange, Schema
from xcatd.store.moments import local


@dataclass(frozen=True, slots=True)
class Filter:
    """Which changes are listed; None: whatever."""

    last: int | None
    table: str | None
    user: str | None
    since: str | None


@dataclass(frozen=True, slots=True)
class Looks:
    """How rows are shown."""

    secrets: bool

    def hides(self, change: RowChange) -> Callable[[str], bool]:
        """Whether a column of the row is not to be seen."""
        if self.secrets:
            return lambda column: False
        return secrets_of(change.table, change.after or change.before or {})


async def list_entries(ctx: Ctx, wanted: Filter) -> None:
    """A line for each change, the newest last."""
    entries = await ctx.host.store.history.entries(
        last=wanted.last, table=wanted.table, user=wanted.user, since=wanted.since
    )
    if ctx.wants_json:
        for entry in entries:
            await ctx.item("change", str(entry.id), _attributes(entry))
        return
    width = max((len(_who(entry)) for entry in entries), default=0)
    await ctx.lines(
        f"{entry.id:>6}  {local(entry.at)}  {_who(entry):<{width}}  {_what(entry)}  ({_tables(entry)})"
        for entry in entries
    )


async def show_entry(ctx: Ctx, number: int, looks: Looks) -> None:
    """One change: who, when, and its rows before and after. NotFound."""
    history = ctx.host.store.history
    found = await history.entries(last=1, before_id=number + 1)
    if not found or found[0].id != number:
        raise NotFound(f"There is no change {number} in the history; list it to see which there are")
    entry, changes = found[0], await history.changes(number)
    if ctx.wants_json:
        await ctx.item("change", str(entry.id), _attributes(entry))
    else:
        request = f", request {entry.origin.request}" if entry.origin.request else ""
        await ctx.say(f"Change {entry.id} of {local(entry.at)} by {_who(entry)}{request}")
        await ctx.say(f"    {_what(entry)}")
    await show_changes(ctx, changes, looks)


async def show_changes(ctx: Ctx, changes: Iterable[RowChange], looks: Looks) -> None:
    """Rows before and after."""
    schema = ctx.snapshot.schema
    if not ctx.wants_json:
        await ctx.lines(line for change in changes for line in _lines(schema, change, looks))
        return
    for change in changes:
        row = change.after or change.before or {}
        keys = {column: row.get(column) or "" for column in _keys(schema, change.table)}
        await ctx.item("row", change.table, keys | signed(*_sides(schema, change), looks.hides(change)))


def row_name(schema: Schema, table: str, row: Cells) -> str:
    """A row in a few words: its table and its key."""
    cells = ",".join(f"{key}={row.get(key) or ''}" for key in _keys(schema, table))
    return f"{table} {cells}"


def _keys(schema: Schema, table: str) -> tuple[str, ...]:
    """A table that the site has taken away since has no keys."""
    declared = schema.tables.get(table)
    return declared.keys if declared else ()


def _lines(schema: Schema, change: RowChange, looks: Looks) -> Iterator[str]:
    row = change.after or change.before or {}
    how = ": added" if change.before is None else ": removed" if change.after is None else ""
    yield row_name(schema, change.table, row) + how
    yield from difference(*_sides(schema, change), looks.hides(change))


def _sides(schema: Schema, change: RowChange) -> tuple[Cells, Cells]:
    """The row before and after without its key, which is the same."""
    keys = _keys(schema, change.table)
    before, after = (
        {column: text for column, text in (side or {}).items() if column not in keys}
        for side in (change.before, change.after)
    )
    return before, after


def _who(entry: Entry) -> str:
    return f"{entry.origin.user}@{entry.origin.client}" if entry.origin.client else entry.origin.user


def _what(entry: Entry) -> str:
    return f"{entry.origin.command} {entry.origin.words}".strip() or "(the daemon itself)"


def _tables(entry: Entry) -> str:
    return ", ".join(f"{table} {rows}" for table, rows in entry.tables)


def _attributes(entry: Entry) -> dict[str, str]:
    origin = entry.origin
    return {
        "time": entry.at,
        "user": origin.user,
        "client": origin.client,
        "request": origin.request,
        "command": origin.command,
        "words": origin.words,
        "tables": ",".join(f"{table}={rows}" for table, rows in entry.tables),
    }
