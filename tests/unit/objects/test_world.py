"""What a node has, seen through its groups (protocol.md 7.1)."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.errors import NotFound
from xcatd.noderange.source import Source
from xcatd.objects import World, world_of
from xcatd.store import Snapshot


def test_a_value_is_the_nodes_own_before_any_groups() -> None:
    cluster = world(
        nodelist=nodes(n1="compute", n2="compute"),
        nodehm=[{"node": "n1", "mgt": "openbmc"}, {"node": "compute", "mgt": "ipmi"}],
    )
    assert cluster.value("n1", "nodehm", "mgt") == "openbmc"
    assert cluster.value("n2", "nodehm", "mgt") == "ipmi"
    assert cluster.value("n1", "nodehm", "cons") == ""


def test_the_first_group_in_the_order_of_nodelist_wins_for_each_attribute_alone() -> None:
    cluster = world(
        nodelist=nodes(n1="rack1,all", n2="all, rack1"),
        noderes=[
            {"node": "n1", "tftpdir": "/own"},
            {"node": "rack1", "servicenode": "sn1"},
            {"node": "all", "servicenode": "sn9", "netboot": "xnba"},
        ],
    )
    assert cluster.row("n1", "noderes") == {
        "node": "n1",
        "tftpdir": "/own",
        "servicenode": "sn1",
        "netboot": "xnba",
    }
    assert cluster.value("n2", "noderes", "servicenode") == "sn9"
    assert cluster.origin("n1", "noderes", "servicenode") == "rack1"
    assert cluster.origin("n1", "noderes", "tftpdir") is None
    assert cluster.origin("n1", "noderes", "nfsdir") is None
    assert cluster.inherited("n1", "noderes", "tftpdir") == ""


def test_an_empty_cell_counts_as_unset() -> None:
    cluster = world(nodelist=nodes(n1="all"), nodehm=[{"node": "n1", "mgt": ""}, {"node": "all", "mgt": "ipmi"}])
    assert cluster.value("n1", "nodehm", "mgt") == "ipmi"


def test_the_special_value_of_nodech_blocks_what_groups_say() -> None:
    cluster = world(nodelist=nodes(n1="all"), nodehm=[{"node": "n1", "mgt": "|^.*$||"}, {"node": "all", "mgt": "ipmi"}])
    assert cluster.value("n1", "nodehm", "mgt") == ""
    assert cluster.values("n1", "nodehm", "mgt") == ()
    assert cluster.problem("n1", "nodehm", "mgt") is None


def test_disabled_rows_do_not_exist() -> None:
    cluster = world(
        nodelist=[{"node": "n1", "groups": "all"}, {"node": "n2", "groups": "all", "disable": "1"}],
        nodehm=[{"node": "n1", "mgt": "hmc", "disable": "yes"}, {"node": "all", "mgt": "ipmi", "disable": "0"}],
    )
    assert cluster.nodes() == ("n1",)
    assert not cluster.has_node("n2")
    assert cluster.members("all") == ["n1"]
    assert cluster.value("n1", "nodehm", "mgt") == "ipmi"


def test_nodelist_is_not_inherited() -> None:
    cluster = world(nodelist=[{"node": "n1", "groups": "n2"}, {"node": "n2", "groups": "all", "comments": "mine"}])
    assert cluster.value("n1", "nodelist", "comments") == ""
    assert cluster.value("n1", "nodelist", "groups") == "n2"


def test_the_name_in_a_row_of_a_group_is_the_nodes() -> None:
    cluster = world(nodelist=nodes(n1="all", n2=""), vpd=[{"node": "all", "serial": "S1"}])
    assert cluster.row("n1", "vpd") == {"node": "n1", "serial": "S1"}
    assert cluster.origin("n1", "vpd", "node") == "all"
    assert cluster.row("n2", "vpd") == {}


@pytest.mark.parametrize(
    ("table", "column", "name"),
    [("mpa", "mpa", "urlpath"), ("ppchcp", "hcp", "username"), ("switches", "switch", "auth")],
)
def test_some_tables_have_the_node_in_another_column(table: str, column: str, name: str) -> None:
    cluster = world(nodelist=nodes(n1="all"), **{table: [{column: "n1", name: "own"}, {column: "all", name: "x"}]})
    assert cluster.value("n1", table, name) == "own"
    assert cluster.value("all", table, name) == "x"


def test_a_table_without_nodes_gives_none_values() -> None:
    cluster = world(nodelist=nodes(n1="all"), osimage=[{"imagename": "n1", "profile": "compute"}])
    assert cluster.value("n1", "osimage", "profile") == ""


def test_values_are_worked_out_from_the_nodes_name_wherever_they_come_from() -> None:
    cluster = world(
        nodelist=nodes(cn01="compute", cn02="compute", login="compute"),
        ipmi=[{"node": "compute", "bmc": r"/\z/-bmc/", "username": r"|\D+(\d+)|u($1+0)|"}],
    )
    assert [cluster.value(node, "ipmi", "bmc") for node in cluster.nodes()] == ["cn01-bmc", "cn02-bmc", "login-bmc"]
    assert [cluster.value(node, "ipmi", "username") for node in cluster.nodes()] == ["u1", "u2", "login"]


def test_a_value_that_cannot_be_worked_out_is_unset_and_says_why() -> None:
    cluster = world(
        nodelist=nodes(n1="all", n2="all"),
        ipmi=[{"node": "all", "bmc": r"|\D+(\d+)|10.0.0.(8/($1-1))|"}, {"node": "n2", "username": "|(|x|"}],
    )
    assert cluster.value("n1", "ipmi", "bmc") == ""
    assert cluster.origin("n1", "ipmi", "bmc") is None
    assert cluster.value("n2", "ipmi", "bmc") == "10.0.0.8"
    problem = cluster.problem("n1", "ipmi", "bmc")
    assert problem == "ipmi.bmc of n1 counts as unset: It divides by zero: correct the divisor."
    assert cluster.problem("n2", "ipmi", "bmc") is None
    assert "nothing closes" in (cluster.problem("n2", "ipmi", "username") or "")


def test_a_text_that_goes_on_is_appended_by_the_next_record_that_has_one() -> None:
    cluster = world(
        nodelist=nodes(n1="rack1,silent,all", n2="rack1"),
        bootparams=[
            {"node": "n1", "addkcmdline": "quiet +=NEXTRECORD"},
            {"node": "rack1", "addkcmdline": "console=ttyS0 +=NEXTRECORD"},
            {"node": "all", "addkcmdline": "selinux=0"},
        ],
    )
    assert cluster.value("n1", "bootparams", "addkcmdline") == "quiet console=ttyS0 selinux=0"
    assert cluster.origin("n1", "bootparams", "addkcmdline") is None
    assert cluster.value("n2", "bootparams", "addkcmdline") == "console=ttyS0"


def test_each_record_of_an_appended_text_is_worked_out_alone() -> None:
    cluster = world(
        nodelist=nodes(n1="all,more"),
        postscripts=[
            {"node": "n1", "postscripts": r"|n(\d)|own($1)|+=NEXTRECORD"},
            {"node": "all", "postscripts": r",/\z/-x/,+=NEXTRECORD"},
            {"node": "more", "postscripts": "|^.*$||"},
        ],
    )
    assert cluster.value("n1", "postscripts", "postscripts") == r"own1,/\z/-x/"


def test_hierarchicalattrs_gather_the_values_of_all_groups_without_repeats() -> None:
    cluster = world(
        site=[{"key": "hierarchicalattrs", "value": "postscripts, addkcmdline: ,"}],
        nodelist=nodes(n1="rack1,all", n2="rack1,none,all"),
        postscripts=[
            {"node": "n1", "postscripts": "own,syslog"},
            {"node": "rack1", "postscripts": "syslog,rack"},
            {"node": "all", "postscripts": "rack,all"},
            {"node": "none", "postscripts": "|^.*$||"},
        ],
        bootparams=[{"node": "rack1", "addkcmdline": "a b"}, {"node": "all", "addkcmdline": "b c"}],
    )
    assert cluster.value("n1", "postscripts", "postscripts") == "own,syslog,rack,all"
    assert cluster.value("n2", "postscripts", "postscripts") == "syslog,rack"
    assert cluster.value("n1", "bootparams", "addkcmdline") == "a b c"


def test_a_node_may_have_several_rows() -> None:
    rows = [
        {"node": "n1", "switch": "sw1", "port": "1"},
        {"node": "n1", "switch": "sw2", "port": "2", "interface": "eth1"},
        {"node": "all", "switch": "sw7", "port": "7", "vlan": "3"},
        {"node": "all", "switch": "sw8", "port": "8", "vlan": "4"},
    ]
    cluster = world(nodelist=nodes(n1="all", n2="all"), switch=rows)
    assert cluster.values("n1", "switch", "switch") == ("sw1", "sw2")
    assert cluster.value("n1", "switch", "port") == "1"
    assert cluster.values("n1", "switch", "interface") == ("eth1",)
    assert cluster.values("n2", "switch", "port") == ("7", "8")
    assert cluster.values("n2", "switch", "node") == ("n2", "n2")
    assert cluster.values("n1", "switch", "vlan") == ("3", "4", "3", "4"), "the product of both"


def test_a_group_has_the_values_of_its_own_row() -> None:
    cluster = world(nodelist=nodes(n1="all"), nodehm=[{"node": "all", "mgt": "ipmi"}])
    assert cluster.value("all", "nodehm", "mgt") == "ipmi"


def test_unknown_tables_and_columns() -> None:
    cluster = world(nodelist=nodes(n1="all"))
    assert cluster.knows("nodehm", "mgt")
    assert not cluster.knows("nodehm", "nosuch")
    assert not cluster.knows("nosuch", "mgt")
    with pytest.raises(NotFound, match="No such table: nosuch"):
        cluster.value("n1", "nosuch", "mgt")
    with pytest.raises(NotFound, match='No column "nosuch"'):
        cluster.value("n1", "nodelist", "nosuch")


def test_a_snapshot_has_one_world_which_is_what_noderanges_look_at() -> None:
    snapshot = Snapshot.from_tables({"nodelist": (("node", "groups"), [("n1", "all")])})
    cluster: Source = world_of(snapshot)
    assert cluster is world_of(snapshot)
    assert isinstance(cluster, World)


def test_groups_are_resolved_once_for_all_nodes_that_have_the_same_ones() -> None:
    """A hundred thousand nodes in twenty lists of groups: the memory of the answers is that of twenty lists."""
    rows = [(f"n{number:06d}", f"rack{number % 20},compute,all") for number in range(100_000)]
    snapshot = Snapshot.from_tables(
        {"nodelist": (("node", "groups"), rows), "nodehm": (("node", "mgt"), [("rack3", "hmc"), ("all", "ipmi")])}
    )
    cluster = world_of(snapshot)
    names = cluster.nodes()
    found = [cluster.value(node, "nodehm", "mgt") for node in names]
    assert (found.count("hmc"), found.count("ipmi")) == (5_000, 95_000)
    tracemalloc.start()
    for node in names[:1000]:
        cluster.value(node, "nodehm", "cons")
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 50_000


def test_rows_come_with_what_stands_together() -> None:
    rows = [("n1", "a", "1", None), ("n1", "b", "2", "v"), ("rack", "c", "3", "w"), ("rack", "d", "4", None)]
    cluster = world(
        nodelist=nodes(n1="", n2="rack", n3="rack,more", n4=""),
        switch=[dict(zip(("node", "switch", "port", "vlan"), row, strict=True)) for row in rows],
    )
    columns = ("vlan", "switch", "port")
    assert list(map(list, cluster.rows("n1", "switch", columns))) == [["", "a", "1"], ["v", "b", "2"]]
    assert list(map(list, cluster.rows("n2", "switch", columns[1:]))) == [["c", "3"], ["d", "4"]]
    assert list(map(list, cluster.rows("n4", "switch", columns))) == []
    # Which of the group's rows has the VLAN is not known here.
    assert [[text for text in row if text] for row in cluster.rows("n3", "switch", columns)] == [
        [text] for text in ("w", "c", "d", "3", "4")
    ]


def test_a_row_inherits_what_it_lacks() -> None:
    cluster = world(
        nodelist=nodes(n1="rack"),
        switch=[
            {"node": "n1", "switch": "a", "port": "1"},
            {"node": "n1", "switch": "b", "port": "2", "vlan": "5"},
            {"node": "rack", "switch": "c", "port": "3", "vlan": "9"},
        ],
    )
    assert list(cluster.rows("n1", "switch", ("port", "vlan"))) == [("1", "9"), ("2", "5")]
