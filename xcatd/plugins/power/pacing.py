"""Not all at once: so many nodes every so many seconds, for the sake of the power supply."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from xcatd.api import Ctx, UsageError
from xcatd.model import Batch
from xcatd.objects import World, service_pool
from xcatd.plugins.power.numbers import site_number

_PACED = ("on", "reset", "boot")
"""What makes a node draw much current soon."""


def paced(ctx: Ctx, action: str, batches: Sequence[Batch]) -> Sequence[Batch]:
    """The batches in pieces of site.syspowermaxnodes nodes, a piece every site.syspowerinterval seconds.

    Raises UsageError when only the interval is set.
    """
    interval = site_number(ctx, "syspowerinterval")
    if not interval or action not in _PACED:
        return batches
    most = site_number(ctx, "syspowermaxnodes")
    if most is None or most < 1:
        raise UsageError("'syspowermaxnodes' is required if 'syspowerinterval' is configured in the site table.")
    return list(chain.from_iterable(_pieces(ctx.world, batch, interval, int(most)) for batch in batches))


def _pieces(world: World, batch: Batch, interval: float, most: int) -> Iterator[Batch]:
    """Those that wait for others are counted from the end of these on, the others from the beginning."""
    nodes = _spread(world, batch.nodes)
    for number, start in enumerate(range(0, len(nodes), most)):
        piece, later = tuple(nodes[start : start + most]), number * interval
        if batch.behind:
            yield replace(batch, nodes=piece, pause=batch.pause + later)
        else:
            yield replace(batch, nodes=piece, begins=batch.begins + later)


def _spread(world: World, nodes: Sequence[str]) -> Sequence[str]:
    """Mixed, so that a piece is not one circuit, and each piece has nodes of all service nodes."""
    pools: dict[tuple[str, ...], list[str]] = {}
    for node in nodes:
        pools.setdefault(service_pool(world, node), []).append(node)
    for members in pools.values():
        random.shuffle(members)
    return [node for row in zip_longest(*pools.values()) for node in row if node is not None]
