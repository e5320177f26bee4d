"""Who serves DHCP, and for which nodes."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.objects.worlds import nodes
from tests.unit.services.dhcp.site import COMPUTE, HOST, Row, site
from xcatd.objects import World
from xcatd.services.dhcp.roles import below, dhcp_service_nodes, nodes_here, serves, without_owner

SN1, SN2 = (replace(HOST, name=name, is_master=False, interfaces={}) for name in ("sn1", "sn2"))
NODES = ("n1", "n2", "n3")


def tree(disjoint: str = "", network: Row = COMPUTE) -> World:
    return site(
        network,
        keys={"disjointdhcps": disjoint},
        nodelist=nodes(n1="all", n2="all", n3="all", sn1="service", sn2="service", sn3="service"),
        servicenode=[{"node": "service", "dhcpserver": "1"}, {"node": "sn3", "dhcpserver": "0"}],
        noderes=[{"node": "n1", "servicenode": "sn1,sn2"}, {"node": "n2", "servicenode": "sn2"}],
    )


def test_the_management_node_and_the_service_nodes_that_the_table_names() -> None:
    assert dhcp_service_nodes(tree()) == ["sn1", "sn2"]
    assert [serves(tree(), host) for host in (HOST, SN1, replace(SN1, name="sn3"))] == [True, True, False]
    assert dhcp_service_nodes(site(COMPUTE)) == []


def test_a_management_node_is_no_service_node() -> None:
    world = site(
        COMPUTE,
        nodelist=nodes(mn1="__mgmtnode", sn1="service"),
        servicenode=[{"node": "mn1", "dhcpserver": "1"}, {"node": "service", "dhcpserver": "1"}],
    )
    assert dhcp_service_nodes(world) == ["sn1"]


def test_all_servers_know_all_nodes() -> None:
    assert [nodes_here(tree(), host, NODES) for host in (HOST, SN1)] == [NODES, NODES]
    assert below(tree(), ["n3"]) == ["sn1", "sn2"]


def test_a_range_whose_owner_cannot_be_read_is_nobodys() -> None:
    assert list(nodes_here(tree("1", {**COMPUTE, "dhcpserver": "bad["}), SN1, NODES)) == ["n1"]


def test_or_only_their_own() -> None:
    world = tree("1")
    assert [list(nodes_here(world, host, NODES)) for host in (HOST, SN1, SN2)] == [
        ["n1", "n2", "n3"],
        ["n1"],
        ["n1", "n2"],
    ]
    assert [below(world, some) for some in (["n1"], ["n2"], ["n3"], [])] == [
        ["sn1", "sn2"],
        ["sn2"],
        [],
        ["sn1", "sn2"],
    ]


def test_who_has_a_dynamic_range_knows_all_nodes_of_it() -> None:
    world = tree("yes", {**COMPUTE, "dhcpserver": "sn1"})
    assert list(nodes_here(world, SN1, NODES)) == list(NODES)
    assert below(world, ["n3"]) == ["sn1"]


def test_with_several_servers_a_range_has_an_owner() -> None:
    assert without_owner(site(COMPUTE)) == ()
    assert without_owner(tree()) == ["Hierarchy requested, therefore networks.dhcpserver must be set for net=10.0.0.0"]
    assert without_owner(tree(network={**COMPUTE, "dhcpserver": "sn1"})) == []
