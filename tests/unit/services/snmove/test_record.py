"""Moves as table snmoves has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xcatd.errors import ServiceError
from xcatd.services.snmove import Group, Manner, Record, State, Step
from xcatd.services.snmove.record import Altered, Done, group_nodes, record_of

CELLS = (Altered("noderes", "servicenode", "sn1,sn2", "sn2,sn1"), Altered("noderes", "xcatmaster", None, "10.7.0.2"))
GROUP = Group(("n1", "n2", "n10"), "sn1", "sn2", "", "10.7.0.2", CELLS, ("nodehm",))
STEPS = (
    Step("nodeset", ("n1", "n2"), ("enact",)),
    Step("updatenode", ("n1", "n2", "n10"), ("-P", "syslog,x y"), "Running postscripts on the nodes.", on_nodes=True),
)
MOVE = Record(
    7,
    State.MOVING,
    (GROUP, Group(("5", "r1-2"), "sn3", "sn2", "sn3-c", "sn2-c")),
    STEPS,
    (Done(0, ("n2",)),),
    Manner(on_nodes=False, scripts="all", takeover=True),
    "2026-11-30T15:00:00+00:00",
    by="root",
)


ODD = Record(1, State.DONE, (Group(("r1-r3", "0-1", "n1"), "sn1", "sn2", "", "x"),), STEPS[:1], (Done(0, ("r1-r3",)),))
"""Names that could be ranges."""
WILD = Record(1, State.DONE, (Group(("a)b", "n1"), "sn1", "sn2", "", "x"),))
"""A name that is no noderange."""


@pytest.mark.parametrize(
    "move", [MOVE, ODD, WILD, replace(MOVE, state=State.TAKEN, ended="2026-11-30T15:00:09+00:00", done=())]
)
def test_what_is_written_is_read_again(move: Record) -> None:
    assert record_of(move.cells()) == move


def test_the_row_says_in_short_what_the_plan_says_in_full() -> None:
    row = MOVE.cells()
    named = [row[name] for name in ("id", "source", "dest", "nodes", "state", "ended", "by")]
    assert named == ["7", "sn1,sn3", "sn2", "5,n[1-2,10],r1-2", "moving", None, "root"]
    assert row["done"] == '[{"step":0,"failed":"n2"}]'


def test_what_is_left_are_steps_that_are_not_done_and_nodes_for_which_they_failed() -> None:
    assert MOVE.left() == [(0, ("n2",)), (1, ("n1", "n2", "n10"))]
    later = MOVE.with_done(Done(1, ("n10",))).with_done(Done(0))
    assert later.done == (Done(0), Done(1, ("n10",)))
    assert later.left() == [(1, ("n10",))]


def test_nodes_that_move_alike_are_one_group() -> None:
    alike, other = replace(GROUP, nodes=()), replace(GROUP, nodes=(), master="sn2-c")
    assert group_nodes([("n1", alike), ("n3", other), ("n2", alike)]) == (
        replace(GROUP, nodes=("n1", "n2")),
        replace(other, nodes=("n3",)),
    )


@pytest.mark.parametrize(
    ("column", "text"),
    [("plan", ""), ("plan", "[]"), ("plan", "{"), ("state", "gone"), ("steps", "[1]"), ("done", '[{"step":"x"}]')],
)
def test_a_row_that_was_spoilt_is_named(column: str, text: str) -> None:
    with pytest.raises(ServiceError, match="Row 7 of table snmoves cannot be read"):
        record_of({**MOVE.cells(), column: text})
