"""Rows of table routes, and how they stand in the kernel."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tests.helpers.tables import snapshot_of
from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound, ServiceError
from xcatd.services.kernel import Route, Routes
from xcatd.services.networks import Address
from xcatd.services.staticroutes import Standing, route_of, rows_named, service_nodes, standing, standing_of_old

THERE = Routes(
    {},
    (
        Route(ip_network("10.1.0.0/16"), ip_address("10.0.0.1"), "eth0"),
        Route(ip_network("10.2.0.0/16"), None, "eth1"),
        Route(ip_network("fd01::/64"), ip_address("fe80::1"), "eth0"),
    ),
)


def known(name: str) -> Address | None:
    return {"sn1": ip_address("10.0.0.1")}.get(name)


def made(**cells: str) -> Route:
    (row,) = snapshot_of(routes=[{"routename": "r1", **cells}]).table("routes").rows
    return route_of(row, known)


@pytest.mark.parametrize(
    ("net", "mask", "gateway", "ifname", "route"),
    [
        ("10.1.0.0", "255.255.0.0", "10.0.0.1", "eth7", "10.1.0.0/16 via 10.0.0.1"),
        ("10.1.0.0", "255.255.0.0", "sn1", "", "10.1.0.0/16 via 10.0.0.1"),
        ("10.1.0.0", "255.255.0.0", "0.0.0.0", "eth1", "10.1.0.0/16 dev eth1"),
        ("10.1.0.0", "/16", "", "eth1", "10.1.0.0/16 dev eth1"),
        ("fd01::/64", "/64", "fd00::1", "eth1", "fd01::/64 via fd00::1"),
        ("fd01::", "64", "fe80::1", "eth1", "fd01::/64 via fe80::1 dev eth1"),
        ("fd01::", "64", "::", "eth1", "fd01::/64 dev eth1"),
    ],
)
def test_a_row_is_a_route(net: str, mask: str, gateway: str, ifname: str, route: str) -> None:
    assert str(made(net=net, mask=mask, gateway=gateway, ifname=ifname)) == route


@pytest.mark.parametrize(
    ("net", "mask", "gateway", "sentence"),
    [
        ("10.1", "255.255.0.0", "sn1", "The route r1 leads nowhere: correct its net '10.1' and its mask '255.255.0.0'"),
        (
            "10.1.0.0",
            "255.255.0.0",
            "",
            "The route r1 has neither a gateway nor an ifname: set one of them in table routes",
        ),
        ("10.1.0.0", "255.255.0.0", "sn9", "The gateway sn9 of the route r1 can not be resolved: set its hosts.ip"),
        (
            "10.1.0.0",
            "255.255.0.0",
            "fd00::1",
            "The route r1 leads to 10.1.0.0/16, which its gateway fd00::1 cannot reach: correct one of them",
        ),
    ],
)
def test_a_row_that_makes_no_route_says_why(net: str, mask: str, gateway: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as error:
        made(net=net, mask=mask, gateway=gateway)
    assert str(error.value) == sentence


def test_how_routes_stand() -> None:
    for there in THERE.all:
        assert standing(there, THERE) == (Standing.THERE, there)
        assert standing_of_old(there, THERE) == (Standing.THERE, there)
    without_interface = Route(ip_network("10.1.0.0/16"), ip_address("10.0.0.1"), "")
    assert standing(without_interface, THERE) == (Standing.THERE, THERE.all[0])
    new = Route(ip_network("10.9.0.0/16"), ip_address("10.0.0.1"), "")
    assert standing(new, THERE) == standing_of_old(new, THERE) == (Standing.ABSENT, new)


def test_another_way_to_the_same_network_stays() -> None:
    other = Route(ip_network("10.1.0.0/16"), ip_address("10.0.0.2"), "")
    with pytest.raises(ServiceError) as error:
        standing(other, THERE)
    assert str(error.value) == (
        "The route 10.1.0.0/16 via 10.0.0.2 is not set: this host has the route 10.1.0.0/16 via 10.0.0.1 dev eth0. Remove that "
        "one (ip route del 10.1.0.0/16 via 10.0.0.1 dev eth0), or correct table routes."
    )
    assert standing_of_old(other, THERE) == (Standing.ABSENT, other)
    assert standing_of_old(Route(ip_network("10.2.0.0/16"), None, "eth0"), THERE)[0] is Standing.ABSENT


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["r1", "r8"], "The route r8 is not defined in the routes table. Look."),
        (["r8", "r1", "r9"], "The routes r8,r9 are not defined in the routes table. Look."),
    ],
)
def test_names_that_are_not_in_the_table(names: list[str], sentence: str) -> None:
    snapshot = snapshot_of(routes=[{"routename": "r1", "net": "10.1.0.0"}])
    assert [row["net"] for row in rows_named(snapshot, ["r1"])] == ["10.1.0.0"]
    with pytest.raises(NotFound) as error:
        rows_named(snapshot, names, " Look.")
    assert str(error.value) == sentence


def test_service_nodes_are_named_by_themselves_or_by_a_group() -> None:
    small = world(
        nodelist=nodes(sn1="service", sn2="", n1=""),
        servicenode=[{"node": "service"}, {"node": "sn2"}, {"node": "gone"}],
    )
    assert service_nodes(small) == {"sn1", "sn2"}
