"""Which nodes are worked on after which others: table deps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from xcatd.api import Ctx, UsageError
from xcatd.model import Batch

_COLUMNS = ("nodedep", "msdelay", "cmd")


@dataclass(frozen=True, slots=True)
class Waits:
    """What a node waits for: that these nodes have ended, and then so many seconds."""

    behind: frozenset[str] = frozenset()
    pause: float = 0.0


def behind_others(ctx: Ctx, action: str, nodes: Sequence[str]) -> Sequence[Batch]:
    """The nodes in batches: those that depend on nothing, then those that wait for the same nodes.

    Raises UsageError when a node depends on one that is not among the nodes, or on itself by way of others.
    """
    if not ctx.snapshot.table("deps").rows:
        return [Batch(tuple(nodes))]
    reader = _Reader(ctx, action)
    waits = {node: reader.waits(node) for node in nodes}
    _refuse_missing(waits)
    _refuse_circles(waits)
    together: dict[Waits, list[str]] = {}
    for node, what in waits.items():
        together.setdefault(what, []).append(node)
    return [Batch(tuple(members), behind=what.behind, pause=what.pause) for what, members in together.items()]


class _Reader:
    """Reads table deps for one action; a noderange that many nodes share is expanded once."""

    def __init__(self, ctx: Ctx, action: str) -> None:
        self._ctx = ctx
        self._action = action
        self._expanded: dict[str, frozenset[str]] = {}

    def waits(self, node: str) -> Waits:
        """Of all its rows for this action: the longest pause counts. A row that names the node itself says what others wait for."""
        behind: frozenset[str] = frozenset()
        pause = 0.0
        for nodedep, msdelay, cmd in self._ctx.world.rows(node, "deps", _COLUMNS):
            nodes = self._nodes(nodedep) if self._action in [word.strip() for word in cmd.split(",")] else frozenset()
            if nodes and node not in nodes:
                behind |= nodes
                pause = max(pause, _seconds(node, msdelay))
        return Waits(behind, pause)

    def _nodes(self, noderange: str) -> frozenset[str]:
        if noderange not in self._expanded:
            self._expanded[noderange] = frozenset(self._ctx.expand(noderange)) if noderange.strip() else frozenset()
        return self._expanded[noderange]


def _seconds(node: str, milliseconds: str) -> float:
    text = milliseconds.strip() or "0"
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"deps.msdelay of {node} is {text!r}: write a number of milliseconds, or say --nodeps")
    return int(text) / 1000


def _refuse_missing(waits: Mapping[str, Waits]) -> None:
    for node, what in waits.items():
        if missing := sorted(what.behind.difference(waits)):
            raise UsageError(
                f"Missing dependency on command-line: {node} -> {', '.join(missing)}; name it too, or say --nodeps"
            )


def _refuse_circles(waits: Mapping[str, Waits]) -> None:
    try:
        TopologicalSorter({node: what.behind for node, what in waits.items()}).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise UsageError(f"table deps has a circle: {circle}; correct it, or say --nodeps") from None
