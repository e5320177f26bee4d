"""`chdef`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen

NONE = "No object definitions have been created or modified.\n"
ONE = "1 object definitions have been created or modified.\n"
TWO = "2 object definitions have been created or modified.\n"
LOG = "are records of a log: they can be shown and removed, not changed."
NICS = "chdef does not support to change the nic related attributes with -m or -p flag."
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


async def test_an_item_that_is_not_there_leaves_the_list_as_it_is(cluster: Desk) -> None:
    seen = await cluster.type("chdef n1 -m groups=all,nosuch")
    error = "nosuch is not in the attribute of 'groups' for the 'n1' definition."
    assert seen == Seen(NONE, f"Error: [mn1]: {error}\n", 1)
    assert await show(cluster, "n1 -i groups") == "n1: groups=compute,all\n"
    seen = await cluster.type("chdef n1 -m groups=all postscripts=x")
    error = "No value got for attribute 'postscripts' for the 'n1' definition."
    assert seen == Seen(ONE, f"Error: [mn1]: {error}\n", 1)
    assert await show(cluster, "n1 -i groups") == "n1: groups=compute\n"


async def test_scripts_that_all_nodes_run_are_not_listed_twice(cluster: Desk) -> None:
    seen = await cluster.type("chdef n1 postscripts=a,syslog,b postbootscripts=otherpkgs")
    twice = "is already included in the 'xcatdefaults'."
    warnings = (
        f"Warning: [mn1]: n1: postscripts 'syslog' {twice}\nWarning: [mn1]: n1: postbootscripts 'otherpkgs' {twice}\n"
    )
    assert seen == Seen(ONE, warnings, 0)
    assert await show(cluster, "n1 -i postscripts") == "n1: postscripts=syslog,remoteshell,a,b\n"


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
        ("chdef -t site -o nosuch x=1", ["Could not find an object named 'nosuch' of type 'site'; the only one is clustersite."]),
        ("chdef -t group n1 mgt=ipmi", ["'n1' is the name of a node: choose another name for the group."]),
        ("chdef -t group switch bmc=1", ["Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc."]),
        ("chdef -t node -m n3 groups=x", ["The '-m' option is not valid since the 'n3' definition does not exist."]),
        ("chdef -t network net11 net=1.0.0.0", ["Net or mask value should not be empty for xCAT network object 'net11'."]),
        (
            "chdef -t osimage img nfsrootopts=rw",
            ["nfsrootopts cannot contain 'rw'; statelite NFS roots are always read-only"],
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


async def test_the_command_line_adds_attributes_to_stanzas(cluster: Desk) -> None:
    stanzas = "n1:\n  objtype=node\n  os=sles15\nn2:\n  objtype=node\n"
    assert await cluster.ok("chdef -z arch=ppc64", stdin=stanzas) == TWO
    assert await show(cluster, "n1,n2 -i os,arch") == "n1: arch=ppc64\nn1: os=sles15\nn2: arch=ppc64\nn2: os=\n"


async def test_stanzas_of_which_one_has_no_type(cluster: Desk) -> None:
    stanzas = "n1:\n  objtype=node\n  os=sles15\n  bogus=1\nn2:\n  os=sles15\n"
    sentences = [
        "'bogus' is not a valid attribute name for an object type of 'node'.",
        "\nNo objtype value was specified for 'n2'. Cannot create object definition.",
        FAILED,
    ]
    stderr = "".join(f"Error: [mn1]: {sentence}\n" for sentence in sentences)
    assert await cluster.type("chdef -z", stdin=stanzas) == Seen("", stderr, 1)
    assert await show(cluster, "n1,n2 -i os") == "n1: os=sles15\nn2: os=\n"


async def test_what_lsdef_writes_chdef_reads(cluster: Desk) -> None:
    await cluster.ok("chdef compute nicips.eth0=10.0.0.1 nicips.eth1=10.1.0.1")
    stanzas = await cluster.ok("lsdef -z compute -i groups,arch,bmcusername,nicips")
    await cluster.ok("chdef compute groups=x,compute arch=ppc64 bmcusername=x nicips.ib0=10.2.0.1")
    assert await cluster.ok("chdef -z", stdin=stanzas) == TWO
    assert await show(cluster, "compute -i groups") == "n1: groups=compute,all\nn2: groups=compute,all\n"
    assert await cluster.ok("lsdef -z compute -i groups,arch,bmcusername,nicips") == stanzas


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
    assert await show(cluster, "-t network net11 -i mask,net") == "net11: mask=255.0.0.0\nnet11: net=11.0.0.0\n"


async def test_capital_letters_and_names_that_cannot_be(cluster: Desk) -> None:
    capital = "contains capital letters which may not be resolved correctly by the dns server."
    seen = await cluster.type("chdef N7 groups=all")
    assert seen.stdout == f"{ONE}New object definitions 'N7' have been created.\n"
    assert (seen.stderr, seen.status) == (f"Warning: [mn1]: The node name 'N7' {capital}\n", 0)
    seen = await cluster.type("chdef n8,a.b,'a&b' groups=all")
    assert seen.stderr == (
        "Error: [mn1]: The object name 'a.b' is invalid, Cannot use '.' in node name.\n"
        "Error: [mn1]: The object name 'a&b' is invalid, please refer to \"man xcatdb\" for the valid"
        ' "xCAT Object Name Format"\n'
    )
    assert (seen.stdout, seen.status) == (f"{ONE}New object definitions 'n8' have been created.\n", 1)


async def test_a_node_with_a_dot_in_its_name_can_be_changed(cluster: Desk) -> None:
    await cluster.ok("nodeadd n1.b groups=all")
    assert await cluster.ok("chdef n1.b os=sles15") == ONE


async def test_the_groups_that_a_node_is_to_have_decide_what_it_may_have(cluster: Desk) -> None:
    assert await cluster.ok("chdef sw1 groups=switch,compute bmcpassword=x") == ONE
    assert await cluster.ok("gettab node=sw1 ipmi.password") == "x\n"


async def test_what_fitted_before_may_be_said_together_with_what_comes(cluster: Desk) -> None:
    assert await cluster.ok("chdef n1 mgt=kvm bmcusername=x") == ONE
    assert await cluster.ok("gettab node=n1 ipmi.username nodehm.mgt") == "ipmi.username: x\nnodehm.mgt: kvm\n"


async def test_nothing_to_change_is_no_error(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    for words in ("n1", "-t site", "-t group compute", "-t network net10"):
        assert await cluster.ok(f"chdef {words}") == NONE
    assert cluster.store.snapshot.revision == before
    assert await cluster.ok("chdef -V n1") == "[mn1]: No database was updated\n"


async def test_nics_one_by_one(cluster: Desk) -> None:
    await cluster.fill(nics=[{"node": "n1", "nicips": "eth0!10.0.0.1,ib0!10.1.0.1"}])
    assert await cluster.ok("chdef n1 nicips.eth0='10.0.0.9|10.0.0.8' nicips.ib0= nictypes.eth0=ethernet") == ONE
    assert await cluster.ok("gettab node=n1 nics.nicips nics.nictypes") == (
        "nics.nicips: eth0!10.0.0.9|10.0.0.8\nnics.nictypes: eth0!ethernet\n"
    )


async def test_an_image_keeps_its_parts_where_its_type_says(cluster: Desk) -> None:
    await cluster.ok("chdef -t osimage img imagetype=linux template=/a pkgdir=/b")
    assert await cluster.ok("chdef -t osimage img template=/c") == ONE
    assert await cluster.ok("tabdump linuximage -w imagename==img") != await cluster.ok("tabdump winimage")
    assert await cluster.ok("gettab imagename=img linuximage.template") == "/c\n"
    await cluster.ok("chdef -t osimage other provmethod=install")
    assert await show(cluster, "-t osimage other -i imagetype") == "other: imagetype=NIM\n"


async def test_settings_of_monitoring_are_rows(cluster: Desk) -> None:
    assert await cluster.ok("chdef -t monitoring xcatmon nodestatmon=Y apps=ssh,ll") == (
        f"{ONE}New object definitions 'xcatmon' have been created.\n"
    )
    assert await cluster.ok("chdef -t monitoring xcatmon -p apps=ssh,x") == ONE
    assert await cluster.ok("chdef -t monitoring xcatmon -m apps=ll") == ONE
    assert await cluster.ok("chdef -t monitoring xcatmon rmetrics_IBM.x=1 nosuch=") == ONE
    assert await cluster.ok("tabdump monsetting") == (
        '#name,key,value,comments,disable\n"xcatmon","apps","ssh,x",,\n"xcatmon","rmetrics_IBM.x","1",,\n'
    )
    assert (
        await cluster.ok("chdef -n other -t monitoring xcatmon") == "Changed the object name from xcatmon to other.\n"
    )
    assert await show(cluster, "-t monitoring other -i apps") == "other: apps=ssh,x\n"


async def test_one_write_for_all_types(cluster: Desk) -> None:
    before = len(await cluster.store.history.entries())
    stanzas = "g7:\n objtype=group\n members=n1,n7\nn7:\n objtype=node\n groups=all\nnet10:\n objtype=network\n mtu=9\n"
    await cluster.ok("chdef -z", stdin=stanzas)
    assert len(await cluster.store.history.entries()) == before + 1
    assert await show(cluster, "n1,n7 -i groups") == "n1: groups=compute,all,g7\nn7: groups=all,g7\n"


async def test_a_dry_run(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.ok("chdef --dry-run n1 usercomment=x") == "nodelist node=n1: comments (empty) -> x\n"
    assert cluster.store.snapshot.revision == before


async def test_verbose_names_the_objects_and_attributes(cluster: Desk) -> None:
    assert await cluster.ok("chdef -V n1 bmcpassword=secret") == (
        "[mn1]: node n1: bmcpassword\n[mn1]: The database was updated for the following objects:\n[mn1]: n1\n"
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("chdef -t nosuch x y=1", "\nType 'nosuch' is not a valid xCAT object type."),
        ("chdef -t auditlog x y=1", f"Objects of type 'auditlog' {LOG}"),
        ("chdef -t node,group x y=1", "Cannot combine multiple types with 'att=val' pairs on the command line."),
        ("chdef mgt=ipmi", "No object names were provided."),
        ("chdef -t network mtu=9", "No object names were provided."),
        ("chdef -z", "No object names were provided."),
        ("chdef -z n1", "Cannot use '-z' with '-o' or a noderange; write cat stanzafile | chdef -z"),
        ("chdef -z -t node", "Cannot combine '-t' and '-a', '-z', or '-x' options."),
        ("chdef n1 n2 mgt=ipmi", "noderange can not contain spaces: 'n1 n2' are several words, write them with commas"),
        ("chdef n1 =ipmi", "Incorrect 'attr=val' pair - =ipmi."),
        ("chdef -p -m n1 groups=x", "chdef: -p adds items and -m takes them out: give only one of them"),
        ("chdef -p n1 nicips.eth0=1.2.3.4", NICS),
        ("chdef -m -t group compute nicips.eth0=1.2.3.4", NICS),
        ("chdef n1 mtm=x --template y", "The option '--template' can not be used with 'chdef'."),
        ("chdef n1 -w mgt==ipmi os=x", "The options -d and -w choose the members of groups: use them with -t group."),
        (
            "chdef n1 ip='|a(|b|'",
            "The value of 'ip' is a rule that cannot be read: The pattern 'a(' has a ( that nothing closes: correct it.",
        ),
        ("chdef -u -p -t osimage img profile=x", "Cannot use '-u' with '-p' or '-m'."),
        ("chdef -u -t osimage img profile=x", "The profile and provmethod are all need to be specified."),
    ],
)  # fmt: skip
async def test_a_mistake_is_named_and_nothing_is_changed(cluster: Desk, line: str, error: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(line, stdin="") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert cluster.store.snapshot.revision == before
