"""`getmacs`: which address is kept, and where."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.hardware import Nic

NICS = [Nic("NIC.1", "42:00:00:00:00:01"), Nic("NIC.2", "42:00:00:00:00:02"), Nic("NIC.3", "42:00:00:00:00:03")]


def kept(room: Room, node: str = "n1") -> str:
    rows = room.desk.store.snapshot.table("mac").find(node)
    return rows[0]["mac"] if rows else ""


@pytest.mark.parametrize(
    ("words", "noderes", "mac"),
    [
        ("", {}, "42:00:00:00:00:01"),
        ("-i eth1", {}, "42:00:00:00:00:02"),
        ("-i en2", {}, "42:00:00:00:00:03"),
        ("-i 1", {}, "42:00:00:00:00:02"),
        ("-i nic.3", {}, "42:00:00:00:00:03"),
        ("", {"installnic": "eth2"}, "42:00:00:00:00:03"),
        ("", {"primarynic": "eth1"}, "42:00:00:00:00:02"),
        ("", {"primarynic": "eth1", "installnic": "eth2"}, "42:00:00:00:00:03"),
        ("-i eth0", {"installnic": "eth2"}, "42:00:00:00:00:01"),
        ("", {"installnic": "mac"}, "42:00:00:00:00:01"),
        ("", {"installnic": "eth0,eth1"}, "42:00:00:00:00:01|42:00:00:00:00:02!n1-eth1"),
    ],
)
async def test_one_address_is_kept(room: Room, words: str, noderes: dict[str, str], mac: str) -> None:
    room.node().interfaces = NICS
    await room.desk.fill(noderes=[{"node": "n1", **noderes}])
    assert await room.ok(f"getmacs n1 {words}") == f"n1: mac.mac set to {mac}\n"
    assert kept(room) == mac


async def test_displaying_keeps_none(room: Room) -> None:
    room.node().interfaces = NICS[:2]
    assert await room.ok("getmacs n1 -d") == (
        "n1: The mac address is:\nn1: MAC Address 1: 42:00:00:00:00:01\nn1: MAC Address 2: 42:00:00:00:00:02\n"
    )
    assert kept(room) == ""


async def test_an_interface_that_is_not_there_is_named_with_those_that_are(room: Room) -> None:
    room.node().interfaces = NICS
    _, err = await room.failed("getmacs n1 -i eth7")
    assert err == (
        "n1: [mn1]: Error: Unable to retrieve MAC address for interface eth7: the controller knows NIC.1, NIC.2, NIC.3\n"
    )
    assert kept(room) == ""


async def test_a_controller_that_knows_none_is_a_failure(room: Room) -> None:
    _, err = await room.failed("getmacs n1")
    assert err.startswith("n1: [mn1]: Error: the controller knows no network interface of the node: ")


async def test_another_method_may_be_asked_for_it(room: Room) -> None:
    room.node().interfaces = NICS
    await room.desk.fill(nodehm=[{"node": "n1", "getmac": "carrier"}])
    _, err = await room.failed("getmacs n1")
    assert "carrier" in err
    await room.desk.fill(nodehm=[{"node": "n1", "getmac": "ipmi", "mgt": "carrier"}])
    assert await room.ok("getmacs n1") == "n1: mac.mac set to 42:00:00:00:00:01\n"
