"""`nodels`: names of nodes, and values of their columns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from xcatd.api import Ctx, Nodes, command, opt
from xcatd.plugins.nodes.columns import NodeColumn, read_columns
from xcatd.plugins.nodes.selection import Selection, read_selection, select
from xcatd.store import Snapshot

_NOT_GIVEN = Nodes()
_BREATH = 500
"""Nodes that are listed between two moments at which others may run."""


@command("nodels")
async def nodels(
    ctx: Ctx,
    nodes: Nodes = _NOT_GIVEN,
    columns: tuple[str, ...] = (),
    *,
    blame: Annotated[bool, opt("-b", "--blame", "say from which group a value is inherited")] = False,
    with_fieldname: Annotated[bool, opt("-H", "--with-fieldname", "write the name before a single value too")] = False,
    hidden: Annotated[bool, opt("-S", "show hidden nodes too")] = False,
) -> None:
    """List nodes, all of them without a noderange, or columns of nodes with the values they inherit.

    A column is table.column, groups, tags or mgt; a table's name stands for all its columns. table.column==value
    (also != =~ !~) shows only nodes for which that holds.
    """
    shown, selections = _read(columns)
    chosen: Sequence[str] = nodes if nodes or ctx.request.noderange else sorted(ctx.world.nodes())
    if not hidden:
        chosen = _without(chosen, _hidden(ctx.snapshot))
    if selections:
        chosen = select(ctx.world, chosen, selections)
    labelled = with_fieldname or len(shown) > 1
    for number, node in enumerate(chosen, start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        if not shown:
            await ctx.say(None, node=node)
        for column in shown:
            for text in _values(ctx, node, column, blame):
                await ctx.say(text, node=node, label=column.label if labelled else None)


def _read(words: Sequence[str]) -> tuple[list[NodeColumn], list[Selection]]:
    """Columns, each once, in the order typed, and selections."""
    shown: dict[tuple[str, str], NodeColumn] = {}
    selections: list[Selection] = []
    for word in words:
        selection = read_selection(word)
        if selection is not None:
            selections.append(selection)
            continue
        for column in read_columns(word):
            shown.setdefault((column.table.name, column.name), column)
    return list(shown.values()), selections


def _values(ctx: Ctx, node: str, column: NodeColumn, blame: bool) -> list[str]:
    """A text per row that the node has; an empty one without any."""
    values = ctx.world.values(node, column.table.name, column.name) or ("",)
    group = ctx.world.origin(node, column.table.name, column.name) if blame else None
    return [value if group is None else f"{value} (inherited from group {group})" for value in values]


def _hidden(snapshot: Snapshot) -> frozenset[str]:
    """The nodes with nodelist.hidden=1."""

    def find() -> frozenset[str]:
        rows = snapshot.table("nodelist").rows
        return frozenset(row["node"] for row in rows if row["hidden"] == "1" and not row.hidden)

    return snapshot.cached("nodels: hidden nodes", find)


def _without(nodes: Sequence[str], hidden: frozenset[str]) -> Sequence[str]:
    return [node for node in nodes if node not in hidden] if hidden else nodes
