"""`mkdef`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen

ONE = "1 object definitions have been created or modified.\n"
TWO = "2 object definitions have been created or modified.\n"
FAILED = "One or more errors occured when attempting to create or modify xCAT object definitions."
NONE = "0 object definitions have been created or modified."
NOTHING = "No object definitions have been created or modified: no attributes were specified."
RULE = "The value of 'ip' is a rule that cannot be read: The pattern 'n(' has a ( that nothing closes: correct it."
LOG = "Objects of type 'auditlog' are records of a log: they can be shown and removed, not changed."
WORDS = "noderange can not contain spaces: 'n7 n8' are several words, write them with commas"
MGT = "Cannot set the attr='bmc' attribute unless mgt value is ipmi or openbmc."
CHOICE = "The options -d and -w choose the members of groups: use them with -t group."
UNKNOWN = "'bogus' is not a valid attribute name for an object type of 'node'."
FORMAT = 'please refer to "man xcatdb" for the valid "xCAT Object Name Format"'


def errors(*sentences: str) -> str:
    return "".join(f"Error: [mn1]: {sentence}\n" for sentence in sentences)


def exists(name: str) -> str:
    return (
        f"Warning: [mn1]: A definition for '{name}' already exists. No changes will be made."
        "  Run again with '-f' option to force replace.\n"
    )


async def show(desk: Desk, words: str) -> str:
    return await desk.ok(f"lsdef -c {words}")


@pytest.mark.parametrize("names", ["n[01-03]", "-o n01-n03", "-t node n01,n02,n03", "-t node -o n[01-02] n03"])
async def test_nodes_of_a_noderange(cluster: Desk, names: str) -> None:
    text = await cluster.ok(f"mkdef {names} groups=compute,all mgt=ipmi bmc=b arch=x86_64")
    assert text == "3 object definitions have been created or modified.\n"
    assert await show(cluster, "n03 -i groups,bmc,arch") == "n03: arch=x86_64\nn03: bmc=b\nn03: groups=compute,all\n"
    assert await cluster.ok("nodels n01-n03") == "n01\nn02\nn03\n"


async def test_one_transaction(cluster: Desk) -> None:
    before = len(await cluster.store.history.entries())
    await cluster.ok("mkdef n[001-100] groups=all mgt=ipmi arch=x86_64")
    assert len(await cluster.store.history.entries()) == before + 1


async def test_what_exists_is_left_alone(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type("mkdef -t node n1 groups=all") == Seen("", exists("n1") + errors(NONE), 1)
    assert cluster.store.snapshot.revision == before
    assert await cluster.type("mkdef n1,n7 groups=all") == Seen(ONE, exists("n1"), 0)
    assert await show(cluster, "n1,n7 -i groups") == "n1: groups=compute,all\nn7: groups=all\n"


async def test_what_exists_is_replaced_by_force(cluster: Desk) -> None:
    await cluster.ok("chdef n1 os=sles15 usercomment=old ip=10.0.0.1")
    assert await cluster.ok("mkdef -f n1,n7 groups=switch ip=10.0.0.7") == TWO
    assert await cluster.ok("nodels n1 nodelist.comments nodetype.os hosts.ip ipmi.username") == (
        "n1: nodelist.comments: \nn1: nodetype.os: \nn1: hosts.ip: 10.0.0.7\nn1: ipmi.username: \n"
    )


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("mkdef n7 groups=all bogus=1 arch=x", [UNKNOWN, "Skipping to the next attribute."]),
        ("mkdef n7 mgt=ipmi", ["Attribute 'groups' is not specified for node 'n7', skipping to the next node.", FAILED]),
        ("mkdef n7", [f"{NOTHING} The 'groups' attribute is required when creating node definitions."]),
        ("mkdef -t rack r1", [NOTHING]),
        ("mkdef n7 groups=switch bmc=1.2.3.4", [MGT, FAILED]),
        ("mkdef a.b,c.d groups=all", ["The object name 'a.b,c.d' is invalid, Cannot use '.' in node name."]),
        ("mkdef 'a&b,ok' groups=all", [f"The object name 'a&b' is invalid, {FORMAT}"]),
        ("mkdef -t group g[1-2] mgt=ipmi", [f"The object name 'g[1-2]' is invalid, {FORMAT}"]),
        ("mkdef -t group n1 members=n2", ["'n1' is the name of a node: choose another name for the group.", FAILED]),
        ("mkdef -t nosuch x y=1", ["\nType 'nosuch' is not a valid xCAT object type."]),
        ("mkdef -t node,group x y=1", ["Cannot combine multiple types with 'att=val' pairs on the command line."]),
        ("mkdef -t auditlog 5 comments=x", [LOG]),
        ("mkdef groups=all", ["No object names were provided."]),
        ("mkdef", ["No object names were provided."]),
        ("mkdef n7 n8 groups=all", [WORDS]),
        ("mkdef n7 =all", ["Incorrect 'attr=val' pair - =all."]),
        ("mkdef n7 groups=all ip='|n(|1|'", [RULE]),
        ("mkdef n7 groups=all -w mgt==ipmi", [CHOICE]),
        ("mkdef -u n7 -t node groups=all", ["Option '-u' only work for objtype 'osimage'."]),
        ("mkdef -z -t node", ["Cannot combine '-t' and '-a', '-z', or '-x' options."]),
        ("mkdef -z n1", ["Cannot use '-z' with '-o' or a noderange; write cat stanzafile | mkdef -z"]),
        ("mkdef -z", ["No object names were provided."]),
    ],
)  # fmt: skip
async def test_a_mistake_is_named_and_nothing_is_created(cluster: Desk, line: str, sentences: list[str]) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(line, stdin="") == Seen("", errors(*sentences), 1)
    assert cluster.store.snapshot.revision == before


async def test_good_objects_are_created_beside_a_bad_one(cluster: Desk) -> None:
    stanzas = "n7:\n objtype=node\n groups=all\nn8:\n objtype=node\n mgt=ipmi\n"
    sentence = "Attribute 'groups' is not specified for node 'n8', skipping to the next node."
    assert await cluster.type("mkdef -z", stdin=stanzas) == Seen("", errors(sentence, FAILED), 1)
    assert await show(cluster, "n7 -i groups") == "n7: groups=all\n"


async def test_capital_letters_are_a_warning(cluster: Desk) -> None:
    sentence = "contains capital letters which may not be resolved correctly by the dns server."
    seen = await cluster.type("mkdef N7,n8,N9 groups=all")
    assert (seen.stderr, seen.status) == (f"Warning: [mn1]: The node name 'N7,N9' {sentence}\n", 0)


async def test_the_groups_of_a_new_node_decide_what_it_may_have(cluster: Desk) -> None:
    assert await cluster.ok("mkdef n7 groups=compute bmcpassword=x") == ONE
    assert await cluster.ok("gettab node=n7 ipmi.password") == "x\n"


async def test_stanzas(cluster: Desk) -> None:
    text = (
        "# <xCAT data object stanza file>\n\ndefault-node:\n    groups=all\n    arch=x86_64\n\n"
        'n7:\n    objtype=node\n    nicips.eth0=10.0.0.7\n    nicips.eth1=10.1.0.7\n    usercomment="a b"\n'
        "n8:\n    objtype=node\n    arch=ppc64le\n"
        "net7:\n    objtype=network\n    net=7.0.0.0\n    mask=255.0.0.0\n"
        "g7:\n    objtype=group\n    members=n7,n1\n    mgt=ipmi\n"
    )
    assert await cluster.ok("mkdef -z", stdin=text) == "4 object definitions have been created or modified.\n"
    assert await show(cluster, "n7 -i groups,nicips,usercomment,arch,mgt") == (
        "n7: arch=x86_64\nn7: groups=all,g7\nn7: mgt=ipmi\n"
        "n7: nicips.eth0=10.0.0.7\nn7: nicips.eth1=10.1.0.7\nn7: usercomment=a b\n"
    )
    assert await show(cluster, "n1,n8 -i groups,arch") == (
        "n1: arch=\nn1: groups=compute,all,g7\nn8: arch=ppc64le\nn8: groups=all\n"
    )


async def test_what_lsdef_writes_mkdef_reads(cluster: Desk) -> None:
    await cluster.ok("chdef -t group compute grouptype=static")
    for words in ("compute", "-t network net10", "-t site -o clustersite", "-t group compute"):
        stanzas = await cluster.ok(f"lsdef -l -z {words}")
        assert (await cluster.type("mkdef -z -f", stdin=stanzas)).status == 0
        assert await cluster.ok(f"lsdef -l -z {words}") == stanzas


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("n7:\n  objtype=node\n  groups=all\nn8\n", ["Line 4 of the stanza file is neither a header (name:) nor attr=value: n8"]),
        ("n7:\n  groups=all\n", ["\nNo objtype value was specified for 'n7'. Cannot create object definition."]),
        ("n7:\n  objtype=bogus\n", ["\nType 'bogus' of 'n7' is not a valid xCAT object type."]),
        ("n7:\n  objtype=node\n  groups=all\n  bogus=1\n", [UNKNOWN]),
    ],
)  # fmt: skip
async def test_a_bad_stanza_file_creates_nothing(cluster: Desk, text: str, sentences: list[str]) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type("mkdef -z", stdin=text) == Seen("", errors(*sentences), 1)
    assert cluster.store.snapshot.revision == before


async def test_networks(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -t network net7 net=7.0.0.0 mask=255.0.0.0") == ONE
    same = "already exists that contains the same net and mask values. Cannot create a definition for"
    for line, sentence in (
        (
            "net7 net=1.0.0.0 mask=255.0.0.0",
            "A network definition called 'net7' already exists. Cannot create a definition for 'net7'.",
        ),
        ("net8 net=7.0.0.0 mask=255.0.0.0", f"A network definition called 'net7' {same} 'net8'."),
        ("net8 net=8.0.0.0", "Net or mask value should not be empty for xCAT network object 'net8'."),
    ):  # fmt: skip
        assert await cluster.type(f"mkdef -t network {line}") == Seen("", errors(sentence, FAILED), 1)
    assert await cluster.ok("mkdef -f -t network net7 net=7.0.0.0 mask=255.255.0.0") == ONE


async def test_networks_that_overlap_are_written_with_a_warning(cluster: Desk) -> None:
    said = (
        "Warning: [mn1]: The network 'inner' overlaps the network 'wide' (7.0.0.0/8): an address in both counts for the smaller "
        "one. Remove or disable the one that the cluster does not use.\n"
    )
    await cluster.ok("mkdef -t network wide net=7.0.0.0 mask=255.0.0.0")
    assert await cluster.type("mkdef -t network inner net=7.1.0.0 mask=255.255.0.0") == Seen(ONE, said, 0)
    assert await cluster.ok("chdef -t network inner gateway=7.1.0.1") == ONE
    assert await cluster.type("chdef -t network inner net=7.2.0.0 mask=255.255.0.0") == Seen(ONE, said, 0)
    assert await cluster.ok("chdef -t network inner net=17.2.0.0") == ONE


async def test_every_type_can_be_created_and_read(cluster: Desk) -> None:
    await cluster.ok("chdef -t site checkvalues=no")
    for kind, words in {
        "boottarget": "kernel=/k",
        "kit": "basename=b",
        "kitcomponent": "kitname=k",
        "kitrepo": "kitname=k",
        "monitoring": "nodestatmon=Y montype=x",
        "notification": "tables=nodelist tableops=a",
        "osdistro": "basename=b",
        "osdistroupdate": "dirpath=/d",
        "osimage": "imagetype=linux pkgdir=/p",
        "pdu": "nodetype=pdu outlet=8",
        "policy": "name=joe rule=allow",
        "rack": "num=7",
        "route": "net=10.0.0.0",
        "taskstate": "state=x",
        "zone": "sshkeydir=/k",
        "zvmivp": "ip=1.2.3.4",
    }.items():
        assert await cluster.ok(f"mkdef -t {kind} -o thing {words}") == ONE
        shown = await show(cluster, f"-t {kind} -o thing -i {words.replace(' ', ',').partition('=')[0]}")
        assert shown == f"thing: {words.partition(' ')[0]}\n"
        assert await cluster.ok(f"rmdef -t {kind} -o thing") == "1 object definitions have been removed.\n"
    assert await cluster.ok("tabdump monsetting") == "#name,key,value,comments,disable\n"


async def test_old_names_of_attributes(cluster: Desk) -> None:
    assert await cluster.ok("mkdef n7 groups=all rackloc=r1 setupftpt=1") == ONE
    assert await show(cluster, "n7 -i rack,setuptftp") == "n7: rack=r1\nn7: setuptftp=1\n"


async def test_the_name_may_be_said_twice(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -t network net7 netname=net7 net=7.0.0.0 mask=255.0.0.0") == ONE


async def test_a_template_that_is_shipped(cluster: Desk) -> None:
    line = "mkdef n7 --template x86_64-template"
    assert await cluster.type(line) == Seen("", errors('The attribute "bmc" must be specified!'), 1)
    assert await cluster.ok(f"{line} bmc=1.2.3.4 ip=1.2.3.5 groups=compute") == ONE
    assert await show(cluster, "n7 -i groups,mgt,netboot,bmcusername,bmc") == (
        "n7: bmc=1.2.3.4\nn7: bmcusername=\nn7: groups=compute\nn7: mgt=ipmi\nn7: netboot=xnba\n"
    )


async def test_an_object_as_template(cluster: Desk) -> None:
    await cluster.ok("chdef n1 os=sles15 ip=1.2.3.4 postscripts=mine status=booted")
    assert await cluster.ok("mkdef n7 --template n1 ip=5.6.7.8") == ONE
    assert await show(cluster, "n7 -i groups,os,ip,status,postscripts") == (
        "n7: groups=compute,all\nn7: ip=5.6.7.8\nn7: os=sles15\nn7: postscripts=syslog,remoteshell,mine\nn7: status=\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("n7 --template a,b", "Only 1 template object definition should be specified for mkdef!"),
        ("n7 --template nosuch", "Could not find the template object named 'nosuch' of type 'node'."),
        ("n1 --template n1", "The template node cannot be the same as the node to create."),
        ("-z --template n1", "The file input can not be used with --template option!"),
    ],
)
async def test_a_template_that_cannot_be_used(cluster: Desk, words: str, sentence: str) -> None:
    assert await cluster.type(f"mkdef {words} groups=all", stdin="") == Seen("", errors(sentence), 1)


async def test_a_dry_run(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.ok("mkdef --dry-run -V n7 groups=all arch=x86_64") == (
        "[mn1]: nodelist node=n7: would be added: node=n7, groups=all\n"
        "[mn1]: nodetype node=n7: would be added: node=n7, arch=x86_64\n"
    )
    assert cluster.store.snapshot.revision == before


async def test_verbose(cluster: Desk) -> None:
    assert await cluster.ok("mkdef -V n8,n7 groups=all") == (
        "[mn1]: node n8: groups\n[mn1]: node n7: groups\n"
        "[mn1]: The database was updated for the following objects:\n[mn1]: n7\n[mn1]: n8\n"
        f"[mn1]: {TWO}"
    )


async def test_the_attributes_of_a_type(cluster: Desk) -> None:
    assert "kernel:" in await cluster.ok("mkdef -h -t boottarget")
    assert "mkdef" in await cluster.ok("mkdef -h")


async def test_new_nodes_are_excluded_and_intersected(cluster: Desk) -> None:
    await cluster.ok("mkdef m[1-4],-m2 groups=all")
    await cluster.ok("mkdef k[1-3]@k2 groups=all")
    assert await cluster.ok("nodels /[mk].*") == "k2\nm1\nm3\nm4\n"
    seen = await cluster.type("mkdef m8@m9 groups=all")
    assert seen == Seen("", errors("No node in 'm8@m9', check the noderange syntax."), 1)


async def test_force_does_not_replace_a_node_by_one_without_groups(cluster: Desk) -> None:
    before = cluster.store.snapshot.revision
    seen = await cluster.type("mkdef -f n1 mgt=ipmi")
    sentence = "Attribute 'groups' is not specified for node 'n1', skipping to the next node."
    assert seen == Seen("", errors(sentence, FAILED), 1)
    assert cluster.store.snapshot.revision == before


async def test_a_file_and_names_do_not_go_together(cluster: Desk) -> None:
    for flag, file in (("-z", "stanzafile"), ("-x", "xmlfile")):
        seen = await cluster.type(f"mkdef {flag} n7", stdin="")
        assert seen.stderr == errors(f"Cannot use '{flag}' with '-o' or a noderange; write cat {file} | mkdef {flag}")
