"""A service node dies while a node boots from it, and the other one of the pool serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.machines import Machine
from tests.lab.room import BOOT, Lab, lab

AGAIN = 1800.0
"""Seconds from its death to `booted`: the initramfs asks it for two to five minutes, then starts the node again."""
SERVERS = {"10.78.1.1": 0, "10.78.1.2": 1}


@pytest.fixture
def room(folder: Path, image: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    own = folder / request.node.callspec.id
    own.mkdir()
    with lab(own, ("sn1", "sn2")) as room:
        images.brought(room)
        images.stateless(room, image)
        yield room


def server_of(node: Machine, after: int = 0) -> str:
    """Which service node a boot is served by: the DHCP server that the firmware believes names it."""
    found = node.says(r"Next server: (10\.78\.1\.[12])\n", BOOT, after)
    return found[1]


@pytest.mark.parametrize("moment", [r"Filename: http", r"has the address"], ids=["firmware", "initramfs"])
def test_the_other_one_serves_when_a_service_node_dies_during_a_boot(room: Lab, moment: str) -> None:
    node = room.machine(1, servers="sn1,sn2")
    room.mn.type(f"rinstall {node.name} osimage={images.STATELESS}")
    first = server_of(node)
    node.says(moment, BOOT)
    room.dies(SERVERS[first])
    seen = len(node.console())
    second = next(address for address in SERVERS if address != first)
    node.says(re.escape(f"Next server: {second}\n"), AGAIN, seen)
    room.becomes(node, "booted", BOOT)
    node.says(rf"{node.name} login:", BOOT, seen)
    assert f"{room.sn[SERVERS[second]].name}: up" in room.mn.tried("lsdaemons")[1]
