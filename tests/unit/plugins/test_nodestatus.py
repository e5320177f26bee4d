"""`updatenodestat`: the words that it takes, and what becomes of a node's row."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.helpers.run import Desk
from xcatd.services.nodes import STATUSES


async def statuses(desk: Desk) -> dict[str, str]:
    return {row["node"]: row["status"] for row in desk.store.snapshot.table("nodelist").rows}


async def test_the_status_and_its_time_are_noted(desk: Desk) -> None:
    await desk.fill(nodelist=[{"node": node, "groups": "all"} for node in ("n1", "n2", "n3")])
    before = datetime.now().replace(microsecond=0)
    assert await desk.ok("updatenodestat n1,n3 booted") == ""
    assert await statuses(desk) == {"n1": "booted", "n2": "", "n3": "booted"}
    (row,) = desk.store.snapshot.table("nodelist").find("n1")
    assert before <= datetime.strptime(row["statustime"], "%m-%d-%Y %H:%M:%S") <= datetime.now()
    assert row["groups"] == "all"


@pytest.mark.parametrize("word", ["n", "No", "0"])
async def test_nothing_is_noted_where_the_site_does_not_want_it(desk: Desk, word: str) -> None:
    await desk.fill(nodelist=[{"node": "n1"}], site=[{"key": "nodestatus", "value": word}])
    assert await desk.ok("updatenodestat n1 booted") == ""
    assert await statuses(desk) == {"n1": ""}


async def test_a_word_that_is_no_status_is_refused(desk: Desk) -> None:
    await desk.fill(nodelist=[{"node": "n1"}])
    seen = await desk.type("updatenodestat n1 sleepy")
    assert seen.status == 1
    assert seen.stderr == f"Error: [mn1]: updatenodestat: sleepy is no status; write one of {', '.join(STATUSES)}\n"
    assert await statuses(desk) == {"n1": ""}


async def test_an_unknown_node_is_named(desk: Desk) -> None:
    seen = await desk.type("updatenodestat nosuch booted")
    assert (seen.status, seen.stderr) == (1, "Error: Invalid nodes and/or groups in noderange: nosuch\n")
