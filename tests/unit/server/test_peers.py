"""The host names of peers, as the policy table and the audit log show them.

The name service stands outside this host, so a table of names takes its place; the rest is the loop's own look-up.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field

import pytest

from xcatd.server import peers as module
from xcatd.server.peers import Peers


@dataclass
class Names:
    """Answers as getnameinfo(3) does with NI_NAMEREQD; `asked` are the addresses it was asked for."""

    table: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)

    def __call__(self, place: tuple[str, int], flags: int) -> tuple[str, str]:
        assert flags == socket.NI_NAMEREQD
        self.asked.append(place[0])
        self.awake.wait()
        if place[0] not in self.table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.table[place[0]], str(place[1])


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    made.awake.set()
    monkeypatch.setattr(socket, "getnameinfo", made)
    return made


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::1%lo"])
async def test_this_host_needs_no_look_up(names: Names, address: str) -> None:
    peers = Peers()
    assert peers.known(address) == "localhost"
    assert await peers.name(address) == "localhost"
    assert names.asked == []


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("sn1", "sn1"),
        ("sn1.cluster.example", "sn1"),
        ("sn1-eth0.cluster.example", "sn1"),
        ("sn1-ib12", "sn1"),
        ("sn1-myri0", "sn1"),
        ("sn1-bmc", "sn1-bmc"),
        ("sn1-eth0-x", "sn1-eth0-x"),
        ("eth0.example", "eth0"),
    ],
)
async def test_a_name_is_shortened_as_xcat_does(names: Names, full: str, short: str) -> None:
    names.table["192.0.2.1"] = full
    assert await Peers().name("192.0.2.1") == short


async def test_a_name_is_looked_up_once(names: Names) -> None:
    names.table = {"192.0.2.1": "sn1", "2001:db8::2": "sn2"}
    peers = Peers()
    assert peers.known("192.0.2.1") is None
    assert [await peers.name("192.0.2.1") for _ in range(3)] == ["sn1"] * 3
    assert peers.known("192.0.2.1") == "sn1"
    assert await peers.name("2001:db8::2") == "sn2"
    assert names.asked == ["192.0.2.1", "2001:db8::2"]


async def test_an_unknown_name_is_remembered_too(names: Names) -> None:
    peers = Peers()
    assert [await peers.name("192.0.2.1") for _ in range(2)] == ["", ""]
    assert names.asked == ["192.0.2.1"]


async def test_a_name_is_not_believed_for_ever(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP", 0.0)
    names.table["192.0.2.1"] = "old"
    peers = Peers()
    assert await peers.name("192.0.2.1") == "old"
    names.table["192.0.2.1"] = "new"
    assert await peers.name("192.0.2.1") == "new"


async def test_a_name_server_that_hangs_delays_nobody_twice(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    names.awake.clear()
    peers = Peers()
    try:
        assert await peers.name("192.0.2.1") == ""
        assert await peers.name("192.0.2.1") == ""
    finally:
        names.awake.set()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert names.asked == ["192.0.2.1"]


async def test_what_is_no_address_has_no_name() -> None:
    assert await Peers().name("no address") == ""
