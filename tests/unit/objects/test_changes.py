"""What chdef and mkdef do to the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.objects.worlds import chdef_example, nodes, world
from xcatd.errors import UsageError
from xcatd.objects import changes_for, read_object, world_of
from xcatd.store import Put, open_store


def _put(table: str, node: str, **values: str | None) -> Put:
    return Put(table, {"node": node}, values)


def test_a_new_node() -> None:
    given = {"groups": "compute,all", "mgt": "ipmi", "arch": "x86_64", "bmcusername": "ADMIN", "bmcpassword": "A,B"}
    assert changes_for(world(), "node", "n01", given) == [
        _put("nodelist", "n01", groups="compute,all"),
        _put("nodehm", "n01", mgt="ipmi"),
        _put("nodetype", "n01", arch="x86_64"),
        _put("ipmi", "n01", username="ADMIN", password="A,B"),
    ]


@pytest.mark.parametrize("given", [{"mgt": "ipmi"}, {"groups": ""}])
def test_a_new_node_needs_groups(given: dict[str, str]) -> None:
    sentence = r"^Attribute 'groups' is not specified for node 'n77', skipping to the next node\.$"
    with pytest.raises(UsageError, match=sentence):
        changes_for(chdef_example(), "node", "n77", given)


def test_a_new_node_must_not_be_called_like_a_group() -> None:
    with pytest.raises(UsageError, match="'compute' is the name of a group"):
        changes_for(chdef_example(), "node", "compute", {"groups": "all"})


def test_an_unknown_attribute_is_left_out_if_somebody_listens() -> None:
    heard: list[str] = []
    changes = changes_for(
        chdef_example(),
        "node",
        "n01",
        {"nosuchattr": "1", "usercomment": "x"},
        complain=lambda error: heard.append(str(error)),
    )
    assert changes == [_put("nodelist", "n01", comments="x")]
    assert heard == ["'nosuchattr' is not a valid attribute name for an object type of 'node'."]
    with pytest.raises(UsageError, match="'nosuchattr' is not a valid"):
        changes_for(chdef_example(), "node", "n01", {"nosuchattr": "1"})


def test_the_name_itself_is_not_assigned() -> None:
    with pytest.raises(UsageError, match="'node' is the name of the object itself"):
        changes_for(chdef_example(), "node", "n01", {"node": "n02"})


@pytest.mark.parametrize("mgt", ["", "kvm"])
def test_a_conditional_attribute_needs_its_condition(mgt: str) -> None:
    cluster = world(nodelist=nodes(n1="all"), nodehm=[{"node": "n1", "mgt": mgt}])
    sentence = r"^Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc\.$"
    with pytest.raises(UsageError, match=sentence):
        changes_for(cluster, "node", "n1", {"bmc": "10.0.0.1", "usercomment": "x"})


def test_the_condition_may_hold_by_the_same_command_the_node_or_its_group() -> None:
    cluster = world(
        nodelist=nodes(n1="bmcs", n2=""),
        nodehm=[{"node": "bmcs", "mgt": "openbmc"}, {"node": "n2", "mgt": "ipmi"}],
    )
    bmc = {"bmc": "b"}
    assert changes_for(cluster, "node", "n1", bmc) == [_put("openbmc", "n1", bmc="b")]
    assert changes_for(cluster, "node", "n2", bmc) == [_put("ipmi", "n2", bmc="b")]
    assert changes_for(cluster, "node", "n2", bmc | {"mgt": "openbmc"}) == [
        _put("openbmc", "n2", bmc="b"),
        _put("nodehm", "n2", mgt="openbmc"),
    ]


def test_clearing_what_decides_leaves_the_decision_to_the_group() -> None:
    cluster = world(nodelist=nodes(n1="bmcs"), nodehm=[{"node": "n1", "mgt": "hmc"}, {"node": "bmcs", "mgt": "ipmi"}])
    assert changes_for(cluster, "node", "n1", {"mgt": "", "bmc": "b"}) == [
        _put("nodehm", "n1", mgt=None),
        _put("ipmi", "n1", bmc="b"),
    ]


def test_an_attribute_with_several_cells_is_written_to_all_that_apply() -> None:
    cluster = world(nodelist=nodes(n1="", p1=""), nodehm=[{"node": "n1", "mgt": "blade"}])
    assert changes_for(cluster, "node", "n1", {"id": "3"}) == [_put("ppc", "n1", id="3"), _put("mp", "n1", id="3")]
    assert changes_for(cluster, "node", "p1", {"nodetype": "pdu", "outlet": "8"}) == [
        _put("nodetype", "p1", nodetype="pdu"),
        _put("pdu", "p1", nodetype="pdu", outlet="8"),
    ]


def test_rows_are_found_by_the_column_that_holds_the_node() -> None:
    cluster = world(nodelist=nodes(f1="", m1=""), nodehm=[{"node": "f1", "mgt": "fsp"}])
    assert changes_for(cluster, "node", "f1", {"passwd.HMC": "x"}) == [
        Put("ppcdirect", {"hcp": "f1", "username": "HMC"}, {"password": "x"})
    ]
    assert changes_for(cluster, "node", "m1", {"nodetype": "mm", "slots": "14"}) == [
        _put("nodetype", "m1", nodetype="mm"),
        Put("mpa", {"mpa": "m1"}, {"slots": "14"}),
    ]


def test_an_empty_value_clears_the_cell_of_a_row_that_is_there() -> None:
    cluster = chdef_example()
    assert changes_for(cluster, "node", "n01", {"arch": "", "serial": ""}) == [_put("nodetype", "n01", arch=None)]


def test_append_adds_what_is_not_there() -> None:
    cluster = chdef_example()
    assert changes_for(cluster, "node", "n01", {"groups": "all,rack1,rack1"}, "append") == [
        _put("nodelist", "n01", groups="compute,all,rack1")
    ]
    assert changes_for(cluster, "node", "n01", {"groups": "all"}, "append") == []


def test_append_to_an_inherited_list_makes_it_the_nodes_own() -> None:
    cluster = world(
        nodelist=nodes(n1="all"),
        postscripts=[{"node": "all", "postscripts": "a,b"}, {"node": "xcatdefaults", "postscripts": "syslog"}],
    )
    assert changes_for(cluster, "node", "n1", {"postscripts": "c"}, "append") == [
        _put("postscripts", "n1", postscripts="a,b,c")
    ]


def test_remove_takes_items_out() -> None:
    assert changes_for(chdef_example(), "node", "n01", {"groups": "compute"}, "remove") == [
        _put("nodelist", "n01", groups="all")
    ]


def test_a_list_of_which_not_all_can_be_taken_out_stays_as_it_is() -> None:
    heard: list[str] = []
    changes = changes_for(
        chdef_example(),
        "node",
        "n01",
        {"groups": "extra,compute", "usercomment": "x"},
        "remove",
        complain=lambda error: heard.append(str(error)),
    )
    assert changes == []
    assert heard == [
        "extra is not in the attribute of 'groups' for the 'n01' definition.",
        "No value got for attribute 'usercomment' for the 'n01' definition.",
    ]


def test_removing_the_last_item_clears_the_cell() -> None:
    cluster = world(nodelist=nodes(n1=""), noderes=[{"node": "n1", "servicenode": "sn1"}])
    assert changes_for(cluster, "node", "n1", {"servicenode": "sn1"}, "remove") == [
        _put("noderes", "n1", servicenode=None)
    ]


def test_one_nic_is_changed_among_others() -> None:
    cluster = world(nodelist=nodes(n1=""), nics=[{"node": "n1", "nicips": "eth0!10.0.0.1,ib0!10.1.0.1"}])
    given = {"nicips.eth0": "10.0.0.9|10.0.0.8", "nicips.eth1": "10.2.0.1", "nicips.ib0": ""}
    assert changes_for(cluster, "node", "n1", given) == [
        _put("nics", "n1", nicips="eth0!10.0.0.9|10.0.0.8,eth1!10.2.0.1")
    ]


def test_one_nic_is_not_appended_to() -> None:
    with pytest.raises(UsageError, match="does not support to change the nic related attributes"):
        changes_for(chdef_example(), "node", "n01", {"nicips.eth0": "x"}, "append")


def test_a_node_with_several_rows_is_left_to_chtab() -> None:
    rows = [{"node": "n1", "switch": "sw1", "port": "1"}, {"node": "n1", "switch": "sw2", "port": "2"}]
    cluster = world(nodelist=nodes(n1="", n2=""), switch=rows)
    with pytest.raises(UsageError, match="'n1' has 2 rows in table switch"):
        changes_for(cluster, "node", "n1", {"switchport": "3"})
    assert changes_for(cluster, "node", "n2", {"switch": "sw1", "switchport": "3"}) == [
        _put("switch", "n2", switch="sw1", port="3")
    ]


def test_other_objects_are_changed_by_the_same_rules() -> None:
    cluster = world(osimage=[{"imagename": "img", "imagetype": "linux"}])
    assert changes_for(cluster, "osimage", "img", {"pkgdir": "/x"}) == [
        Put("linuximage", {"imagename": "img"}, {"pkgdir": "/x"})
    ]
    with pytest.raises(UsageError, match="unless imagetype value is windows"):
        changes_for(cluster, "osimage", "img", {"installto": "1"})
    with pytest.raises(UsageError, match="unless imagetype value is linux or windows"):
        changes_for(cluster, "osimage", "other", {"imagetype": "NIM", "template": "/x"})


async def test_what_is_written_to_a_database_is_what_is_read(tmp_path: Path) -> None:
    given = {
        "groups": "compute",
        "mgt": "ipmi",
        "bmc": r"|\D+(\d+)|10.0.0.($1)|",
        "bmcpassword": "s, |x|",
        "nodetype": "osi,switch",
        "snmpversion": "3",
        "nicips.eth0": "10.0.0.1",
        "switch": "sw1",
        "usercomment": "a <b> é",
    }
    store = await open_store(tmp_path / "xcat.sqlite")
    try:
        await store.write(changes_for(world_of(store.snapshot), "node", "n7", given), author="root")
        read = read_object(world_of(store.snapshot), "node", "n7", given)
        assert read == given | {"bmc": "10.0.0.7"}
        given = {"mgt": "openbmc", "snmpversion": "", "nicips.eth0": "", "switch": "sw2"}
        await store.write(changes_for(world_of(store.snapshot), "node", "n7", given), author="root")
        read = read_object(world_of(store.snapshot), "node", "n7", given)
        assert read == {"mgt": "openbmc", "switch": "sw2"}
    finally:
        await store.close()
