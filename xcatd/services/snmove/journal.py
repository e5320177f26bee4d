"""Table snmoves: the moves that are under way, those that a takeover has made, and the last ones that ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from xcatd.errors import Busy, NotFound, UsageError
from xcatd.noderange import fold
from xcatd.services.snmove.record import ENDED, TABLE, Record, State, record_of
from xcatd.store import Change, Delete, Exact, Put, Row, Snapshot

KEPT: Final = 100
"""Moves that have ended and are still in the table."""


def records(snapshot: Snapshot) -> Sequence[Record]:
    """All of them, the oldest first. Raises ServiceError for a row that cannot be read."""
    view = snapshot.table(TABLE)
    return view.cached(records, lambda: _read([row for row in view.rows if not row.hidden]))


def _read(rows: Sequence[Row]) -> Sequence[Record]:
    return tuple(sorted((record_of(row.cells()) for row in rows), key=lambda one: one.number))


def open_records(snapshot: Snapshot) -> Sequence[Record]:
    """Those of which steps are left: they are under way, or were interrupted. Raises ServiceError."""
    return [one for one in records(snapshot) if one.is_open]


def see_free(snapshot: Snapshot, nodes: Iterable[str]) -> None:
    """Raises Busy when one of the nodes is in an open move."""
    asked = {*nodes}
    for one in open_records(snapshot):
        if shared := asked.intersection(one.nodes):
            raise Busy(
                f"snmove {one.number} of {fold(shared)} from {one.source} to {one.dest} was interrupted: finish it with snmove "
                f"--resume {one.number}, or take it back with snmove --rollback {one.number}"
            )


def chosen(snapshot: Snapshot, number: str) -> Record:
    """The move of this number; with "" the only open one. Raises NotFound, or UsageError when there are several."""
    if number:
        found = [one for one in records(snapshot) if one.number == int(number)]
        if not found:
            raise NotFound(f"There is no snmove {number}: snmove --list shows those that there are")
        return found[0]
    found = list(open_records(snapshot))
    if not found:
        raise NotFound("No snmove is open: say which one is meant by its number, which snmove --list shows")
    if len(found) > 1:
        numbers = ", ".join(f"{one.number} ({fold(one.nodes)})" for one in found)
        raise UsageError(f"Several snmoves are open: say which one is meant by its number: {numbers}")
    return found[0]


def begun(snapshot: Snapshot, record: Record) -> tuple[Record, Sequence[Change]]:
    """The move with its number, and the changes of table snmoves: its row, and without the oldest ended ones. The write fails with
    Conflict when another one has got this number meanwhile."""
    rows = snapshot.table(TABLE).rows
    numbers = [int(row["id"]) for row in rows if row["id"].isdecimal()]
    numbered = replace(record, number=max(numbers, default=0) + 1)
    ended = sorted(int(row["id"]) for row in rows if row["id"].isdecimal() and row["state"] in ENDED)
    too_old = ended[: max(0, len(ended) - KEPT)]
    removed = [Delete(TABLE, {"id": str(number)}) for number in too_old]
    return numbered, [Exact(TABLE, None, numbered.cells()), *removed]


def turned(snapshot: Snapshot, before: Record, after: Record) -> Change:
    """The row of a move that is taken back, if it is still what was read. Raises NotFound when it is gone."""
    row = next(iter(snapshot.table(TABLE).find(str(before.number))), None)
    if row is None:
        raise NotFound(f"There is no snmove {before.number} any more: its row was removed from table {TABLE}")
    return Exact(TABLE, row.cells(), {**row.cells(), **after.cells()})


def noted(record: Record) -> Change:
    """How far it has come."""
    return Put(TABLE, {"id": str(record.number)}, {"done": record.done_text()}, adds=False)


def ended(record: Record, when: str) -> tuple[Record, Change]:
    """The move when nothing is left to be done, or has failed for good."""
    goal = {State.MOVING: State.TAKEN if record.manner.takeover else State.DONE, State.RETURNING: State.BACK}
    state = goal.get(record.state, record.state)
    after = replace(record, state=state, ended=when if record.is_open else record.ended)
    values = {"state": str(after.state), "ended": after.ended}
    return after, Put(TABLE, {"id": str(record.number)}, values, adds=False)
