"""The moves that automatic takeovers made and that are not ended, as table snmoves has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.snmove.record import TABLE, Record, State, record_of

_OPEN: Final = frozenset((State.MOVING, State.TAKEN, State.RETURNING))


@dataclass(frozen=True, slots=True)
class Kept:
    """A move. `nodes`: those of them that still exist. `is_whole`: all of its steps are done."""

    id: str
    source: str
    dest: str
    nodes: tuple[str, ...]
    state: State
    is_whole: bool


def open_moves(world: World) -> Sequence[Kept]:
    """Those that are not ended, the newest first."""
    return world.snapshot.cached(
        "takeover: moves", lambda: sorted(_open_moves(world), key=lambda one: int(one.id), reverse=True)
    )


def interrupted(world: World) -> Mapping[str, int]:
    """The nodes of moves that somebody else has made and that are not at their end, with the numbers of these. Who made them brings
    them to their end; until then nobody moves the nodes."""
    theirs = (move for move in _records(world) if move.is_open and not move.manner.takeover)
    return {node: move.number for move in theirs for node in move.nodes}


def _open_moves(world: World) -> Iterator[Kept]:
    for move in _records(world):
        if move.manner.takeover:
            nodes = tuple(node for node in move.nodes if world.has_node(node))
            yield Kept(str(move.number), move.source, move.dest, nodes, move.state, is_whole=not move.left())


def _records(world: World) -> Iterator[Record]:
    for row in world.snapshot.table(TABLE).rows:
        if not row.hidden and row["state"] in _OPEN:
            with suppress(ServiceError):  # `snmove --list` says it
                yield record_of(dict(row))
