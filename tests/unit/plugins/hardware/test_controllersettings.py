"""`rspconfig`: showing or changing, never both; what of accounts is shown."""

from __future__ import annotations

import pytest

from tests.helpers.memoryroom import Room
from xcatd.errors import Unsupported, UsageError
from xcatd.hardware import Setting


@pytest.fixture
def network(room: Room) -> Room:
    room.node().values = {
        "ip": Setting("BMC IP", "10.0.0.5"),
        "netmask": Setting("BMC Netmask", "255.255.255.0"),
        "vlan": Setting("BMC VLAN disabled", ""),
    }
    return room


async def test_words_are_shown_as_they_were_typed(network: Room) -> None:
    said = "n1: BMC Netmask: 255.255.255.0\nn1: BMC IP: 10.0.0.5\nn1: BMC VLAN disabled\n"
    assert await network.ok("rspconfig n1 netmask ip vlan") == said


async def test_what_is_set_is_shown_as_it_is_afterwards(network: Room) -> None:
    assert await network.ok("rspconfig n1 ip=10.0.0.6") == "n1: BMC IP: 10.0.0.6\n"
    assert network.node().journal == ["ip=10.0.0.6"]


@pytest.mark.parametrize("words", ["password=s3cret userid=3 username=joe", "username=joe userid=3 password=s3cret"])
async def test_an_account_is_set_in_its_order_and_its_secret_is_not_shown(network: Room, words: str) -> None:
    assert await network.ok(f"rspconfig n1 {words}") == "n1: set username Done\nn1: set password Done\n"
    assert network.node().journal == ["userid=3", "username=joe", "password=s3cret"]
    _, decision = network.desk.audit[-1]
    assert decision.allowed


@pytest.mark.parametrize("words", ["ip netmask=255.0.0.0", "ip=10.0.0.6 netmask"])
async def test_showing_and_changing_in_one_command_is_refused_where_xcat_says_it(network: Room, words: str) -> None:
    out, err = await network.failed(f"rspconfig n1 {words}")
    assert err == ""
    assert out == ("n1: Usage Error: Cannot display and change attributes on the same command when using mgt=ipmi.\n")
    assert network.node().journal == []


@pytest.mark.parametrize("words", ["colour", "ip colour", "colour=red"])
async def test_a_word_that_the_controller_does_not_know_is_refused_where_xcat_says_it(
    network: Room, words: str
) -> None:
    out, err = await network.failed(f"rspconfig n1 {words}")
    assert (out, err) == ("n1: Error: Unsupported command: rspconfig colour when using mgt=ipmi.\n", "")


async def test_without_words_there_is_nothing_to_do(network: Room) -> None:
    out, err = await network.failed("rspconfig n1")
    assert (out, err) == ("n1: options are required when using mgt=ipmi, see -h or the man page\n", "")


async def test_only_changing_holds_the_nodes_lock(network: Room) -> None:
    async with network.desk.hall.locks.hold("n1", "somebody", 1):
        assert await network.ok("rspconfig n1 ip") == "n1: BMC IP: 10.0.0.5\n"


async def test_a_word_that_the_controller_refuses_does_not_hide_the_others(network: Room) -> None:
    network.node().refuses["ip"] = Unsupported("the BMC has no such parameter")
    out, err = await network.failed("rspconfig n1 netmask ip vlan")
    assert out == "n1: BMC Netmask: 255.255.255.0\nn1: BMC VLAN disabled\n"
    assert err == "n1: [mn1]: Error: ip: the BMC has no such parameter\n"


async def test_one_wrong_value_keeps_all_from_being_set(network: Room) -> None:
    network.node().refuses["password"] = UsageError("this cannot be a password")
    out, err = await network.failed("rspconfig n1 ip=10.0.0.6 password=x username=joe")
    assert (out, err) == ("", "n1: [mn1]: Error: this cannot be a password\n")
    assert network.node().journal == []
