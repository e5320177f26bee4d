"""What changes in the tables when nodes go to another service node."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.errors import NotFound
from xcatd.objects import World
from xcatd.services.networks import address_of
from xcatd.services.snmove import Move, Wish, nodes_of, planned
from xcatd.services.snmove.known import Known

CLUSTER: Mapping[str, Rows] = {
    "nodelist": nodes(n1="compute", sn1="service", sn2="service", sn3="service"),
    "hosts": [
        {"node": "n1", "ip": "10.7.0.11"},
        {"node": "sn1", "ip": "10.0.0.1"},
        {"node": "sn2", "ip": "10.0.0.2"},
        {"node": "sn3", "ip": "10.7.0.3"},
    ],
    "nics": [
        {"node": "sn1", "nicips": "eth1!10.7.0.1", "nichostnamesuffixes": "eth1!-c"},
        {"node": "sn2", "nicips": "eth1!10.8.0.2|10.7.0.2", "nichostnamesuffixes": "eth1!-d|-c"},
    ],
    "networks": [{"netname": "compute", "net": "10.7.0.0", "mask": "255.255.0.0"}],
}


FOUR = nodes(n1="compute", sn1="service", sn2="service", sn3="service", sn4="service")


def cluster(**tables: Rows) -> World:
    return world(**{**CLUSTER, **tables})


def noderes(**values: str) -> Rows:
    """Node n1 belongs to sn1, and then to sn2."""
    return [{"node": "n1", "servicenode": "sn1,sn2", "xcatmaster": "sn1-c", **values}]


def move(there: World, wish: Wish = Wish(), known: Known | None = None) -> Move:  # noqa: B008 - it is frozen
    plan = planned(there, ["n1"], wish, known)
    assert plan.problems == {}
    return plan.moves[0]


def after(there: World, wish: Wish = Wish()) -> dict[str, str]:  # noqa: B008 - it is frozen
    return {f"{cell.table}.{cell.column}": cell.after for cell in move(there, wish).cells}


def problem(there: World, wish: Wish = Wish()) -> str:  # noqa: B008 - it is frozen
    plan = planned(there, ["n1"], wish)
    assert plan.moves == []
    return plan.problems["n1"]


def test_the_next_of_the_pool_comes_first_and_its_address_in_the_nodes_network_is_the_master() -> None:
    assert move(cluster(noderes=noderes())).new == "sn2"
    assert after(cluster(noderes=noderes())) == {"noderes.servicenode": "sn2,sn1", "noderes.xcatmaster": "10.7.0.2"}


def test_the_others_of_the_pool_keep_their_order() -> None:
    there = cluster(noderes=noderes(servicenode="sn1,sn2,sn3"))
    assert after(there)["noderes.servicenode"] == "sn2,sn1,sn3"
    assert after(there, Wish(to="sn3"))["noderes.servicenode"] == "sn3,sn1,sn2"


def test_a_service_node_out_of_the_pool_is_put_before_it() -> None:
    assert after(cluster(noderes=noderes(servicenode="sn1")), Wish(to="sn3", master="sn3-x")) == {
        "noderes.servicenode": "sn3,sn1",
        "noderes.xcatmaster": "sn3-x",
    }


@pytest.mark.parametrize("old", ["sn1-c", "10.7.0.1", "sn1", "10.0.0.1"])
@pytest.mark.parametrize("column", ["nfsserver", "tftpserver"])
def test_servers_that_are_the_old_one_by_any_of_its_names_become_the_new_one(column: str, old: str) -> None:
    assert after(cluster(noderes=noderes(**{column: old})), Wish(master="sn2-c"))[f"noderes.{column}"] == "sn2-c"


@pytest.mark.parametrize("other", ["filer", "10.7.0.9", "sn2-c", "sn1-cc"])
def test_other_servers_are_left_alone(other: str) -> None:
    assert "noderes.nfsserver" not in after(cluster(noderes=noderes(nfsserver=other)))


def test_the_old_one_may_be_named_as_the_nodes_know_it() -> None:
    there = cluster(noderes=noderes(xcatmaster="", nfsserver="old-alias"))
    assert "noderes.nfsserver" not in after(there)
    assert after(there, Wish(source="old-alias"))["noderes.nfsserver"] == "10.7.0.2"
    assert move(there, Wish(source="old-alias")).old_master == "old-alias"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("sn1,sn1-c", "sn2,10.7.0.2"),
        ("10.0.0.1,x", "sn2,10.7.0.2"),
        ("sn1", "sn2"),
        ("sn1,sn2", "sn2,sn1"),
        ("sn1,sn3,sn2", "sn2,sn1,sn3"),
        ("sn1,sn4", "sn2,sn1,sn4"),
        ("mon1,mon1-c", None),
        ("sn2,sn1", None),
        ("", None),
    ],
)
def test_monitoring_follows_where_it_is_on_the_old_one(before: str, expected: str | None) -> None:
    there = cluster(noderes=noderes(monserver=before), servicenode=[{"node": "sn4", "monserver": "1"}], nodelist=FOUR)
    assert after(there).get("noderes.monserver") == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("sn1", "sn2"),
        ("10.0.0.1", "sn2"),
        ("sn1,sn2", "sn2,sn1"),
        ("sn1,sn3", "sn2,sn1,sn3"),
        ("sn1:sn1-c", "sn2:10.7.0.2"),
        ("sn3", None),
        ("sn3,sn1", None),
        ("sn3:sn1-c", None),
        ("", None),
    ],
)
def test_consoles_follow_where_the_old_one_has_them(before: str, expected: str | None) -> None:
    there = cluster(noderes=noderes(), nodehm=[{"node": "n1", "conserver": before}])
    assert after(there).get("nodehm.conserver") == expected


def test_a_node_that_is_there_already_changes_nothing_but_a_master_that_is_said() -> None:
    there = cluster(noderes=noderes(servicenode="sn2,sn1", xcatmaster="sn2-c", nfsserver="sn2"))
    assert after(there, Wish(to="sn2")) == {}
    assert after(there, Wish(to="sn2", master="sn2-d")) == {"noderes.xcatmaster": "sn2-d"}


def test_the_way_back_restores_what_was() -> None:
    before = noderes(nfsserver="sn1-c", monserver="sn1,sn1-c")
    first = after(cluster(noderes=before))
    moved = [{**before[0], **{name.partition(".")[2]: text for name, text in first.items()}}]
    assert after(cluster(noderes=moved), Wish(to="sn1", master="sn1-c")) == {
        f"noderes.{column}": text for column, text in before[0].items() if column != "node"
    }


@pytest.mark.parametrize(
    ("row", "wish", "sentence"),
    [
        ({"servicenode": "sn1"}, Wish(), "Could not determine a backup service node for node n1: noderes.servicenode is sn1"),
        ({"servicenode": ""}, Wish(to="sn2"), "noderes.servicenode is empty"),
        ({}, Wish(to="n1"), "a node cannot be its own service node"),
    ],
)  # fmt: skip
def test_without_another_service_node_there_is_no_move(row: Mapping[str, str], wish: Wish, sentence: str) -> None:
    assert problem(cluster(noderes=noderes(**row)), wish).startswith(sentence)


def test_one_that_is_drained_is_passed_over() -> None:
    tables = {"noderes": noderes(servicenode="sn1,sn3,sn2"), "sndrained": [{"node": "sn3", "state": "draining"}]}
    assert after(cluster(**tables))["noderes.servicenode"] == "sn2,sn1,sn3"
    rest = noderes(servicenode="sn1,sn3")
    assert "servicenode is sn1,sn3, and all but the first are drained" in problem(
        cluster(**{**tables, "noderes": rest})
    )


def test_a_master_that_the_tables_do_not_know_must_be_said() -> None:
    there = cluster(noderes=noderes(), nics=[])
    assert problem(there) == (
        "Could not determine an xcatmaster value for node n1: tables hosts and nics have no address of sn2 in its network "
        "compute: add it, or say it with -D"
    )
    assert after(there, Wish(master="sn2-c"))["noderes.xcatmaster"] == "sn2-c"
    assert "its own address and the network of it are not in tables" in problem(cluster(noderes=noderes(), networks=[]))


def test_a_service_node_that_is_no_node_is_refused() -> None:
    with pytest.raises(NotFound, match="There is no node sn9: -d takes a service node"):
        planned(cluster(noderes=noderes()), ["n1"], Wish(to="sn9"))


def test_aix_is_refused() -> None:
    there = cluster(noderes=noderes(), nodetype=[{"node": "n1", "os": "AIX"}])
    assert problem(there).startswith("nodetype.os is AIX")


@pytest.mark.parametrize(
    ("gateway", "master", "route"),
    [
        ("<xcatmaster>", "", "10.7.0.2"),
        ("<xcatmaster>", "sn2-c", "10.7.0.2"),
        ("<xcatmaster>", "sn3", "10.7.0.3"),
        ("<xcatmaster>", "far-away", "10.7.0.77"),
        ("10.7.255.254", "", ""),
        ("", "", ""),
    ],
)
def test_the_default_route_follows_where_the_server_is_the_gateway(gateway: str, master: str, route: str) -> None:
    network = {"netname": "compute", "net": "10.7.0.0", "mask": "255.255.0.0", "gateway": gateway}
    there = cluster(noderes=noderes(), networks=[network])
    address = address_of("10.7.0.77")
    assert address is not None
    assert move(there, Wish(master=master), Known(there, {"far-away": address})).gateway == route


def test_a_gateway_that_nobody_knows_is_said_to_stay() -> None:
    network = {"netname": "compute", "net": "10.7.0.0", "mask": "255.255.0.0", "gateway": "<xcatmaster>"}
    found = move(cluster(noderes=noderes(), networks=[network]), Wish(master="elsewhere"))
    assert (found.gateway, found.notes) == (
        "",
        ("its default route stays as it is, because nobody knows an address of elsewhere",),
    )


def test_the_nodes_of_a_service_node_are_those_of_which_it_is_the_first() -> None:
    there = world(
        nodelist=nodes(n1="a", n2="b", n3="c", n4="d"),
        noderes=[
            {"node": "a", "servicenode": "sn1,sn2"},
            {"node": "b", "servicenode": "sn2,sn1"},
            {"node": "c", "servicenode": "sn1"},
            {"node": "d", "servicenode": "sn11"},
        ],
    )
    assert nodes_of(there, "sn1") == ["n1", "n3"]
