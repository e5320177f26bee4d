"""Whose console a node's is, and whether it is kept open."""

from __future__ import annotations

from tests.unit.objects.worlds import nodes, world
from xcatd.consoles.owners import Owner, inherited, on_demand, owned, with_console

CLUSTER = world(
    nodelist=nodes(sn1="service", sn2="service", n1="compute", n2="compute", n3="compute", n4="", n5=""),
    nodehm=[
        {"node": "compute", "mgt": "ipmi", "serialport": "0"},
        {"node": "n2", "conserver": "sn2:sn2-c"},
        {"node": "n4", "cons": "ssh", "consoleondemand": "yes"},
        {"node": "n5", "mgt": "ipmi"},
    ],
    noderes=[{"node": "compute", "servicenode": "sn1,sn2"}, {"node": "n3", "servicenode": "sn2.c.net,sn1"}],
)
MN, SN1, SN2 = (Owner(frozenset({name}), is_master=name == "mn1") for name in ("mn1", "sn1", "sn2"))


def test_nodes_without_a_way_in_have_none() -> None:
    assert list(with_console(CLUSTER)) == ["n1", "n2", "n3", "n4"]


def test_it_belongs_to_the_conserver_or_the_first_service_node_or_the_management_node() -> None:
    assert [list(owned(CLUSTER, me, ())) for me in (MN, SN1, SN2)] == [["n4"], ["n1"], ["n2", "n3"]]


def test_the_next_of_a_pool_takes_over_what_a_lost_one_had() -> None:
    assert [list(owned(CLUSTER, me, {"sn1"})) for me in (MN, SN2)] == [["n4"], ["n1", "n2", "n3"]]
    assert list(owned(CLUSTER, SN1, {"sn2.c.net"})) == ["n1", "n3"]
    assert list(owned(CLUSTER, SN1, {"sn1", "sn2"})) == ["n1"]  # with all of them away nothing moves


def test_what_another_had_before_it_went_away_is_inherited() -> None:
    assert inherited(CLUSTER, ["n1", "n2", "n3", "n4"], {"sn1", "sn3"}) == {"n1"}
    assert inherited(CLUSTER, ["n3", "n4"], {"sn2.c.net"}) == {"n3"}
    assert inherited(CLUSTER, ["n1", "n4"], ()) == set()


def test_on_demand_is_said_for_a_node_or_for_all() -> None:
    assert on_demand(CLUSTER, ["n1", "n4"]) == {"n1": False, "n4": True}
    lazy = world(nodelist=nodes(n1=""), site=[{"key": "consoleondemand", "value": "yes"}], nodehm=[{"node": "n1"}])
    assert on_demand(lazy, ["n1"]) == {"n1": True}
