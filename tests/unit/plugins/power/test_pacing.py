"""`rpower` and the power supply: so many nodes every so many seconds."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from tests.unit.dispatch.reader import Reader
from xcatd.api import Ctx, commands_of
from xcatd.dispatch.hall import no_stdin
from xcatd.model import Batch, Caller, Request, Role
from xcatd.plugins.power import rpower
from xcatd.plugins.power.pacing import paced

NODES = tuple(f"n{number}" for number in range(10))


def ctx_of(room: Room) -> Ctx:
    request = Request("r1", "rpower", Caller("root", Role.USER))
    return Ctx(request, commands_of(rpower)[0], room.desk.hall.host, Reader(), no_stdin)


async def pace(room: Room, interval: str, most: str = "") -> None:
    rows = [{"key": "syspowerinterval", "value": interval}, {"key": "syspowermaxnodes", "value": most}]
    await room.desk.fill(site=[row for row in rows if row["value"]])


@pytest.mark.parametrize("action", ["on", "boot", "reset"])
async def test_pieces_begin_one_interval_after_the_other(room: Room, action: str) -> None:
    await pace(room, "30", "4")
    pieces = paced(ctx_of(room), action, [Batch(NODES)])
    assert [(len(piece.nodes), piece.begins) for piece in pieces] == [(4, 0), (4, 30), (2, 60)]
    assert sorted(node for piece in pieces for node in piece.nodes) == list(NODES)


async def test_those_that_wait_for_others_are_counted_from_their_end(room: Room) -> None:
    await pace(room, "30", "4")
    behind = frozenset({"s1"})
    pieces = paced(ctx_of(room), "on", [Batch(("s1",)), Batch(NODES, behind=behind, pause=2)])
    assert [(len(piece.nodes), piece.begins, piece.pause) for piece in pieces] == [
        (1, 0, 0),
        (4, 0, 2),
        (4, 0, 32),
        (2, 0, 62),
    ]


async def test_each_piece_has_nodes_of_all_service_nodes(room: Room) -> None:
    await pace(room, "30", "4")
    await room.desk.fill(
        nodelist=[{"node": node, "groups": "all"} for node in NODES],
        noderes=[{"node": node, "servicenode": "sn1"} for node in NODES[:5]],
    )
    for piece in paced(ctx_of(room), "on", [Batch(NODES)]):
        assert len([node for node in piece.nodes if node in NODES[:5]]) == len(piece.nodes) // 2


@pytest.mark.parametrize(("interval", "action"), [("0", "on"), ("", "on"), ("30", "off"), ("30", "cycle")])
async def test_without_an_interval_and_for_other_actions_all_begin_at_once(
    room: Room, interval: str, action: str
) -> None:
    await pace(room, interval, "4")
    assert paced(ctx_of(room), action, [Batch(NODES)]) == [Batch(NODES)]


@pytest.mark.parametrize(
    ("interval", "most", "sentence"),
    [
        ("30", "", "'syspowermaxnodes' is required if 'syspowerinterval' is configured in the site table."),
        ("30", "0", "'syspowermaxnodes' is required if 'syspowerinterval' is configured in the site table."),
        ("soon", "4", "site.syspowerinterval is 'soon', which is no number from 0 on"),
    ],
)
async def test_settings_that_make_no_sense_stop_it_before_anything_is_done(
    room: Room, interval: str, most: str, sentence: str
) -> None:
    await pace(room, interval, most)
    out, err = await room.failed("rpower n1,n2 on")
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"Error: {sentence}")
    assert room.node().journal == []


async def test_all_nodes_of_all_pieces_are_turned_on(room: Room) -> None:
    await pace(room, "0.01", "1")
    assert sorted((await room.ok("rpower n1-n3 on")).splitlines()) == ["n1: on", "n2: on", "n3: on"]
