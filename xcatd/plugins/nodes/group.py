"""`nodegrpch`: a value for a whole group, stored once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from xcatd.api import Ctx, UsageError, command
from xcatd.plugins.nodes.assignment import Assignment, puts, read_assignment
from xcatd.plugins.nodes.columns import Tables
from xcatd.plugins.nodes.selection import read_selection
from xcatd.plugins.nodes.values import gathered
from xcatd.store import Put


@command("nodegrpch", edits=True)
async def nodegrpch(ctx: Ctx, groups: str, assignments: tuple[str, ...]) -> None:
    """Change values of groups: nodegrpch group[,group ...] table.column=value ...

    The value goes into the group's row, and the same cell is cleared for every member, so that the group's value
    shows.
    """
    if not assignments:
        raise UsageError("nodegrpch: nothing to change; write nodegrpch group table.column=value ...")
    names = [name.strip() for name in groups.split(",") if name.strip()]
    if not names:
        raise UsageError("nodegrpch: which groups? Write nodegrpch group[,group] table.column=value ...")
    for name in names:
        if ctx.world.has_node(name):
            raise UsageError(f"{name} is a node, not a group: use nodech")
    read = [_read(ctx.snapshot.schema.tables, word) for word in assignments]
    members = [ctx.world.members(name) or () for name in names]
    cleared = chain.from_iterable(_cleared(ctx, some, read) for some in members)
    total = sum(map(len, members)) * len(read)
    await ctx.write(*await gathered(ctx, cleared, total), *puts(ctx.snapshot, ctx.world, names, read))


def _read(tables: Tables, word: str) -> Assignment:
    if read_selection(tables, word) is not None:
        raise UsageError(f"Malformed argument {word}: nodegrpch cannot select; a value that begins with = is set by =@")
    one = read_assignment(tables, word)
    if one.sign != "=":
        raise UsageError(f"{word}: ,= and ^= are not supported by nodegrpch; write the whole value with =")
    if one.column.cell == ("nodelist", "groups"):
        raise UsageError(f"{word}: Group membership is not changeable via nodegrpch; use nodech on the members")
    if one.column.table.name == "nodelist":
        raise UsageError(f"{word}: groups have no row in table nodelist; use nodech on their members")
    if one.column.name in one.column.table.keys:
        raise UsageError(f"{word}: {one.column.label} tells the rows of a node apart; use nodech on the members")
    return one


def _cleared(ctx: Ctx, members: Sequence[str], assignments: Sequence[Assignment]) -> Iterator[Put]:
    """The members' own cells that would hide the group's value."""
    for one in assignments:
        table, column = one.column.table, one.column.name
        view = ctx.snapshot.table(table.name)
        for member in members:
            if any(row[column] for row in view.find(member)):
                yield Put(table.name, {str(table.node_column): member}, {column: None})
