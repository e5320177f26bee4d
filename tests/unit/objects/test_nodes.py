"""What lsdef shows of an object."""

from __future__ import annotations

import pytest

from tests.unit.objects.worlds import chdef_example, nodes, world
from xcatd.errors import NotFound, UsageError
from xcatd.objects import check_attribute, read_object


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
    with pytest.raises(UsageError, match="Objects of type 'site' have no view yet"):
        read_object(cluster, "site", "clustersite")
    with pytest.raises(NotFound, match="'x' of type 'zvmivp'"):
        read_object(cluster, "zvmivp", "x")


def test_names_of_attributes_are_checked() -> None:
    check_attribute("node", "nicips.eth0")
    check_attribute("node", "passwd.HMC")
    with pytest.raises(UsageError, match=r"'mgt\.x' is not a valid"):
        check_attribute("node", "mgt.x")
