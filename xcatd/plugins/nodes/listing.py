"""`nodels`: names of nodes, and values of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from xcatd.api import Ctx, Nodes, Where, command, opt
from xcatd.model import NodeLine
from xcatd.objects import World
from xcatd.plugins.nodes.columns import NodeColumn, Tables, read_columns
from xcatd.plugins.nodes.selection import Selection, read_selection, select
from xcatd.plugins.nodes.values import kept, pieces, values_of

_NOT_GIVEN = Nodes()


@command("nodels", where=Where.ANYWHERE, lists=True)
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
    asked = _read(ctx.snapshot.schema.tables, columns)
    world = ctx.world
    chosen: Sequence[str] = nodes if nodes or ctx.request.noderange else sorted(world.nodes())
    if not hidden:
        chosen = await kept(chosen, partial(_visible, world))
    chosen = await select(world, chosen, asked.selections)
    if ctx.wants_json:
        await _items(ctx, chosen, asked, blame)
    elif asked.columns:
        await ctx.node_lines(_lines(world, chosen, asked, blame, with_fieldname or asked.labelled))
    else:
        await ctx.node_lines((node, None, None) for node in chosen)


def _visible(world: World, nodes: Sequence[str]) -> Sequence[str]:
    marks = world.column(nodes, "nodelist", "hidden")
    return [node for node, mark in zip(nodes, marks, strict=True) if mark != "1"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What to show: columns, each once, in the order typed, with the label typed last; of which nodes; how."""

    columns: Sequence[NodeColumn]
    selections: Sequence[Selection]
    labelled: bool


def _read(tables: Tables, words: Sequence[str]) -> _Asked:
    shown: dict[tuple[str, str], NodeColumn] = {}
    selections: list[Selection] = []
    for word in words:
        selection = read_selection(tables, word)
        if selection is not None:
            selections.append(selection)
        else:
            shown |= {column.cell: column for column in read_columns(tables, word)}
    # Any second word brings the labels, also a selection and also the same column again: that is xCAT's rule.
    return _Asked(list(shown.values()), selections, len(words) > 1 or len(shown) > 1)


def _lines(world: World, nodes: Sequence[str], asked: _Asked, blame: bool, labelled: bool) -> Iterator[NodeLine]:
    """For each node its columns in the order typed; in tables with several rows for a node, row by row."""
    labels = [column.label if labelled else None for column in asked.columns]
    stretches = _stretches(asked.columns)
    for node, cells in _cells(world, nodes, asked.columns, blame):
        for begin, end in stretches:
            if any(len(texts) > 1 for texts in cells[begin:end]) and end - begin > 1:
                yield from _row_by_row(world, node, asked.columns[begin:end], labels[begin:end], blame)
                continue
            for label, texts in zip(labels[begin:end], cells[begin:end], strict=True):
                for text in texts:
                    yield node, label, text


def _stretches(columns: Sequence[NodeColumn]) -> Sequence[tuple[int, int]]:
    """From where to where columns of one table stand side by side."""
    ends = [n for n in range(1, len(columns)) if columns[n].table != columns[n - 1].table]
    return list(zip([0, *ends], [*ends, len(columns)], strict=True))


def _row_by_row(
    world: World, node: str, columns: Sequence[NodeColumn], labels: Sequence[str | None], blame: bool
) -> Iterator[NodeLine]:
    """The cells of each row that are not empty, then the columns in which no row has anything."""
    rows = world.rows(node, columns[0].table.name, [column.name for column in columns])
    sources = [_source(world, node, column) if blame else "" for column in columns]
    for row in rows:
        for label, text, source in zip(labels, row, sources, strict=True):
            if text:
                yield node, label, text + source
    for label, texts in zip(labels, zip(*rows, strict=True), strict=True):
        if not any(texts):
            yield node, label, ""


async def _items(ctx: Ctx, nodes: Sequence[str], asked: _Asked, blame: bool) -> None:
    names = [".".join(column.cell) for column in asked.columns]
    for node, cells in _cells(ctx.world, nodes, asked.columns, blame):
        values = zip(names, map(",".join, cells), strict=True)
        await ctx.item("node", node, {name: value for name, value in values if value})


def _cells(
    world: World, nodes: Sequence[str], columns: Sequence[NodeColumn], blame: bool
) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    """Each node with its texts in each column: one a row, or an empty one."""
    for some in pieces(nodes):
        texts = [_texts(world, some, column, blame) for column in columns]
        yield from zip(some, zip(*texts, strict=True) if texts else [()] * len(some), strict=True)


def _texts(world: World, nodes: Sequence[str], column: NodeColumn, blame: bool) -> Sequence[Sequence[str]]:
    values = values_of(world, nodes, column)
    if not blame:
        return values
    return [
        [value + source if value else "" for value in several]
        for several, source in zip(values, (_source(world, node, column) for node in nodes), strict=True)
    ]


def _source(world: World, node: str, column: NodeColumn) -> str:
    """What is put behind a value that comes from a group; the node's name is always its own."""
    group = None if column.name == column.table.node_column else world.origin(node, *column.cell)
    return "" if group is None else f" (inherited from group {group})"
