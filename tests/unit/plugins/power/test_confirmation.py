"""`rpower` for very many nodes: a question at a terminal, and none anywhere else."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import PowerState

QUESTION = "rpower off is for 3 nodes, more than site.powerconfirm (2). Type yes and Enter to go on:"


@pytest.fixture
async def limited(room: Room) -> Room:
    """All nodes are on; from three nodes on it is asked."""
    await room.desk.fill(site=[{"key": "powerconfirm", "value": "2"}])
    for name in ("n1", "n2", "n3"):
        room.node(name).power = PowerState.ON
    return room


@pytest.mark.parametrize("answer", ["yes", "y", " YES\r"])
async def test_who_says_yes_goes_on(limited: Room, answer: str) -> None:
    seen = await limited.desk.type("rpower n1-n3 off", answer=answer)
    assert seen.status == 0
    assert QUESTION in seen.stderr
    assert sorted(seen.stdout.splitlines()) == ["n1: off", "n2: off", "n3: off"]


@pytest.mark.parametrize("answer", ["", "no", "yesterday"])
async def test_who_says_anything_else_changes_nothing(limited: Room, answer: str) -> None:
    seen = await limited.desk.type("rpower n1-n3 off", answer=answer)
    assert (seen.stdout, seen.status) == ("", 1)
    assert "not confirmed, so nothing was changed" in seen.stderr
    assert all(limited.node(name).power is PowerState.ON for name in ("n1", "n2", "n3"))


@pytest.mark.parametrize("line", ["rpower n1-n3 off --yes", "rpower n1,n2 off", "rpower n1-n3 stat"])
async def test_it_is_not_asked_where_it_need_not_be(limited: Room, line: str) -> None:
    seen = await limited.desk.type(line, answer="no")
    assert (seen.stderr, seen.status) == ("", 0)


async def test_a_script_is_not_asked(limited: Room) -> None:
    await limited.ok("rpower n1-n3 off")


async def test_without_the_site_attribute_nobody_is_asked(room: Room) -> None:
    seen = await room.desk.type("rpower n1-n3 on", answer="no")
    assert (seen.stderr, seen.status) == ("", 0)
