"""What is said of moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from xcatd.model import NodeLine
from xcatd.noderange import fold
from xcatd.services.snmove import Group, Move, Record, State, Step

SHOWN = 10
"""Moves that have ended and are shown."""


def plan_lines(moves: Sequence[Move], steps: Sequence[Step]) -> Iterator[NodeLine]:
    """What would be changed for each node, and done."""
    later: dict[str, list[str]] = {}
    for step in steps:
        for node in step.nodes:
            later.setdefault(node, []).append(step.does)
    for move in moves:
        yield from _shown(move, later.get(move.node, ()))


def _shown(move: Move, later: Sequence[str]) -> Iterator[NodeLine]:
    if not move.cells:
        yield move.node, None, f"is with {move.new} already"
    for cell in move.cells:
        yield move.node, f"{cell.table}.{cell.column}", f"{cell.before or '(empty)'} -> {cell.after or '(empty)'}"
    for command in later:
        yield move.node, "then", command


def ways(record: Record) -> Mapping[str, str]:
    """Node -> how it has moved."""
    tell = _went_back if record.state in (State.RETURNING, State.BACK) else _moved
    return {node: tell(group) for group in record.groups for node in group.nodes}


def _moved(group: Group) -> str:
    if not group.cells:
        return f"is with {group.new} already"
    return f"moved from {group.old} to {group.new} ({group.master})"


def _went_back(group: Group) -> str:
    return f"moved back from {group.new} to {group.old}"


def list_lines(records: Sequence[Record], running: Collection[str]) -> Iterator[str]:
    """A line for each move that is open or was made by a takeover, then for the last ones that ended. `running`: nodes of moves
    that are being worked on."""
    lasting = [one for one in records if one.is_open or one.state is State.TAKEN]
    over = [one for one in records if one not in lasting]
    for one in (*lasting, *reversed(over[-SHOWN:])):
        who = f"{fold(one.nodes)} from {one.source} to {one.dest}"
        yield f"{one.number}: {_state(one, running)}: {who}, {_when(one)}{_failures(one)}"


def _state(record: Record, running: Collection[str]) -> str:
    if not record.is_open:
        return str(record.state)
    return f"{record.state}, {'under way' if not {*running}.isdisjoint(record.nodes) else 'interrupted'}"


def _when(record: Record) -> str:
    begun = f"began {record.began} by {record.by}"
    if record.is_open:
        return f"{begun}, {len(record.done)} of {len(record.steps)} steps done"
    return f"{begun}, ended {record.ended}"


def _failures(record: Record) -> str:
    failed = [f"{record.steps[one.step].does} ({fold(one.failed)})" for one in record.done if one.failed]
    return f"; not done: {', '.join(failed)}" if failed else ""
