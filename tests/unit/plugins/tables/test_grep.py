"""`tabgrep`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.store import TABLES, Append


@pytest.fixture
async def cluster(desk: Desk) -> Desk:
    await desk.fill(
        nodelist=[{"node": "n1", "groups": "compute,all"}, {"node": "n2", "groups": "all"}],
        nodehm=[{"node": "compute", "mgt": "ipmi"}],
        ipmi=[{"node": "n1", "bmc": "b1"}],
        mac=[{"node": "n1", "mac": "00:00:00:00:00:01", "disable": "1"}],
        mpa=[{"mpa": "n2", "username": "x"}],
        nodetype=[{"node": "n3", "os": "rhels9"}],
    )
    await desk.store.write([Append("eventlog", {"node": "n2", "message": "x"})], author="test")
    return desk


@pytest.mark.parametrize(
    ("words", "tables"),
    [("n1", ["ipmi", "nodehm", "nodelist"]), ("n2", ["eventlog", "mpa", "nodelist"])],
)
async def test_tables_with_a_row_for_the_node_or_a_group_of_it(cluster: Desk, words: str, tables: list[str]) -> None:
    assert (await cluster.ok(f"tabgrep {words}")).split() == tables


async def test_in_json(cluster: Desk) -> None:
    assert json.loads(await cluster.ok("tabgrep --json n2"))[-1] == {
        "type": "table",
        "name": "nodelist",
        "attributes": {"description": TABLES["nodelist"].description},
    }


async def test_an_unknown_node_is_named(cluster: Desk) -> None:
    seen = await cluster.type("tabgrep n9")
    assert seen == Seen("", "Error: Invalid nodes and/or groups in noderange: n9\n", 1)
    assert (await cluster.type("tabgrep")).status == 1
