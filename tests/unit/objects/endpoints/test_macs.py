"""Hardware addresses that are made for virtual machines."""

from __future__ import annotations

import re

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound
from xcatd.objects import World
from xcatd.objects.endpoints.macs import all_macs, kept, macs_for, macs_of
from xcatd.objects.endpoints.vm import new_macs
from xcatd.store import Put


def cluster(mac: str = "", ip: str = "", prefix: str = "", nics: str = "br0", mgt: str = "kvm") -> World:
    return world(
        nodelist=nodes(n1="all", n2="all"),
        nodehm=[{"node": "all", "mgt": mgt}],
        vm=[{"node": "all", "nics": nics}],
        mac=[{"node": "n1", "mac": mac}, {"node": "n2", "mac": "42:00:00:00:00:0F|42:00:00:00:00:10!n2-eth1"}],
        hosts=[{"node": "n1", "ip": ip}],
        site=[{"key": "genmacprefix", "value": prefix}],
    )


def test_those_of_the_table_come_first_and_others_are_always_the_same() -> None:
    first, second = macs_for(cluster("42:00:00:00:00:AA!*NOIP*"), "n1", 2)
    assert first == "42:00:00:00:00:aa"
    assert re.fullmatch(r"42(:[0-9a-f]{2}){5}", second)
    assert macs_for(cluster("42:00:00:00:00:aa"), "n1", 2)[1] == second
    assert macs_for(cluster(), "n1", 1) != macs_for(cluster(), "n3", 1)


def test_an_ipv4_address_is_in_it() -> None:
    assert re.fullmatch(r"42:[0-9a-f]{2}:0a:01:02:03", macs_for(cluster(ip="10.1.2.3"), "n1", 1)[0])
    assert len(set(macs_for(cluster(ip="10.1.2.3"), "n1", 60))) == 60


@pytest.mark.parametrize(("prefix", "pattern"), [("42:AA:01", "42:aa:01:.*"), ("00:50:56", "00:50:56:[0-3].*")])
def test_a_site_may_have_its_own_prefix(prefix: str, pattern: str) -> None:
    assert all(re.fullmatch(pattern, mac) for mac in macs_for(cluster(prefix=prefix), "n1", 20))


def test_a_prefix_that_is_none_is_named() -> None:
    with pytest.raises(NotFound, match=r"site\.genmacprefix is '42:00': write three bytes"):
        macs_for(cluster(prefix="42:00"), "n1", 1)


def test_an_address_that_somebody_has_is_not_given_again() -> None:
    usual = macs_for(cluster(), "n1", 2)
    other = macs_for(cluster(), "n1", 2, taken={usual[1]})
    assert other[0] == usual[0]
    assert other[1] not in usual


def test_they_are_written_behind_those_that_are_there() -> None:
    assert kept(cluster(), "n1", ["a", "b"]) == Put("mac", {"node": "n1"}, {"mac": "a|b!*NOIP*"})
    assert kept(cluster("x!n1-eth0"), "n1", ["x", "b"]) == Put("mac", {"node": "n1"}, {"mac": "x!n1-eth0|b!*NOIP*"})


def test_all_of_the_table() -> None:
    both = {"42:00:00:00:00:0f", "42:00:00:00:00:10"}
    assert all_macs(cluster().snapshot) == both
    assert set(macs_of(cluster(), "n2")) == both


def test_what_is_new_is_only_for_machines_that_lack_it() -> None:
    (change,) = new_macs(cluster(), "n1")
    assert isinstance(change, Put)
    assert change.values == {"mac": macs_for(cluster(), "n1", 1)[0]}
    assert new_macs(cluster("42:00:00:00:00:01"), "n1") == []
    assert new_macs(cluster(nics=""), "n1") == []
    assert new_macs(cluster(mgt="ipmi"), "n1") == []
    assert len(new_macs(cluster(nics="", mgt="xen"), "n1")) == 1
