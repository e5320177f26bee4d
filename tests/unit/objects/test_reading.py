"""What lsdef shows of objects."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.objects.worlds import chdef_example, nodes, world
from xcatd.errors import NotFound, UsageError
from xcatd.model import Attribute
from xcatd.noderange import expand
from xcatd.objects import TYPES, object_names, read_object, read_objects, world_of
from xcatd.store import TABLES, Snapshot, TableView
from xcatd.store.row import Ident, Values
from xcatd.store.schema import Schema


def test_a_node_as_in_the_captured_exchange() -> None:
    assert sorted(read_object(chdef_example(), "node", "n01").items()) == [
        ("arch", "x86_64"),
        ("bmc", "127.7.9.1"),
        ("bmcpassword", "ADMIN"),
        ("bmcusername", "ADMIN"),
        ("groups", "compute,all"),
        ("ip", "10.90.1.1"),
        ("mgt", "ipmi"),
        ("netboot", "xnba"),
        ("postbootscripts", "otherpkgs"),
        ("postscripts", "syslog,remoteshell,syncfiles"),
    ]


def test_only_some_attributes() -> None:
    assert read_object(chdef_example(), "node", "n10", ["bmc", "cons"]) == {"bmc": "127.7.9.10"}


def test_xcatdefaults_come_before_the_nodes_own_and_inherited_scripts() -> None:
    cluster = world(
        nodelist=nodes(n1="all", n2="all"),
        postscripts=[
            {"node": "xcatdefaults", "postscripts": "syslog"},
            {"node": "all", "postscripts": "all"},
            {"node": "n2", "postscripts": "own", "postbootscripts": "boot"},
        ],
    )
    assert read_object(cluster, "node", "n1")["postscripts"] == "syslog,all"
    assert read_object(cluster, "node", "n2", ["postscripts"]) == {"postscripts": "syslog,own"}
    assert read_object(cluster, "node", "n2")["postbootscripts"] == "boot"


def test_an_entry_counts_only_where_its_condition_holds() -> None:
    cluster = world(
        nodelist=nodes(n1="all", n2="all", n3=""),
        nodehm=[{"node": "all", "mgt": "ipmi"}, {"node": "n2", "mgt": "openbmc"}],
        ipmi=[{"node": "all", "bmc": "by-ipmi"}, {"node": "n3", "bmc": "unused"}],
        openbmc=[{"node": "all", "bmc": "by-openbmc"}],
    )
    assert [read_object(cluster, "node", node).get("bmc") for node in cluster.nodes()] == [
        "by-ipmi",
        "by-openbmc",
        None,
    ]


@pytest.mark.parametrize(
    ("nodetype", "expected"), [("ppc,osi", "hero"), ("osi, ppc", "hero"), ("ppcx", None), ("", None)]
)
def test_a_condition_is_a_whole_word(nodetype: str, expected: str | None) -> None:
    cluster = world(
        nodelist=nodes(n1="all"),
        nodetype=[{"node": "n1", "nodetype": nodetype}],
        ppchcp=[{"hcp": "n1", "username": "hero"}],
    )
    assert read_object(cluster, "node", "n1").get("username") == expected


def test_a_later_entry_overwrites_an_earlier_one_if_it_has_a_value() -> None:
    rows = [{"node": "n1", "id": "7", "hcp": "hmc1"}, {"node": "n2", "id": "8"}]
    cluster = world(
        nodelist=nodes(n1="", n2=""),
        nodehm=[{"node": "n1", "mgt": "blade"}, {"node": "n2", "mgt": "blade"}],
        ppc=rows,
        mp=[{"node": "n1", "id": "3"}],
    )
    assert read_object(cluster, "node", "n1", ["id", "hcp"]) == {"id": "3", "hcp": "hmc1"}
    assert read_object(cluster, "node", "n2", ["id"]) == {"id": "8"}


def test_users_of_an_fsp_are_rows_of_one_table() -> None:
    cluster = world(
        nodelist=nodes(f1="fsps"),
        nodehm=[{"node": "f1", "mgt": "fsp"}],
        ppcdirect=[
            {"hcp": "f1", "username": "HMC", "password": "a"},
            {"hcp": "fsps", "username": "HMC", "password": "z"},
            {"hcp": "fsps", "username": "admin", "password": "b"},
        ],
    )
    read = read_object(cluster, "node", "f1")
    assert {name: text for name, text in read.items() if name.startswith("passwd.")} == {
        "passwd.HMC": "a",
        "passwd.admin": "b",
    }


def test_one_nic_out_of_several() -> None:
    cluster = world(nodelist=nodes(n1=""), nics=[{"node": "n1", "nicips": "eth0!10.0.0.1|10.0.0.2,ib0!10.1.0.1"}])
    assert read_object(cluster, "node", "n1", ["nicips.eth0", "nicips.eth7"]) == {"nicips.eth0": "10.0.0.1|10.0.0.2"}
    assert read_object(cluster, "node", "n1") == {"nicips": "eth0!10.0.0.1|10.0.0.2,ib0!10.1.0.1"}


def test_other_objects_are_what_is_stored() -> None:
    cluster = world(
        networks=[
            {"netname": "net90", "net": "10.90.0.0", "gateway": "/a/b/", "comments": "lab"},
            {"netname": "off", "net": "10.91.0.0", "disable": "1"},
        ],
        osimage=[{"imagename": "img", "imagetype": "linux", "profile": "compute"}],
        linuximage=[{"imagename": "img", "pkgdir": "/install/x"}],
        winimage=[{"imagename": "img", "installto": "0"}],
    )
    assert read_object(cluster, "network", "net90") == {"net": "10.90.0.0", "gateway": "/a/b/", "usercomment": "lab"}
    assert read_object(cluster, "osimage", "img") == {
        "imagetype": "linux",
        "profile": "compute",
        "pkgdir": "/install/x",
    }
    with pytest.raises(NotFound):
        read_object(cluster, "network", "off")


def test_what_is_not_there() -> None:
    cluster = chdef_example()
    with pytest.raises(NotFound, match=r"^Could not find an object named 'nosuchnode' of type 'node'\.$"):
        read_object(cluster, "node", "nosuchnode")
    with pytest.raises(UsageError, match=r"^'bogus' is not a valid attribute name for an object type of 'node'\.$"):
        read_object(cluster, "node", "n01", ["mgt", "bogus"])
    with pytest.raises(UsageError, match=r"^Type 'nosuch' is not a valid xCAT object type\.$"):
        read_object(cluster, "nosuch", "n01")
    with pytest.raises(NotFound, match="'x' of type 'zvmivp'"):
        read_object(cluster, "zvmivp", "x")
    with pytest.raises(NotFound, match="'x' of type 'site'"):
        read_object(cluster, "site", "x")
    with pytest.raises(NotFound, match="Table auditlog is a log"):
        read_object(cluster, "auditlog", "1")


def test_only_those_that_exist_are_read_in_the_order_asked_for() -> None:
    cluster = chdef_example()
    found = list(read_objects(cluster, "node", ["n02", "nobody", "n01"], ["mgt", "bmc"]))
    assert found == [("n02", {"bmc": "127.7.9.2", "mgt": "ipmi"}), ("n01", {"bmc": "127.7.9.1", "mgt": "ipmi"})]
    assert list(read_objects(cluster, "node", ["n02", "nobody"], ())) == [("n02", {})]
    assert list(read_objects(cluster, "node", [])) == []


def test_scripts_of_xcatdefaults_may_be_left_out() -> None:
    cluster = chdef_example()
    [(_, values)] = read_objects(cluster, "node", ["n01"], ["postscripts", "mgt"], defaults=False)
    assert values == {"mgt": "ipmi"}


def test_a_group_has_what_its_rows_say_as_it_is_stored_and_its_members() -> None:
    cluster = world(
        nodelist=nodes(n1="all,rack1", n2="all"),
        nodegroup=[
            {"groupname": "empty", "grouptype": "static", "comments": "none yet"},
            {"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==ipmi"},
        ],
        nodehm=[{"node": "all", "mgt": "ipmi"}],
        ipmi=[{"node": "all", "bmc": r"/\z/-bmc/"}, {"node": "rack1", "bmc": "not without mgt"}],
    )
    assert dict(read_objects(cluster, "group", ["all", "dyn", "empty", "nosuch", "rack1"])) == {
        "all": {"bmc": r"/\z/-bmc/", "members": "n1,n2", "mgt": "ipmi"},
        "dyn": {"grouptype": "dynamic", "members": "n1,n2", "wherevals": "mgt==ipmi"},
        "empty": {"grouptype": "static", "usercomment": "none yet"},
        "rack1": {"members": "n1"},
    }
    assert read_object(cluster, "group", "all", ["mgt"]) == {"mgt": "ipmi"}


def test_the_site_is_one_object_of_all_rows() -> None:
    cluster = world(
        site=[
            {"key": "master", "value": "10.0.0.1"},
            {"key": "domain", "value": ""},
            {"key": "anything", "value": "x"},
            {"key": "off", "value": "x", "disable": "1"},
        ]
    )
    assert read_object(cluster, "site", "clustersite") == {"anything": "x", "master": "10.0.0.1"}
    assert read_object(cluster, "site", "clustersite", ["master", "nosuch"]) == {"master": "10.0.0.1"}


def test_a_monitoring_object_has_its_settings() -> None:
    cluster = world(
        monitoring=[{"name": "gangliamon", "nodestatmon": "yes"}, {"name": "off", "disable": "1"}],
        monsetting=[
            {"name": "gangliamon", "key": "interval", "value": "5"},
            {"name": "gangliamon", "key": "empty", "value": ""},
            {"name": "other", "key": "interval", "value": "7"},
        ],
    )
    assert read_object(cluster, "monitoring", "gangliamon") == {"interval": "5", "nodestatmon": "yes"}
    assert read_object(cluster, "monitoring", "gangliamon", ["interval"]) == {"interval": "5"}
    assert list(read_objects(cluster, "monitoring", ["off", "other"])) == []


def test_pdus_and_zvm_runs_are_objects_too() -> None:
    cluster = world(
        pdu=[{"node": "pdu1", "nodetype": "pdu", "outlet": "24"}, {"node": "pdu2", "outlet": "8"}],
        zvmivp=[{"id": "10", "ip": "10.0.0.9", "comments": "nightly"}],
        firmware=[{"cfgfile": "/install/fw.cfg", "comments": "x"}],
    )
    assert read_object(cluster, "pdu", "pdu1") == {"nodetype": "pdu", "outlet": "24"}
    assert read_object(cluster, "pdu", "pdu2") == {}, "an outlet counts only where the nodetype says pdu"
    assert read_object(cluster, "zvmivp", "10") == {"ip": "10.0.0.9", "usercomment": "nightly"}
    assert read_object(cluster, "firmware", "/install/fw.cfg") == {"comments": "x"}


def test_attributes_that_the_site_adds_are_read() -> None:
    schema = Schema(
        TABLES,
        {
            "node": (Attribute("asset", "nodepos", "comments"),),
            "shelf": (
                Attribute("shelfname", "rack", "rackname", key="rackname"),
                Attribute("floor", "rack", "room", key="rackname"),
            ),
        },
    )
    plain = world(
        nodelist=nodes(n1="all", n2="all"),
        nodepos=[{"node": "all", "comments": r"|\D+(\d+)|A($1+0)|"}],
        rack=[{"rackname": "r1", "room": "2"}],
    )
    views = {name: plain.snapshot.table(name) for name in plain.snapshot}
    cluster = world_of(Snapshot(views, 1, schema))
    assert dict(read_objects(cluster, "node", ["n1", "n2"], ["asset"])) == {
        "n1": {"asset": "A1"},
        "n2": {"asset": "A2"},
    }
    assert object_names(cluster, "shelf") == ["r1"]
    assert read_object(cluster, "shelf", "r1") == {"floor": "2"}
    assert list(plain.types) == list(TYPES)


class _Unwalked(dict[Ident, Values]):
    """Rows that are looked up, and never gone through."""

    def __iter__(self) -> Iterator[Ident]:
        raise AssertionError("one node's attributes need no look at the others")

    keys = values = items = __iter__  # type: ignore[assignment]


def test_one_node_is_read_without_a_look_at_the_others() -> None:
    plain = chdef_example()
    views = {name: plain.snapshot.table(name) for name in plain.snapshot}
    guarded = {
        name: TableView(view.layout, _Unwalked(dict(view.by_ident)), unique=True, index=None)
        for name, view in views.items()
        if view.is_direct and view.table.node_column
    }
    cluster = world_of(plain.snapshot.with_views(guarded, 1))
    assert list(expand("n01,n03", cluster).nodes) == ["n01", "n03"]
    assert read_object(cluster, "node", "n01") == read_object(plain, "node", "n01")
    assert cluster.groups_of("n01") == ("compute", "all")
