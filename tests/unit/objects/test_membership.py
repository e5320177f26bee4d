"""Static and dynamic groups."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World, world_of


def _with_group(wherevals: str) -> World:
    return world(
        nodelist=nodes(n1="rack1,all", n2="rack2,all", n3=""),
        nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "n3", "mgt": "hmc"}],
        ipmi=[{"node": "all", "bmc": r"/\z/-bmc/"}],
        nodepos=[{"node": "rack1", "rack": "1"}],
        nodegroup=[{"groupname": "dyn", "grouptype": "dynamic", "wherevals": wherevals}],
    )


def test_static_groups_are_the_words_of_nodelist() -> None:
    cluster = world(nodelist=nodes(n2="all,rack1", n1=" all ,,all", n3=""))
    assert cluster.groups_of("n2") == ("all", "rack1")
    assert cluster.groups_of("n1") == ("all",)
    assert cluster.groups_of("n3") == ()
    assert cluster.groups_of("nobody") == ()
    assert cluster.members("all") == ["n2", "n1"], "in the order of nodelist"


def test_a_group_may_be_defined_without_members() -> None:
    cluster = world(
        nodelist=nodes(n1="all"),
        nodegroup=[
            {"groupname": "empty", "grouptype": "static"},
            {"groupname": "gone", "grouptype": "static", "disable": "1"},
            {"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==x", "disable": "1"},
        ],
    )
    assert cluster.members("empty") == ()
    assert cluster.members("gone") is None
    assert cluster.members("dyn") is None
    assert cluster.members("nosuch") is None


@pytest.mark.parametrize(
    ("wherevals", "expected"),
    [
        ("mgt==ipmi", ["n1", "n2"]),
        ("mgt!=ipmi", ["n3"]),
        ("mgt=~^(ip|op)", ["n1", "n2"]),
        ("mgt=~/mc$/", ["n3"]),
        ("mgt!~i", ["n3"]),
        ("mgt==ipmi::rack==1", ["n1"]),
        ("rack==", ["n2", "n3"]),
        ("bmcport==", ["n1", "n2", "n3"]),
        ("bmc==n2-bmc", ["n2"]),
        ("mgt == ipmi :: mgt != hmc", ["n1", "n2"]),
        ("rack!=2", ["n1"]),
        ("rack!~2", ["n1"]),
        ("mgt=ipmi", ["n1", "n2"]),
        ("groups=~rack", ["n1", "n2"]),
        ("node==n3", ["n3"]),
        ("", []),
        ("mgt", []),
        ("nosuch==1", []),
        ("mgt=~(", []),
        ("mgt=~(m+)+$", []),
    ],
)
def test_dynamic_groups_are_conditions_on_attributes(wherevals: str, expected: list[str]) -> None:
    cluster = _with_group(wherevals)
    assert list(cluster.members("dyn") or ()) == expected
    assert [node for node in cluster.nodes() if "dyn" in cluster.groups_of(node)] == expected


def test_a_pattern_that_would_take_too_long_on_a_value_does_not_match_it() -> None:
    cluster = world(
        nodelist=nodes(n1="a" * 500),
        nodegroup=[{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "groups=~(.*)a(.*)b"}],
    )
    assert cluster.members("dyn") == ()


def test_dynamic_groups_come_after_static_ones() -> None:
    assert _with_group("mgt==ipmi").groups_of("n1") == ("rack1", "all", "dyn")


def test_a_name_that_is_both_is_dynamic() -> None:
    cluster = world(
        nodelist=nodes(n1="both,all", n2="all"),
        nodehm=[{"node": "n2", "mgt": "ipmi"}],
        nodegroup=[{"groupname": "both", "grouptype": "dynamic", "wherevals": "mgt==ipmi"}],
    )
    assert cluster.members("both") == ("n2",)
    assert cluster.groups_of("n1") == ("all",)


def test_values_do_not_come_from_dynamic_groups() -> None:
    cluster = world(
        nodelist=nodes(n1="all"),
        nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "dyn", "cons": "ipmi"}],
        nodegroup=[{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==ipmi"}],
    )
    assert cluster.value("n1", "nodehm", "cons") == ""


def test_a_condition_may_be_about_an_attribute_that_depends_on_another() -> None:
    cluster = world(
        nodelist=nodes(n1="", n2="", n3=""),
        nodehm=[{"node": "n1", "mgt": "ipmi"}, {"node": "n2", "mgt": "openbmc"}],
        ipmi=[{"node": name, "bmc": "by-ipmi"} for name in ("n1", "n2", "n3")],
        openbmc=[{"node": "n2", "bmc": "by-openbmc"}],
        nodegroup=[
            {"groupname": "ipmis", "grouptype": "dynamic", "wherevals": "bmc==by-ipmi"},
            {"groupname": "bmcs", "grouptype": "dynamic", "wherevals": "bmc=~by"},
        ],
    )
    assert (cluster.members("ipmis"), cluster.members("bmcs")) == (("n1",), ("n1", "n2"))
    assert cluster.has_group("bmcs")
    assert set(cluster.group_names()) == {"ipmis", "bmcs"}


def test_what_follows_from_nodelist_lasts_while_other_tables_change() -> None:
    before = world(nodelist=nodes(n1="all", n2="all,rack1"), nodehm=[{"node": "all", "mgt": "ipmi"}])
    members, names = before.members("all"), before.nodes()
    nodehm = before.snapshot.table("nodehm").layout
    rows = [tuple("hmc" if column == "mgt" else "all" if column == "node" else None for column in nodehm.columns)]
    after = world_of(before.snapshot.replace("nodehm", rows))
    assert after.members("all") is members
    assert after.nodes() is names
    assert (before.value("n1", "nodehm", "mgt"), after.value("n1", "nodehm", "mgt")) == ("ipmi", "hmc")
