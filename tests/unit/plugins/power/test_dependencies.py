"""`rpower` and table deps: what is done after what."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.api import Unreachable
from xcatd.hardware import PowerState


async def depend(room: Room, *rows: tuple[str, str, str], cmd: str = "on,off,boot") -> None:
    await room.desk.fill(deps=[{"node": node, "nodedep": on, "msdelay": delay, "cmd": cmd} for node, on, delay in rows])


async def test_nodes_wait_for_those_on_which_they_depend(room: Room) -> None:
    await depend(room, ("n1", "n2", ""), ("n2", "n3", "5"))
    assert await room.ok("rpower n1-n3 on") == "n3: on\nn2: on\nn1: on\n"


async def test_a_group_may_depend_on_some_of_its_nodes_which_wait_for_nobody(room: Room) -> None:
    await depend(room, ("all", "n2-n3", "1"))
    out = await room.ok("rpower all on")
    assert out.splitlines()[-1] == "n1: on"
    assert sorted(out.splitlines()) == ["n1: on", "n2: on", "n3: on"]


async def test_rows_for_other_actions_do_not_count(room: Room) -> None:
    await depend(room, ("n1", "n2", ""), cmd="off")
    assert await room.ok("rpower n1 on") == "n1: on\n"
    _, err = await room.failed("rpower n1 off")
    assert err == "Error: Missing dependency on command-line: n1 -> n2; name it too, or say --nodeps\n"
    assert room.node("n1").power is PowerState.ON


async def test_without_deps_nobody_waits(room: Room) -> None:
    await depend(room, ("n1", "n2", ""))
    assert await room.ok("rpower n1 --nodeps on") == "n1: on\n"


async def test_looking_needs_no_order(room: Room) -> None:
    await depend(room, ("n1", "n2", ""), cmd="on,stat")
    assert await room.ok("rpower n1 stat") == "n1: off\n"


async def test_who_depends_on_a_node_that_failed_is_left_alone(room: Room) -> None:
    await depend(room, ("n1", "n2", ""), ("n2", "n3", ""))
    room.node("n3").error = Unreachable("nobody answers")
    out, err = await room.failed("rpower n1-n3 on")
    assert out == ""
    assert err == (
        "n3: [mn1]: Error: nobody answers\n"
        "n2: [mn1]: Error: left alone, because n3 failed, on which it depends: try again, or say --nodeps\n"
        "n1: [mn1]: Error: left alone, because n2 failed, on which it depends: try again, or say --nodeps\n"
    )
    assert room.node("n1").journal == room.node("n2").journal == []


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((("n1", "n2", ""), ("n2", "n1", "")), "table deps has a circle: n"),
        ((("n1", "n2", "soon"),), "deps.msdelay of n1 is 'soon': write a number of milliseconds"),
        ((("n1", "nosuch", ""),), "Invalid nodes and/or groups in noderange: nosuch"),
    ],
)
async def test_a_table_that_makes_no_sense_stops_it_before_anything_is_done(
    room: Room, rows: tuple[tuple[str, str, str], ...], sentence: str
) -> None:
    await depend(room, *rows)
    out, err = await room.failed("rpower n1-n3 on")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"Error: {sentence}")
    assert all(room.node(node).journal == [] for node in ("n1", "n2", "n3"))
