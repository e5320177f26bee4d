"""What is done when nodes have moved."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.snmove import Cell, Move, Wants, script_names, steps_of

ALONE = Wants(on_nodes=False)


def cluster(**tables: Rows) -> World:
    return world(nodelist=nodes(n1="all", n2="all", sn2="service"), **tables)


def moves(*, gateway: str = "", conserver: bool = False) -> Sequence[Move]:
    cells = (Cell("nodehm", "conserver", "sn1", "sn2"),) if conserver else ()
    return [Move(node, "sn1", "sn2", "sn1-c", "sn2-c", cells, gateway) for node in ("n1", "n2")]


def steps(there: World, wants: Wants, found: Sequence[Move] | None = None) -> list[tuple[str, tuple[str, ...]]]:
    return [(step.does, step.nodes) for step in steps_of(there, moves() if found is None else found, wants)]


def scripts(**rows: str) -> Rows:
    return [{"node": node, "postscripts": text} for node, text in rows.items()]


def test_boot_files_are_made_anew_for_nodes_that_boot_images() -> None:
    states = {"n1": "netboot rocky9.4-x86_64-compute", "n2": "boot"}
    there = cluster(chain=[{"node": node, "currstate": state} for node, state in states.items()])
    assert steps(there, ALONE) == [("nodeset enact", ("n1",))]


@pytest.mark.parametrize("state", ["", "boot", "shell", "standby", "netboot", "runcmd=bmcsetup x"])
def test_other_nodes_go_on_as_they_are(state: str) -> None:
    assert steps(cluster(chain=[{"node": "all", "currstate": state}]), ALONE) == []


def test_dhcp_is_told_of_the_nodes_that_it_knows() -> None:
    assert steps(cluster(), Wants(on_nodes=False, dhcp=("n2", "n9"))) == [("makedhcp", ("n2",))]


def test_conserver_is_told_where_one_is_kept() -> None:
    kept = cluster(servicenode=[{"node": "service", "conserver": "1"}])
    assert steps(kept, ALONE, moves(conserver=True)) == [("makeconservercf", ("n1", "n2"))]
    assert steps(kept, ALONE) == []
    assert steps(cluster(servicenode=[{"node": "service", "conserver": "0"}]), ALONE, moves(conserver=True)) == []


def test_routes_are_set_on_the_nodes_and_may_be_set_again() -> None:
    assert steps(cluster(), Wants(), moves(gateway="10.7.0.2")) == [
        ("xdsh ip route replace default via 10.7.0.2", ("n1", "n2"))
    ]
    assert steps(cluster(), Wants(), moves(gateway="fd00::2")) == [
        ("xdsh ip -6 route replace default via fd00::2", ("n1", "n2"))
    ]
    assert steps(cluster(), ALONE, moves(gateway="10.7.0.2")) == []


def test_of_their_scripts_nodes_run_those_that_name_servers() -> None:
    there = cluster(postscripts=scripts(xcatdefaults="syslog,remoteshell", n1="setupntp,other", n2="mkresolvconf -x"))
    assert steps(there, Wants()) == [
        ("updatenode -P syslog,setupntp", ("n1",)),
        ("updatenode -P syslog,mkresolvconf -x", ("n2",)),
    ]
    assert steps(cluster(postscripts=scripts(xcatdefaults="remoteshell")), Wants()) == []
    assert steps(there, ALONE) == []


def test_more_scripts_come_behind_them_and_none_twice() -> None:
    there = cluster(postscripts=scripts(n1="syslog"))
    assert steps(there, Wants("mine,syslog")) == [
        ("updatenode -P syslog,mine", ("n1",)),
        ("updatenode -P mine,syslog", ("n2",)),
    ]


def test_all_means_all_of_a_nodes_scripts() -> None:
    assert steps(cluster(postscripts=scripts(n1="syslog")), Wants("all")) == [("updatenode -P", ("n1", "n2"))]


def test_nodes_are_told_their_server_where_the_site_has_the_script() -> None:
    assert steps(cluster(), Wants(tells=True)) == [("updatenode -s", ("n1", "n2"))]


def test_each_kind_of_step_is_said_once() -> None:
    there = cluster(postscripts=scripts(n1="syslog", n2="setupntp"))
    assert [step.said for step in steps_of(there, moves(), Wants(tells=True))] == [
        "Running postscripts on the nodes.",
        "",
        "",
    ]


def test_scripts_have_names() -> None:
    assert script_names("mine -x,other") == ["mine", "other"]
    assert script_names("all") == []
    with pytest.raises(ServiceError, match="snmove -P has"):
        script_names("-x")
