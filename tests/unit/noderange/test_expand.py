"""Expansion: order, precedence of names, exclusions of the site, files, and what happens when something is wrong."""

from __future__ import annotations

import pytest

from tests.unit.noderange.cluster import Cluster, of_nodes, small
from xcatd.errors import BadNoderange, NotFound
from xcatd.noderange import NodeSet, expand

FILES = {
    "/tmp/list": "# my nodes\n^/tmp/other\nnode1   # the first\n  node2:rack\n\nnode10-node12\n/f1.*\n-node11\n",
    "/tmp/quoted": "'node1'\r\n\"node2\"\r\n",
    "/tmp/nested": "node1,^/tmp/list\n",
    "/tmp/broken": "node1\nnode[1\n",
    "/tmp/unknown": "node1\nnode77\n",
}


def read_file(path: str) -> str:
    try:
        return FILES[path]
    except KeyError:
        raise FileNotFoundError(2, "No such file or directory", path) from None


def test_nodes_come_sorted_as_strings() -> None:
    assert list(expand("node2,node10,node1", small()).nodes) == ["node1", "node10", "node2"]


def test_an_exact_node_wins_over_every_sign_and_over_groups() -> None:
    cluster = Cluster({"a1-a3": "g", "a1": "", "a2": "", "a3": "", "g": "", "a@b": "", "n+1": "", "k=v": "g", "7": ""})
    for name in ("a1-a3", "g", "a@b", "n+1", "k=v", "7"):
        assert expand(name, cluster).nodes == NodeSet([name])
    assert expand("all,-a@b,a1", cluster).nodes == NodeSet(["a1"])


@pytest.mark.parametrize(
    ("text", "nodes", "missing"),
    [
        ("node1,new[1-3],-new2", ["node1"], ("new1", "new3")),
        ("new[1-3]@new2", [], ("new2",)),
        ("node1@new1", [], ()),
        ("new1,node1,-node1,-new9", [], ("new1",)),
    ],
)
def test_unknown_names_count_as_nodes_where_new_ones_are_spelled(
    text: str, nodes: list[str], missing: tuple[str, ...]
) -> None:
    found = expand(text, small(), unknown=True)
    assert (list(found.nodes), found.missing) == (nodes, missing)


def test_a_group_may_be_called_like_a_test_or_a_range() -> None:
    cluster = Cluster({"n1": "a=b,r1-r2", "r1": ""})
    assert set(expand("a=b", cluster).nodes) == {"n1"}
    assert set(expand("r1-r2", cluster).nodes) == {"n1"}


def test_digits_take_the_prefix_and_suffix_of_the_server() -> None:
    cluster = of_nodes(["cn05-ib", "cn06-ib", "1"])
    assert set(expand("05-06", cluster, prefix="cn", suffix="-ib").nodes) == {"cn05-ib", "cn06-ib"}
    assert expand("7", cluster, prefix="cn", suffix="-ib").missing == ("cn7-ib",)
    assert set(expand("1", cluster, prefix="1").nodes) == {"1"}


def test_the_site_excludes_nodes_from_every_result() -> None:
    found = expand("rack1", small(), exclude="node1,/node[23],gone")
    assert set(found.nodes) == {"node4", "node5", "node6"}
    assert found.missing == ()


def test_a_broken_exclusion_of_the_site_says_where_it_is() -> None:
    with pytest.raises(BadNoderange, match=r"In site\.excludenodes: .*bracket"):
        expand("rack1", small(), exclude="node[1")


def test_a_file_is_one_noderange_with_an_item_a_line() -> None:
    found = expand("^/tmp/list,-node1", small(), read_file=read_file)
    assert set(found.nodes) == {"node2", "node10", "node12", "f1p1", "f1p2", "f1p3", "f1p4"}
    assert set(expand("(^/tmp/quoted)@node1", small(), read_file=read_file).nodes) == {"node1"}
    assert expand("^/tmp/unknown", small(), read_file=read_file).missing == ("node77",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("^/tmp/none", "Cannot read '/tmp/none', check the name: .*No such file"),
        ("^/tmp/nested", "files are not read inside a file"),
        ("^/tmp/broken", "In /tmp/broken, line 2: .*bracket"),
        ("^ ,node1", "nothing where a name is expected"),
    ],
)
def test_a_file_that_cannot_be_used(text: str, complaint: str) -> None:
    with pytest.raises(BadNoderange, match=complaint):
        expand(text, small(), read_file=read_file)


def test_files_are_refused_where_the_caller_gives_no_way_to_read_them() -> None:
    with pytest.raises(BadNoderange, match="files are not read here"):
        expand("node1,^/etc/shadow", small())


@pytest.mark.parametrize(
    ("text", "column"), [("nosuch.mgt==x", "nosuch.mgt"), ("nodehm.nosuch!~x", "nodehm.nosuch"), ("foo=x", "foo")]
)
def test_an_unknown_column_is_an_error(text: str, column: str) -> None:
    with pytest.raises(BadNoderange, match=f"there is no column '{column}', so write table.column"):
        expand(text, small())


def test_a_text_from_the_database_may_name_columns_and_files_to_come() -> None:
    def absent(path: str) -> str:
        raise NotFound(f"{path} is not there")

    found = expand("node1,nosuch.col==x,^/tmp/none", small(), strict=False, read_file=absent)
    assert set(found.nodes) == {"node1"}
    assert found.missing == ("nosuch.col==x", "^/tmp/none")


@pytest.mark.parametrize("text", ["~x", "all,-~x", "node1~", "2=x"])
def test_a_tilde_or_equals_sign_without_a_column_is_an_error(text: str) -> None:
    with pytest.raises(BadNoderange, match="neither a node nor a test"):
        expand(text, small())


def test_groups_are_found_by_regex_only_when_no_node_is() -> None:
    cluster = Cluster({"rack1": "x", "n1": "rack1,rack2", "n2": ""}, defined={"rackless": ()})
    assert set(expand("/rack.*", cluster).nodes) == {"rack1"}
    assert set(expand("/rack2", cluster).nodes) == {"n1"}
    assert expand("/rackless", cluster).nodes == NodeSet()


def test_a_name_is_asked_for_once_however_large_the_cluster() -> None:
    names = [f"n{n:05d}" for n in range(1, 100_000)]
    cluster = Cluster(dict.fromkeys(names, "all"))
    assert len(expand("n[00001-99999]", cluster).nodes) == 99_999
    assert cluster.asked["has_node"] <= 100_001
    cluster.asked.clear()
    assert len(expand("all,-n00001-n50000", cluster).nodes) == 49_999
    assert cluster.asked == {"has_node": 50_002, "members": 2}
    cluster.asked.clear()
    assert len(expand("/n[1-9].*", cluster).nodes) == 90_000
    assert not cluster.asked
