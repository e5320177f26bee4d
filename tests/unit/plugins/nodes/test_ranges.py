"""`gennr` and `rnoderange`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen


async def test_a_noderange_is_written_out_without_looking_at_the_tables(desk: Desk) -> None:
    assert await desk.ok("gennr n[08-11],x1-x2,-n09") == "n08\nn10\nn11\nx1\nx2\n"
    assert json.loads(await desk.ok("gennr --json a1-a2")) == [
        {"type": "node", "name": "a1", "attributes": {}},
        {"type": "node", "name": "a2", "attributes": {}},
    ]
    assert await desk.ok("gennr n[8-11],b,a") == "a\nb\nn10\nn11\nn8\nn9\n"
    assert await desk.type("gennr") == Seen("", "Error: gennr: noderange is missing; see gennr -h\n", 1)


@pytest.mark.parametrize(
    ("noderange", "written"),
    [
        ("n1,n10,n2", "compute"),
        ("n1,n10,n2,sw1", "compute,sw1"),
        ("n1,n2", "n1,n2"),
        ("n1,n10,n2,h1", "all"),
        ("n1,n10,n2,h1,sw1", "all,sw1"),
        ("sw1", "sw1"),
    ],
)
async def test_whole_groups_stand_for_their_nodes(cluster: Desk, noderange: str, written: str) -> None:
    assert await cluster.ok(f"rnoderange {noderange}") == f"{written}\n"
    assert await cluster.ok(f"nodels -S {written}") == await cluster.ok(f"nodels -S {noderange}")


async def test_the_parts_of_a_range_as_json(cluster: Desk) -> None:
    assert json.loads(await cluster.ok("rnoderange --json n1,n10,n2,sw1")) == [
        {"type": "group", "name": "compute", "attributes": {}},
        {"type": "node", "name": "sw1", "attributes": {}},
    ]


async def test_of_two_groups_of_one_size_the_first_by_name_is_taken(desk: Desk) -> None:
    await desk.ok("nodeadd n1-n3 groups=b,a")
    await desk.ok("nodeadd m1-m2 groups=c")
    assert await desk.ok("rnoderange n1-n3,m1-m2") == "a,c\n"


async def test_dynamic_groups_are_left_out(cluster: Desk) -> None:
    await cluster.fill(nodegroup=[{"groupname": "compute", "grouptype": "dynamic", "wherevals": "mgt==ipmi"}])
    assert await cluster.ok("rnoderange n1,n10,n2") == "n1,n10,n2\n"


async def test_unknown_nodes_are_named(cluster: Desk) -> None:
    error = "Error: Invalid nodes and/or groups in noderange: nosuch\n"
    assert await cluster.type("rnoderange n1,nosuch") == Seen("", error, 1)
