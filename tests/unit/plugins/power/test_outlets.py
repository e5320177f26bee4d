"""`rpower` on outlets, on a real SNMP agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.claims import network
from tests.helpers.run import Desk
from tests.simulators.snmpd import WRITE, Agent, constellation, ibm, snmpd


@dataclass(frozen=True)
class Rack:
    desk: Desk
    pdu: Agent

    async def failed(self, line: str) -> tuple[str, str]:
        seen = await self.desk.type(line)
        assert seen.status == 1
        return seen.stdout, seen.stderr


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    with snmpd(f"{network()}.31.9", ibm(3), tmp_path_factory.mktemp("pdu")) as made:
        yield made


@pytest.fixture
async def rack(desk: Desk, agent: Agent, tmp_path: Path) -> AsyncIterator[Rack]:
    """A PDU p1 with three outlets, the last of which is on; n1 hangs on two of them."""
    agent.change(ibm(3))
    access = {"snmpversion": "2c", "community": WRITE}
    await desk.fill(
        nodelist=[{"node": node, "groups": "all"} for node in ("p1", "n1", "n2", "n3")],
        nodehm=[{"node": "p1", "mgt": "pdu"}, {"node": "n1", "mgt": "ipmi"}],
        pdu=[{"node": "p1", "nodetype": "pdu", "pdutype": "irpdu", **access}],
        hosts=[{"node": "p1", "ip": agent.host}],
        pduoutlet=[{"node": "n1", "pdu": "p1:1,p1:3"}, {"node": "n3", "pdu": "p1:9,p1:2,p7:1"}],
    )
    yield Rack(desk, agent)


async def test_the_outlets_that_feed_a_node(rack: Rack) -> None:
    for word in ("pdustat", "pdustatus"):
        assert await rack.desk.ok(f"rpower n1 {word}") == (
            "n1: p1 operational state for outlet 1 is off\nn1: p1 operational state for outlet 3 is on\n"
        )
    assert await rack.desk.ok("rpower n1 pduon") == (
        "n1: p1 operational state for outlet 1 is on\nn1: p1 operational state for outlet 3 is on\n"
    )
    assert await rack.desk.ok("rpower n1 pduoff") == (
        "n1: p1 operational state for outlet 1 is off\nn1: p1 operational state for outlet 3 is off\n"
    )
    assert await rack.desk.ok("rpower n1 pdureset") == (
        "n1: p1 operational state for outlet 1 is reset\nn1: p1 operational state for outlet 3 is reset\n"
    )


async def test_a_pdu_as_a_whole(rack: Rack) -> None:
    states = ("off", "off", "on")
    assert await rack.desk.ok("rpower p1 stat") == "".join(
        f"p1: operational state for the outlet {number} is {state}\n" for number, state in enumerate(states, 1)
    )
    for word in ("on", "off", "reset"):
        assert await rack.desk.ok(f"rpower p1 {word}") == "".join(
            f"p1: outlet {number} is {word}\n" for number in (1, 2, 3)
        )


async def test_relays_are_called_relays(rack: Rack) -> None:
    rack.pdu.change(constellation())
    await rack.desk.fill(pdu=[{"node": "p1", "pdutype": "crpdu"}])
    assert await rack.desk.ok("rpower p1 stat") == "p1: relay 1 is off\np1: relay 2 is off\np1: relay 3 is on\n"
    out, err = await rack.failed("rpower p1 on")
    assert out == ""
    assert [line.partition("Error: ")[2][:8] for line in err.splitlines()] == ["relay 1:", "relay 2:", "relay 3:"]


async def test_an_outlet_that_is_wrong_does_not_hinder_the_others(rack: Rack) -> None:
    await rack.desk.fill(hosts=[{"node": "p7", "ip": "127.0.0.1"}])
    out, err = await rack.failed("rpower n3 pduon")
    assert out == "n3: p1 operational state for outlet 2 is on\n"
    first, second = err.splitlines()
    assert first == "n3: [mn1]: Error: p1 outlet number 9 is invalid: it has 3"
    assert "127.0.0.1:161 refuses: nothing there speaks SNMP" in second


async def test_a_node_that_nothing_feeds(rack: Rack) -> None:
    assert (await rack.failed("rpower n2 pdustat"))[1].startswith("n2: [mn1]: Error: without pdu attribute")


async def test_what_a_pdu_cannot_do(rack: Rack) -> None:
    out, err = await rack.failed("rpower p1 boot")
    assert (out, err) == ("p1: The option boot is not support for pdu node(s) p1.\n", "")
