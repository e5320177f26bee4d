"""Groups as mkdef and chdef make them: lists of members, and conditions."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen

ONE = "1 object definitions have been created or modified.\n"
FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."


async def groups(desk: Desk, nodes: str = "n1,n2,sw1") -> list[str]:
    return (await desk.ok(f"lsdef -c {nodes} -i groups")).splitlines()


async def test_a_list_of_members(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -t group -o g7 members=n1,sw1 mgt=ipmi") == ONE
    assert await groups(cluster) == ["n1: groups=compute,all,g7", "n2: groups=compute,all", "sw1: groups=switch,g7"]
    assert await cluster.ok("tabdump nodegroup") == (
        '#groupname,grouptype,members,membergroups,wherevals,comments,disable\n"g7","static","static",,,,\n'
    )


@pytest.mark.parametrize(
    ("words", "members"),
    [("members=n2", "n2"), ("-p members=n2,sw1", "n1,n2,sw1"), ("-m members=n1", ""), ("members=", "")],
)
async def test_members_are_set_added_and_taken_out(cluster: Desk, words: str, members: str) -> None:
    await cluster.ok("mkdef -t group g7 members=n1")
    assert await cluster.ok(f"chdef -t group g7 {words}") == ONE
    shown = await cluster.ok("nodels g7") if members else ""
    assert shown.split() == members.replace(",", " ").split()


async def test_members_that_are_no_nodes_are_named(cluster: Desk) -> None:
    seen = await cluster.type("mkdef -t group g7 members=n1,n9")
    sentence = "Could not find a node named 'n9', skipping to the next node."
    assert seen == Seen(ONE, f"Error: [mn1]: {sentence}\n", 1)
    seen = await cluster.type("chdef -t group g7 -m members=n2")
    assert seen == Seen(ONE, "Error: [mn1]: n2 is not a member of 'g7'.\n", 1)
    assert await cluster.ok("nodels g7") == "n1\n"


async def test_a_list_without_a_single_node_leaves_the_members_alone(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 members=n1,n2")
    seen = await cluster.type("chdef -t group g7 members=n9")
    sentence = "Could not find a node named 'n9', skipping to the next node."
    assert seen == Seen(ONE, f"Error: [mn1]: {sentence}\n", 1)
    assert await cluster.ok("nodels g7") == "n1\nn2\n"


async def test_members_are_excluded_and_intersected_though_they_are_made_by_the_same_file(cluster: Desk) -> None:
    file = "g7:\n    objtype=group\n    members=m[1-3],-m2\n" + "".join(
        f"m{number}:\n    objtype=node\n    groups=all\n" for number in (1, 2, 3)
    )
    await cluster.ok("mkdef -z", stdin=file)
    assert await cluster.ok("nodels g7") == "m1\nm3\n"


async def test_a_dynamic_group_becomes_a_static_one_without_members(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 -d -w mgt==ipmi")
    await cluster.ok("chdef -t group g7 grouptype=static")
    assert '"g7","static","static",,"mgt==ipmi"' in await cluster.ok("tabdump nodegroup")


async def test_a_group_without_members_is_pointed_out(cluster: Desk) -> None:
    seen = await cluster.type("mkdef -t group g7 members=")
    assert seen == Seen(ONE, "Warning: [mn1]: Cannot determine a member list for group 'g7'.\n", 0)


async def test_a_group_that_only_nodes_name(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t group compute -m members=n1") == ONE
    assert await cluster.ok("chdef -t group switch members=n1,sw1") == ONE
    assert await groups(cluster) == ["n1: groups=all,switch", "n2: groups=compute,all", "sw1: groups=switch"]


async def test_conditions_choose_the_members_of_now(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -t group g7 -w mgt==ipmi -w groups=~compute") == ONE
    assert await cluster.ok("nodels g7") == "n1\nn2\n"
    assert await cluster.ok("chdef -t group g7 -w groups=~switch") == ONE
    assert await cluster.ok("nodels g7") == "sw1\n"
    assert await cluster.ok("gettab groupname=g7 nodegroup.wherevals nodegroup.grouptype") == (
        "nodegroup.wherevals: groups=~switch\nnodegroup.grouptype: static\n"
    )


async def test_a_dynamic_group(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -t group -o dyn -d -w mgt==ipmi -w os!=x") == ONE
    assert await cluster.ok("tabdump nodegroup -w groupname==dyn") == (
        "#groupname,grouptype,members,membergroups,wherevals,comments,disable\n"
        '"dyn","dynamic","dynamic",,"mgt==ipmi::os!=x",,\n'
    )
    await cluster.ok("chdef n1 os=y")
    assert await cluster.ok("nodels dyn") == "n1\n"
    assert await cluster.ok("chdef -t group dyn -m -w os!=x") == ONE
    assert await cluster.ok("nodels dyn") == "n1\nn2\n"
    assert await cluster.ok("chdef -t group dyn -p -w os=~y") == ONE
    assert await cluster.ok("nodels dyn") == "n1\n"
    assert await cluster.ok("chdef -t group dyn wherevals=groups=~switch") == ONE
    assert await cluster.ok("nodels dyn") == "sw1\n"


async def test_a_group_becomes_dynamic(cluster: Desk) -> None:
    await cluster.ok("mkdef -t group g7 members=sw1")
    assert await cluster.ok("chdef -t group g7 -d -w mgt==ipmi") == ONE
    assert await cluster.ok("nodels g7") == "n1\nn2\n"


async def test_a_group_about_whose_members_nothing_is_said(cluster: Desk) -> None:
    seen = await cluster.type("mkdef -t group g7 mgt=ipmi")
    assert seen == Seen(ONE, "Warning: [mn1]: Cannot determine a member list for group 'g7'.\n", 0)
    assert await cluster.ok("lsdef -t group g7 -c -i mgt,grouptype") == "g7: grouptype=static\ng7: mgt=ipmi\n"


async def test_force_replaces_what_members_inherit_and_keeps_them(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -f -t group compute members=sw1 cons=ipmi") == ONE
    assert await cluster.ok("lsdef n1 -c -i mgt,cons,groups") == "n1: cons=ipmi\nn1: groups=compute,all\nn1: mgt=\n"


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("mkdef -t group g7 -d", [
            "The 'where' attributes and values were not provided for dynamic group 'g7'.", "Skipping to the next group.", FAILED
        ]),
        ("mkdef -t group g7 -d -w mgt==ipmi os=x", ["Can not assign attributes to dynamic node group 'g7'.", FAILED]),
        ("mkdef -t group g7 -w mgt==ipmi members=n1", ["Cannot use a list of members together with the '-w' option.", FAILED]),
        ("mkdef -t group g7 -d -w mgt", [
            "Incorrect selection string specified with -w flag: 'mgt' is not attribute==value (or != =~ !~)."
        ]),
        ("mkdef -t group g7 -d -w bogus==1", ["Incorrect attribute 'bogus' in the selection string specified with -w flag."]),
        ("mkdef -t group g7 grouptype=dynamic wherevals=bogus==1", [
            "Cannot define the dynamic group 'g7': The condition 'bogus==1' names no attribute of nodes: bogus is none.", FAILED
        ]),
        ("chdef -t group n1 mgt=ipmi", ["'n1' is the name of a node: choose another name for the group.", FAILED]),
        ("chdef -t group g7 -m mgt=x", ["The '-m' option is not valid since the 'g7' definition does not exist.", FAILED]),
        ("chdef -t group switch bmc=1", ["Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc.", FAILED]),
    ],
)  # fmt: skip
async def test_a_mistake_is_named_and_nothing_is_changed(cluster: Desk, line: str, sentences: list[str]) -> None:
    before = cluster.store.snapshot.revision
    stderr = "".join(f"Error: [mn1]: {sentence}\n" for sentence in sentences)
    assert await cluster.type(line) == Seen("", stderr, 1)
    assert cluster.store.snapshot.revision == before
