"""What is asked of which service node, and who is asked about one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.objects import World
from xcatd.services.health.aspect import Aspect, Target
from xcatd.services.health.wanted import aspects, may_be_deaf, others, target


def cluster(columns: Mapping[str, str] = MappingProxyType({}), site: Rows = ()) -> World:
    rows = [{"node": "service", **columns}]
    return world(nodelist=nodes(sn1="service"), servicenode=rows, **({"site": site} if site else {}))


def site(**values: str) -> Rows:
    return [{"key": key, "value": value} for key, value in values.items()]


@pytest.mark.parametrize(
    ("columns", "asked"),
    [
        ({}, []),
        ({"tftpserver": "yes", "nfsserver": "1"}, [Aspect.TFTP, Aspect.HTTP]),
        ({"nameserver": "2", "dhcpserver": "1", "tftpserver": "0"}, [Aspect.DNS, Aspect.DHCP]),
        ({"nameserver": "3", "ntpserver": "1"}, []),
    ],
)
def test_the_columns_of_a_service_node_say_what_is_asked(columns: dict[str, str], asked: list[Aspect]) -> None:
    assert list(aspects(cluster(columns), "sn1")) == asked
    assert list(aspects(cluster(columns), "stranger")) == []


@pytest.mark.parametrize("state", ["draining", "drained"])
def test_one_that_is_drained_has_no_servers_that_must_answer(state: str) -> None:
    rows = {"nodelist": nodes(sn1="service"), "servicenode": [{"node": "sn1", "tftpserver": "1"}]}
    there = world(**rows, sndrained=[{"node": "sn1", "state": state}])
    assert list(aspects(there, "sn1.c.net")) == list(aspects(there, "sn1")) == []


def test_what_is_not_ours_or_at_another_port_is_not_asked() -> None:
    there = {"tftpserver": "1", "dhcpserver": "1"}
    elsewhere = cluster(there, site(externaldhcpservers="dhcp1", tftpflags="-v -s -a :6969 /tftpboot"))
    assert list(aspects(elsewhere, "sn1")) == []


def test_silence_of_servers_that_may_listen_elsewhere_is_no_news() -> None:
    everywhere, some = cluster(), cluster(site=site(dnsinterfaces="sn1|eth1"))
    assert [aspect for aspect in Aspect if may_be_deaf(everywhere, aspect)] == [Aspect.DHCP]
    assert [aspect for aspect in Aspect if may_be_deaf(some, aspect)] == [Aspect.DNS, Aspect.DHCP]


def test_the_site_says_where_and_about_what() -> None:
    assert target(cluster(), "10.0.0.2") == Target("10.0.0.2", 80, "")
    assert target(cluster(site=site(httpport="8080", domain="c.net")), "10.0.0.2") == Target("10.0.0.2", 8080, "c.net")
    assert target(cluster(site=site(httpport="none")), "10.0.0.2").http_port == 80


def test_those_of_the_same_pool_are_asked_first_and_five_at_most() -> None:
    pools = world(
        nodelist=nodes(n1="", n2="", n3=""),
        noderes=[
            {"node": "n1", "servicenode": "sn1.c.net, sn8"},
            {"node": "n2", "servicenode": "sn9,sn1"},
            {"node": "n3", "servicenode": "sn2,sn3"},
        ],
    )
    living = [f"sn{number}.c.net" for number in range(2, 10)]
    assert list(others(pools, "sn1", living)) == [f"sn{number}.c.net" for number in (8, 9, 2, 3, 4)]
    assert list(others(pools, "sn7", ["sn3", "sn2"])) == ["sn2", "sn3"]
    assert list(others(pools, "sn1", [])) == []
