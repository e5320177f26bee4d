"""Table snmoves: which moves are open, and which row comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.unit.objects.worlds import world
from xcatd.errors import Busy, NotFound, UsageError
from xcatd.services.snmove import Group, Manner, Record, State, open_records, records
from xcatd.services.snmove.journal import KEPT, begun, chosen, ended, noted, see_free, turned
from xcatd.services.snmove.record import Done
from xcatd.store import Delete, Exact, Put, Snapshot

NOW = "2026-11-30T15:00:00+00:00"


def move(number: int, state: State = State.MOVING, *nodes: str) -> Record:
    return Record(number, state, (Group(nodes or (f"n{number}",), "sn1", "sn2", "", "sn2-c"),))


def table(*moves: Record) -> Snapshot:
    return world(snmoves=[one.cells() for one in moves]).snapshot


def numbers(moves: Sequence[Record]) -> list[int]:
    return [one.number for one in moves]


ALL = table(*(move(number, state) for number, state in enumerate(State, 8)))


def test_moves_come_by_number_and_those_with_steps_left_are_open() -> None:
    assert numbers(records(ALL)) == [8, 9, 10, 11, 12]
    assert [one.state for one in open_records(ALL)] == [State.MOVING, State.RETURNING]


def test_a_row_that_is_disabled_does_not_count() -> None:
    assert records(world(snmoves=[{**move(1).cells(), "disable": "1"}]).snapshot) == ()


def test_nodes_of_an_open_move_are_not_free() -> None:
    there = table(move(3, State.MOVING, "n1", "n2", "n4"), move(4, State.DONE, "n9"))
    see_free(there, ["n3", "n9"])
    with pytest.raises(Busy) as caught:
        see_free(there, ["n1", "n2", "n3"])
    assert str(caught.value) == (
        "snmove 3 of n[1-2] from sn1 to sn2 was interrupted: finish it with snmove --resume 3, or take it back with snmove "
        "--rollback 3"
    )


def test_without_a_number_the_only_open_one_is_meant() -> None:
    assert chosen(table(move(3, State.DONE), move(4)), "").number == 4
    assert chosen(table(move(3, State.DONE), move(4)), "3").number == 3
    with pytest.raises(UsageError, match=r"Several snmoves are open: .* by its number: 8 \(n8\), 10 \(n10\)"):
        chosen(ALL, "")
    with pytest.raises(NotFound, match="No snmove is open"):
        chosen(table(move(3, State.TAKEN)), "")
    with pytest.raises(NotFound, match="There is no snmove 5"):
        chosen(table(move(3)), "5")


def test_numbers_grow_and_the_row_must_be_free() -> None:
    record, changes = begun(table(move(9, State.BACK), move(10, State.DONE)), move(0))
    assert record.number == 11
    assert changes == [Exact("snmoves", None, record.cells())]
    assert begun(table(), move(0))[0].number == 1


def test_the_oldest_that_ended_make_room_and_those_that_have_not_stay() -> None:
    over = [move(number, State.DONE) for number in range(3, KEPT + 5)]
    _, changes = begun(table(move(1), move(2, State.TAKEN), *over), move(0))
    assert [change.where["id"] for change in changes if isinstance(change, Delete)] == ["3", "4"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (move(1), State.DONE),
        (replace(move(1), manner=Manner(takeover=True)), State.TAKEN),
        (move(1, State.RETURNING), State.BACK),
    ],
)
def test_a_move_ends_as_it_began(before: Record, after: State) -> None:
    record, change = ended(before, NOW)
    assert (record.state, record.ended) == (after, NOW)
    assert change == Put("snmoves", {"id": "1"}, {"state": str(after), "ended": NOW}, adds=False)


def test_one_that_had_ended_keeps_its_time() -> None:
    record, _ = ended(replace(move(1, State.DONE), ended="before"), NOW)
    assert (record.state, record.ended) == (State.DONE, "before")


def test_a_step_is_noted_in_the_row_alone() -> None:
    assert noted(move(1).with_done(Done(0, ("n1",)))) == Put(
        "snmoves", {"id": "1"}, {"done": '[{"step":0,"failed":"n1"}]'}, adds=False
    )


def test_a_move_turns_back_only_from_what_was_read() -> None:
    before = move(1, State.TAKEN)
    after = replace(before, state=State.RETURNING)
    change = turned(table(before), before, after)
    assert isinstance(change, Exact) and change.before is not None and change.after is not None
    assert (change.before["state"], change.after["state"]) == ("taken", "returning")
    with pytest.raises(NotFound, match="its row was removed"):
        turned(table(), before, after)
