"""What an automatic takeover has to do now: which nodes go where, which moves go back, and what is only said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence, Set

from xcatd.noderange import fold
from xcatd.services.drained import drain_of
from xcatd.services.health.state import Health, Word
from xcatd.services.snmove.record import State
from xcatd.services.takeover.choice import Choice, chosen
from xcatd.services.takeover.homeward import completed, resumed, returned
from xcatd.services.takeover.moves import interrupted, open_moves
from xcatd.services.takeover.policy import Served, loads, served, short
from xcatd.services.takeover.scene import About, Back, Deed, Go, Judgement, Remark, Scene

_UNSEEN = frozenset((Word.DEAD, Word.CUT, Word.UNKNOWN))


def judged(scene: Scene) -> Judgement:
    """What there is to do. Nodes on which an snmove works are left alone."""
    found, busy = Judgement(), {*scene.moving}
    _take(resumed(scene, busy), busy, found)
    for health in scene.healths.values():
        if health.word is Word.DEAD:
            _forward(scene, health, busy, found)
    _take(returned(scene, busy, found), busy, found)
    _take(completed(scene, busy), busy, found)
    return found


def _take(deeds: Iterable[Deed], busy: set[str], found: Judgement) -> None:
    for deed in deeds:
        found.deeds.append(deed)
        busy.update(deed.nodes)


def too_many(scene: Scene) -> str:
    """Why nothing moves by itself, "" if it may: with more than half of all service nodes unseen at once, two at least, this daemon
    is more likely cut off than they are dead. Dead ones that serve nobody any more do not count."""
    load = loads(scene.world)
    counted = [one for one in scene.healths.values() if load.get(one.name) or one.word is not Word.DEAD]
    unseen = [one.name for one in counted if one.word in _UNSEEN or one.name not in scene.linked]
    if len(unseen) < 2 or 2 * len(unseen) <= len(counted):
        return ""
    return (
        f"{len(unseen)} of {len(counted)} service nodes cannot be reached ({fold(unseen)}): more likely this management node "
        "is cut off"
    )


def _forward(scene: Scene, health: Health, busy: set[str], found: Judgement) -> None:
    """The nodes of a dead service node."""
    lasts = scene.now - health.since
    mine = served(scene.world, health.name)
    due = [one for one in mine if one.node not in busy and one.terms.after <= lasts]
    if not due:
        return
    name, taken = due[0].pool[0], interrupted(scene.world)
    if stuck := [one for one in due if one.node in taken]:
        numbers = ", ".join(sorted({str(taken[one.node]) for one in stuck}))
        found.remarks.append(_held(name, stuck, f"snmove {numbers} has not come to its end: see snmove --list"))
        due = [one for one in due if one.node not in taken]
    if not due:
        return
    if health.damped:
        why = "its health changes too often: nothing is moved by itself until that has calmed down"
        found.remarks.append(_held(name, due, f"{why}; by hand: snmove -s {name}"))
    elif why := too_many(scene):
        found.remarks.append(_held(name, due, f"{why}; by hand: snmove -s {name}"))
    else:
        _distribute(scene, name, due, busy, found)


def _held(name: str, nodes: Sequence[Served], why: str) -> Remark:
    names = tuple(one.node for one in nodes)
    text = f"{name} is dead, and {fold(names)} stay with it: {why}"
    return Remark(About.HELD, name, names, text)


def _distribute(scene: Scene, name: str, due: Sequence[Served], busy: set[str], found: Judgement) -> None:
    _take(_homeward(scene, name, {one.node for one in due}), busy, found)
    choice = chosen([one for one in due if one.node not in busy], _healthy(scene), loads(scene.world), scene.averages)
    for dest, nodes in choice.goes.items():
        for group in _alike(scene, nodes):
            _take([Go(name, dest, group)], busy, found)
    found.remarks.extend(_left(name, choice))


def _healthy(scene: Scene) -> Collection[str]:
    """Who may take nodes: a management node that is in a pool, too; nobody who is drained, or on the way to that."""
    well = (one.name for one in scene.healths.values() if one.word is Word.HEALTHY and not one.damped)
    return {*(name for name in well if drain_of(scene.world.snapshot, name) is None), *map(short, scene.me)}


def _homeward(scene: Scene, name: str, nodes: Set[str]) -> Iterator[Back]:
    """Moves that brought nodes to the one that is dead now, from one that is healthy again: they go home."""
    healthy = _healthy(scene)
    for move in open_moves(scene.world):
        fits = move.state is State.TAKEN and short(move.dest) == short(name) and short(move.source) in healthy
        if fits and move.nodes and nodes >= {*move.nodes}:
            yield Back(move.id, move.dest, move.source, move.nodes)


def _alike(scene: Scene, nodes: Sequence[Served]) -> Iterator[tuple[str, ...]]:
    """Nodes that go back together, and whose moves before are the same: each group is a move of its own."""
    groups: dict[tuple[object, ...], list[str]] = {}
    before = [move for move in open_moves(scene.world) if move.state is State.TAKEN]
    members = [(move.id, frozenset(move.nodes)) for move in before]
    for one in nodes:
        key = (one.terms.back, *(number for number, names in members if one.node in names))
        groups.setdefault(key, []).append(one.node)
    return map(tuple, groups.values())


def _left(name: str, choice: Choice) -> Iterator[Remark]:
    if choice.alone:
        text = f"{name} is dead, and {fold(choice.alone)} stay with it: no other service node is in their pool"
        yield Remark(About.STAYS, name, tuple(choice.alone), text)
    if choice.waiting:
        text = f"{name} is dead, and {fold(choice.waiting)} stay with it: no other one of their pool is healthy now"
        yield Remark(About.STAYS, name, tuple(choice.waiting), text)
