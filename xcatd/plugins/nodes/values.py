"""The values of many nodes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from xcatd.api import Ctx
from xcatd.objects import World
from xcatd.plugins.nodes.columns import NodeColumn

T = TypeVar("T")

_TOGETHER = 2000
"""Nodes that are worked on between two moments at which others may run."""


def pieces(nodes: Sequence[str]) -> Iterator[Sequence[str]]:
    """The nodes in pieces that take a few milliseconds each."""
    for start in range(0, len(nodes), _TOGETHER):
        yield nodes[start : start + _TOGETHER]


async def kept(nodes: Sequence[str], keep: Callable[[Sequence[str]], Sequence[str]]) -> Sequence[str]:
    """What `keep` leaves of the nodes; it is given a piece of them at a time."""
    left: list[str] = []
    for piece in pieces(nodes):
        left += keep(piece)
        await asyncio.sleep(0)
    return left


async def gathered(ctx: Ctx, things: Iterable[T], total: int) -> list[T]:
    """The things as a list, made in pieces. `total` is about how many they are, for who waits at a terminal."""
    source, made = iter(things), list[T]()
    while piece := list(islice(source, _TOGETHER)):
        made += piece
        await ctx.progress(min(len(made), total), total)
        await asyncio.sleep(0)
    return made


def values_of(world: World, nodes: Sequence[str], column: NodeColumn) -> list[Sequence[str]]:
    """For each node its values: one for each row that has one, or the empty text alone."""
    table, name = column.cell
    if column.is_single:
        return [(value,) for value in world.column(nodes, table, name)]
    return [world.values(node, table, name) or ("",) for node in nodes]
