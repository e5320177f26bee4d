"""`lookat`: who may ask, and what a daemon says of itself. What it sees of others: tests/integration/test_health.py."""

from __future__ import annotations

import json

import pytest

from tests.helpers.cluster import free_port
from tests.helpers.run import Desk, Terminal
from xcatd.model import Caller, Request, Role
from xcatd.protocol.text import Printer


async def asked(desk: Desk, role: Role, *words: str) -> str:
    terminal = Terminal(Printer(show_source=False))
    await desk.hall.run(Request("r1", "lookat", Caller("sn1", role), words), terminal)
    return terminal.stdout.decode()


async def test_people_and_nodes_may_not_ask_whatever_the_policy_says(desk: Desk) -> None:
    assert "lookat is for the daemons of the cluster" in (await desk.type("lookat")).stderr
    for role in (Role.USER, Role.NODE, Role.ANONYMOUS):
        assert await asked(desk, role) == ""


@pytest.mark.parametrize("role", [Role.SERVICE, Role.MANAGEMENT])
async def test_a_daemon_says_what_it_knows_of_itself(desk: Desk, role: Role) -> None:
    assert json.loads(await asked(desk, role)) == {"name": "mn1"}


async def test_it_looks_at_whom_it_is_told_to(desk: Desk) -> None:
    await desk.fill(site=[{"key": "xcatdport", "value": str(free_port())}])
    assert (await asked(desk, Role.SERVICE, "sn1.invalid")).startswith("unknown: ")
    assert (await asked(desk, Role.SERVICE, "sn1.invalid", "--at", "127.0.0.1")).startswith("missed: ")


async def test_it_has_others_look_and_does_not_look_itself(desk: Desk) -> None:
    assert await asked(desk, Role.MANAGEMENT, "sn1.invalid", "--by", "sn2,sn3") == ""
