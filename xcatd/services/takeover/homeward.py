"""Which moves of automatic takeovers go back, and which were cut short and go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcatd.noderange import fold
from xcatd.objects import World, service_pool
from xcatd.services.health.state import Health, Word
from xcatd.services.snmove.record import State
from xcatd.services.takeover.moves import Kept, open_moves
from xcatd.services.takeover.policy import short, terms_of
from xcatd.services.takeover.scene import About, Back, Judgement, Remark, Resume, Scene


def returned(scene: Scene, busy: set[str], found: Judgement) -> Iterator[Back]:
    """Moves whose nodes go back, because where they came from first has been healthy for long enough."""
    world, older = scene.world, [move for move in open_moves(scene.world) if move.state is State.TAKEN]
    newer: set[str] = set()
    while older:
        move = older.pop(0)
        is_last = newer.isdisjoint(move.nodes)
        newer.update(move.nodes)
        if not is_last or not move.nodes or not busy.isdisjoint(move.nodes) or not _is_as_left(world, move):
            continue
        health = scene.healths.get(short(_home(move, older)))
        if health is None or health.word is not Word.HEALTHY or not _is_over(scene, move, health):
            continue
        if health.damped:
            text = f"{fold(move.nodes)} stay with {move.dest}: the health of {health.name} changes too often"
            found.remarks.append(Remark(About.HELD, move.source, move.nodes, text))
        else:
            yield Back(move.id, move.dest, move.source, move.nodes)


def _home(move: Kept, older: Sequence[Kept]) -> str:
    """Where the nodes of a move were before all moves that are still to be taken back."""
    nodes = {*move.nodes}
    first = next((one for one in reversed(older) if not nodes.isdisjoint(one.nodes)), move)
    return first.source


def _is_as_left(world: World, move: Kept) -> bool:
    """Nobody has moved the nodes since."""
    return all(short(next(iter(service_pool(world, node)), "")) == short(move.dest) for node in move.nodes)


def _is_over(scene: Scene, move: Kept, health: Health) -> bool:
    """Whether the wait of all nodes is over; one that goes back by hand only holds up the others of its move."""
    waits = [one.back for one in terms_of(scene.world, move.nodes).values()]
    return min(waits) > 0 and scene.now - health.since >= max(waits)


def resumed(scene: Scene, busy: set[str]) -> Iterator[Resume]:
    """Moves of ours that were cut short and that nobody works on: this daemon was ended meanwhile."""
    for move in open_moves(scene.world):
        if move.state is not State.TAKEN and move.nodes and busy.isdisjoint(move.nodes):
            yield Resume(move.id, move.source, move.dest, move.nodes)


def completed(scene: Scene, busy: set[str]) -> Iterator[Resume]:
    """Moves of ours of which a step has failed."""
    for move in open_moves(scene.world):
        has_failed = move.state is State.TAKEN and not move.is_whole
        if has_failed and move.nodes and busy.isdisjoint(move.nodes) and _is_as_left(scene.world, move):
            yield Resume(move.id, move.source, move.dest, move.nodes)
