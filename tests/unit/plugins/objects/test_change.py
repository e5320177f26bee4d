"""`chdef`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen

ONE = "1 object definitions have been created or modified.\n"
TWO = "2 object definitions have been created or modified.\n"
FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."


async def show(desk: Desk, words: str) -> str:
    return await desk.ok(f"lsdef -c {words}")


async def test_attributes_are_set_for_every_node_of_a_noderange(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t node compute mgt=openbmc usercomment='a <b> & \"c\" é'") == TWO
    assert await show(cluster, "n1,n2 -i mgt,usercomment") == (
        'n1: mgt=openbmc\nn1: usercomment=a <b> & "c" é\nn2: mgt=openbmc\nn2: usercomment=a <b> & "c" é\n'
    )


async def test_an_empty_value_clears_the_nodes_own_cell(cluster: Desk) -> None:
    await cluster.ok("chdef n1 mgt=openbmc")
    assert await cluster.ok("chdef n1 mgt=") == ONE
    assert await show(cluster, "n1 -i mgt") == "n1: mgt=ipmi\n"


@pytest.mark.parametrize(
    ("words", "postscripts"),
    [
        ("-p postscripts=b,c", "syslog,remoteshell,a,b,c"),
        ("-m postscripts=a", "syslog,remoteshell,b"),
        ("postscripts=z", "syslog,remoteshell,z"),
    ],
)
async def test_items_are_added_to_an_inherited_list_or_taken_out(cluster: Desk, words: str, postscripts: str) -> None:
    await cluster.fill(postscripts=[{"node": "compute", "postscripts": "a,b"}])
    assert await cluster.ok(f"chdef -t node -o n1 {words}") == ONE
    assert await show(cluster, "n1 -i postscripts") == f"n1: postscripts={postscripts}\n"


async def test_an_item_that_is_not_there_cannot_be_taken_out(cluster: Desk) -> None:
    seen = await cluster.type("chdef n1 -m groups=all,nosuch")
    error = "nosuch is not in the attribute of 'groups' for the 'n1' definition."
    assert seen == Seen(ONE, f"Error: [mn1]: {error}\n", 1)
    assert await show(cluster, "n1 -i groups") == "n1: groups=compute\n"


async def test_a_node_that_does_not_exist_is_created_when_it_gets_groups(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t node -o n[2-4] groups=compute arch=x86_64") == (
        "3 object definitions have been created or modified.\nNew object definitions 'n3,n4' have been created.\n"
    )
    assert await show(cluster, "n4 -i groups,arch,bmc") == "n4: arch=x86_64\nn4: bmc=10.0.0.4\nn4: groups=compute\n"


@pytest.mark.parametrize(
    ("line", "errors"),
    [
        (
            "chdef -t node n1 nosuchattr=1",
            ["'nosuchattr' is not a valid attribute name for an object type of 'node'.", "Skipping to the next attribute."],
        ),
        ("chdef sw1 bmc=1.2.3.4", ["Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc."]),
        ("chdef n3 mgt=ipmi", ["Attribute 'groups' is not specified for node 'n3', skipping to the next node."]),
        ("chdef compute2 groups=x,y switch= node=n1", ["'node' is the name of the object itself: use chdef -n to change it."]),
        ("chdef 'a&b' groups=x", ["'a&b' cannot be a node's name: letters, digits, hyphens, dots and underscores can."]),
        ("chdef -t site -o nosuch x=1", ["Could not find an object named 'nosuch' of type 'site'; the only one is clustersite."]),
        ("chdef -t group n1 mgt=ipmi", ["'n1' is the name of a node: choose another name for the group."]),
        ("chdef -t group switch bmc=1", ["Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc."]),
        (
            "chdef -t group switch members=n1",
            ["The members of group 'switch' are set at the nodes: chdef -t node <noderange> -p groups=switch"],
        ),
    ],
)  # fmt: skip
async def test_an_object_that_cannot_be_changed_is_named(cluster: Desk, line: str, errors: list[str]) -> None:
    before = cluster.store.snapshot.revision
    stderr = "".join(f"Error: [mn1]: {error}\n" for error in [*errors, FAILED])
    assert await cluster.type(line) == Seen("", stderr, 1)
    assert cluster.store.snapshot.revision == before


async def test_what_can_be_done_is_done_beside_a_mistake(cluster: Desk) -> None:
    seen = await cluster.type("chdef n1,n9 mgt=openbmc bogus=1")
    assert seen == Seen(
        "",
        "Error: [mn1]: 'bogus' is not a valid attribute name for an object type of 'node'.\n"
        "Error: [mn1]: Skipping to the next attribute.\n"
        "Error: [mn1]: Attribute 'groups' is not specified for node 'n9', skipping to the next node.\n"
        f"Error: [mn1]: {FAILED}\n",
        1,
    )
    assert await show(cluster, "n1 -i mgt") == "n1: mgt=openbmc\n"


async def test_stanzas_from_standard_input(cluster: Desk) -> None:
    text = "n1:\n    objtype=node\n    usercomment=from stanza\nnet10:\n    objtype=network\n    mask=255.255.0.0\n"
    assert await cluster.ok("chdef -z", stdin=text) == TWO
    assert await show(cluster, "n1 -i usercomment") == "n1: usercomment=from stanza\n"
    assert await show(cluster, "-t network net10 -i mask") == "net10: mask=255.255.0.0\n"


async def test_the_command_line_chooses_among_stanzas_and_adds_attributes(cluster: Desk) -> None:
    assert await cluster.ok("chdef -z -o n1 arch=ppc64", stdin="n1:\n  os=sles15\nn2:\n  os=sles15\n") == ONE
    assert await show(cluster, "n1,n2 -i os,arch") == "n1: arch=ppc64\nn1: os=sles15\nn2: arch=\nn2: os=\n"


async def test_what_lsdef_writes_chdef_reads(cluster: Desk) -> None:
    stanzas = await cluster.ok("lsdef -z compute -i groups,arch,bmcusername")
    await cluster.ok("chdef compute groups=x,compute arch=x bmcusername=x")
    assert await cluster.ok("chdef -z", stdin=stanzas) == TWO
    assert await show(cluster, "compute -i groups") == "n1: groups=compute,all\nn2: groups=compute,all\n"
    assert await cluster.ok("lsdef -z compute -i groups,arch,bmcusername") == stanzas


async def test_the_site(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t site domain= sharedtftp=0") == ONE
    assert await cluster.ok("chdef -t site -o clustersite -p nameservers=10.0.0.1,10.0.0.2") == ONE
    assert await cluster.ok("chdef -t site -m nameservers=10.0.0.1") == ONE
    assert await cluster.ok("tabdump site") == (
        '#key,value,comments,disable\n"auditnosyslog","0",,\n"SNx","1",,\n"sharedtftp","0",,\n"nameservers","10.0.0.2",,\n'
    )


async def test_a_groups_values_are_inherited_by_its_members(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t group -o switch mgt=ipmi bmc=10.9.9.9 setupnfs=1") == ONE
    assert await cluster.ok("chdef -t group compute -p postscripts=a,b") == ONE
    assert await cluster.ok("chdef -t group compute -m postscripts=a") == ONE
    assert await show(cluster, "sw1 -i bmc,setupnfs") == "sw1: bmc=10.9.9.9\nsw1: setupnfs=1\n"
    assert await show(cluster, "n1 -i postscripts") == "n1: postscripts=syslog,remoteshell,b\n"


async def test_a_new_group_and_a_new_network(cluster: Desk) -> None:
    assert (
        await cluster.ok("chdef -t group later mgt=ipmi") == f"{ONE}New object definitions 'later' have been created.\n"
    )
    assert await cluster.ok("chdef -t network net11 net=11.0.0.0 mask=255.0.0.0") == (
        f"{ONE}New object definitions 'net11' have been created.\n"
    )
    assert await show(cluster, "-t network net11") == "net11: mask=255.0.0.0\nnet11: net=11.0.0.0\n"


async def test_verbose_names_the_objects_and_attributes(cluster: Desk) -> None:
    assert await cluster.ok("chdef -V n1 bmcpassword=secret") == f"[mn1]: node n1: bmcpassword\n[mn1]: {ONE}"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("chdef -t nosuch x y=1", "\nType 'nosuch' is not a valid xCAT object type."),
        ("chdef -t auditlog x y=1", "type 'auditlog' is not supported yet"),
        ("chdef n1", "chdef: nothing to change; write chdef [-t type] name attribute=value ..."),
        ("chdef mgt=ipmi", "chdef: which objects? Write chdef [-t type] name attribute=value ..."),
        ("chdef n1 =ipmi", "chdef: '=ipmi' is not an assignment; write it as attribute=value"),
        ("chdef -p -m n1 groups=x", "chdef: -p adds items and -m takes them out: give only one of them"),
        ("chdef -n n9 n1", "chdef -n is not supported yet"),
        ("chdef -t group g -d -w mgt==ipmi", "chdef -d is not supported yet"),
        (
            "chdef -z",
            "chdef -z: standard input has no stanza for the objects; write name: and attr=value lines",
        ),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(cluster: Desk, line: str, error: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(line, stdin="") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert cluster.store.snapshot.revision == before
