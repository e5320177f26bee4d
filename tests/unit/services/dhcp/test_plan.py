"""What the tables and the configuration that is there make together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.unit.services.dhcp.dialects import KEA, KEA_V6
from tests.unit.services.dhcp.site import COMPUTE, HOST, Row, site
from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.dhcp.kea import Kea
from xcatd.services.dhcp.memory import Kept
from xcatd.services.dhcp.plan import Plan, Wish, planned
from xcatd.services.dhcp.subnets import served

NOTHING = Kept("", None)
SIX: Row = {"netname": "six", "net": "fd00::", "mask": "/64", "mgtifname": "eth1"}


async def plan(world: World, wish: Wish, now: Kept = NOTHING, dialect: Kea = KEA) -> Plan:
    return await planned(world, HOST, dialect, wish, served(world, HOST, dialect.version), now)


def kept(made: Plan) -> Kept:
    return Kept(made.change.text, made.change.after)


def nodes(made: Plan) -> Sequence[str]:
    return sorted(made.change.after.entries)


async def test_networks_and_all_nodes_in_one_run() -> None:
    made = await plan(site(COMPUTE), Wish(fresh=True, everything=True))
    assert nodes(made) == ["n1", "n2", "n3", "n4"]
    assert made.problems == []


@pytest.mark.parametrize("dialect", [KEA, KEA_V6], ids=["v4", "v6"])
async def test_doing_it_again_changes_nothing(dialect: Kea) -> None:
    world = site(COMPUTE, SIX, nics=[{"node": "n1", "nicips": "eth0!10.0.1.1|fd00::11"}])
    first = await plan(world, Wish(fresh=True, everything=True), dialect=dialect)
    assert "n1" in nodes(first)
    for now in (kept(first), Kept(first.change.text, dialect.parse(first.change.text))):
        for wish in (Wish(fresh=True, everything=True), Wish(fresh=True), Wish(everything=True), Wish(nodes=("n1",))):
            again = (await plan(world, wish, now, dialect)).change
            assert (again.text, again.old) == (first.change.text, first.change.text)


async def test_all_nodes_are_those_that_have_a_mac_now() -> None:
    first = await plan(site(COMPUTE), Wish(fresh=True, everything=True))
    fewer = site(COMPUTE, mac=[{"node": "n1", "mac": "02:00:00:00:00:01"}])
    assert nodes(await plan(fewer, Wish(fresh=True), kept(first))) == ["n1", "n2", "n3", "n4"]
    assert nodes(await plan(fewer, Wish(fresh=True, everything=True), kept(first))) == ["n1"]


async def test_nodes_go() -> None:
    first = await plan(site(COMPUTE), Wish(fresh=True, everything=True))
    assert nodes(await plan(site(COMPUTE), Wish(nodes=("n1", "n9"), delete=True), kept(first))) == ["n2", "n3", "n4"]
    assert nodes(await plan(site(COMPUTE), Wish(everything=True, delete=True), kept(first))) == []


async def test_only_a_new_configuration_begins_with_nothing() -> None:
    with pytest.raises(
        ServiceError, match="There is no DHCP configuration of xCAT on this host: run makedhcp -n first"
    ):
        await plan(site(COMPUTE), Wish(nodes=("n1",)))


async def test_nodes_of_networks_that_the_server_does_not_know_yet() -> None:
    first = await plan(site(COMPUTE), Wish(fresh=True))
    outside: Row = {"net": "192.0.2.0", "mask": "255.255.255.0"}
    later = site(COMPUTE, outside, hosts=[{"node": "n1", "ip": "192.0.2.7"}])
    made = await plan(later, Wish(nodes=("n1",)), kept(first))
    sentence = "The DHCP server does not know the network of 192.0.2.7 of node n1 yet: run makedhcp -n"
    assert made.problems == [("n1", sentence)]


async def test_a_host_with_the_same_tables_and_other_networks_has_another_configuration() -> None:
    first = await plan(site(COMPUTE), Wish(fresh=True))
    elsewhere = replace(HOST, direct=[])
    other = await planned(
        site(COMPUTE), elsewhere, KEA, Wish(fresh=True), served(site(COMPUTE), elsewhere), kept(first)
    )
    assert (first.change.after.networks != other.change.after.networks, other.change.keep_old) == (True, True)


async def test_what_is_done_by_itself_keeps_a_file_that_is_not_ours_and_no_later_one() -> None:
    wish = Wish(fresh=True, by_itself=True)
    first = await plan(site(COMPUTE), wish, Kept("the distribution's", None))
    again = await plan(site({**COMPUTE, "mtu": "1500"}), wish, kept(first))
    assert again.change.text != again.change.old
    assert (first.change.keep_old, again.change.keep_old) == (True, False)
