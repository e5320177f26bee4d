"""`lsdef`."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.objects import TYPES
from xcatd.plugins.objects.templates import TEMPLATES
from xcatd.store import Append

N1 = """\
Object name: n1
    bmc=10.0.0.1
    bmcusername=ADMIN
    groups=compute,all
    mgt=ipmi
    postbootscripts=otherpkgs
    postscripts=syslog,remoteshell
"""
N2 = """\
Object name: n2
    bmc=10.0.0.2
    groups=compute,all
    mgt=ipmi
    postbootscripts=otherpkgs
    postscripts=syslog,remoteshell
"""


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("lsdef", "n1  (node)\nn2  (node)\nsw1  (node)\n"),
        ("lsdef -t node", "n1  (node)\nn2  (node)\nsw1  (node)\n"),
        ("lsdef -t node -a", "n1 (node)\nn2 (node)\nsw1 (node)\n"),
        ("lsdef -S", "h1  (node)\nn1  (node)\nn2  (node)\nsw1  (node)\n"),
        ("lsdef -s compute", "n1  (node)\nn2  (node)\n"),
        ("lsdef -t network,site", "net10  (network)\nclustersite  (site)\n"),
        ("lsdef -w mgt==ipmi -w bmc=~2", "n2  (node)\n"),
        ("lsdef -w mgt!=hmc", "n1  (node)\nn2  (node)\n"),
        ("lsdef -w mgt!=ipmi", "No object definitions have been found\n"),
        ("lsdef -w mgt!~hm -w groups=~/compute/ -w node!=n1", "n2  (node)\n"),
        ("lsdef -w mgt==", "sw1  (node)\n"),
        ("lsdef -w mgt=ipmi -w mgt!=hmc -w bmcusername==ADMIN", "n1  (node)\n"),
        ("lsdef -a -w net==10.0.0.0", "net10 (network)\n"),
        ("lsdef -t group -w members=~n2 -w groupname!=all", "compute  (group)\n"),
        ("lsdef -w mgt==nosuch", "No object definitions have been found\n"),
        ("lsdef -t osimage", "Could not find any object definitions to display.\n"),
        ("lsdef -t group", "all  (group)\ncompute  (group)\nswitch  (group)\n"),
    ],
)
async def test_the_short_form_lists_names_and_types(cluster: Desk, line: str, output: str) -> None:
    assert await cluster.ok(line) == output


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("lsdef n1", N1),
        ("lsdef -t node -o compute", N1 + N2),
        ("lsdef n1 n2", N1 + N2),
        ("lsdef -l -w mgt==ipmi", N1 + N2),
        ("lsdef all -i groups", "Object name: n1\n    groups=compute,all\nObject name: n2\n    groups=compute,all\n"),
        ("lsdef h1 -i groups", "Object name: h1\n    groups=all\n"),
        ("lsdef n1 -i mgt,cons -i bmc", "Object name: n1\n    bmc=10.0.0.1\n    cons=\n    mgt=ipmi\n"),
        ("lsdef -c n1,n2 -i mgt,bmc", "n1: bmc=10.0.0.1\nn1: mgt=ipmi\nn2: bmc=10.0.0.2\nn2: mgt=ipmi\n"),
        ("lsdef -c sw1 -i mgt", "sw1: mgt=\n"),
        (
            "lsdef -z n1,sw1 -i groups,mgt",
            "# <xCAT data object stanza file>\n\nn1:\n    objtype=node\n    groups=compute,all\n    mgt=ipmi\n"
            "\nsw1:\n    objtype=node\n    groups=switch\n    mgt=\n",
        ),
        (
            "lsdef -z n1",
            "# <xCAT data object stanza file>\n\nn1:\n    objtype=node\n    bmc=10.0.0.1\n    bmcusername=ADMIN\n"
            "    groups=compute,all\n    mgt=ipmi\n",
        ),
        ("lsdef -z -s -t network", "# <xCAT data object stanza file>\n\nnet10:\n"),
        (
            "lsdef -t network,site -l -i net,domain",
            "Object name: net10  (network)\n    domain=\n    net=10.0.0.0\n"
            "Object name: clustersite  (site)\n    domain=cluster.test\n",
        ),
        ("lsdef -t site -o clustersite -i master", "Object name: clustersite\n"),
        ("lsdef n1 -i serialnumber,rackloc", "Object name: n1\n    rack=\n    serial=\n"),
        ("lsdef -f -m -p -d -u -C --nocache -n x n1 -i mgt", "Object name: n1\n    mgt=ipmi\n"),
        ("lsdef -t network net10", "Object name: net10\n    mask=255.0.0.0\n    net=10.0.0.0\n"),
        ("lsdef -t site -l", "Object name: clustersite\n    SNx=1\n    auditnosyslog=0\n    domain=cluster.test\n"),
        ("lsdef -t site -i domain,nosuch", "Object name: clustersite\n    domain=cluster.test\n"),
        (
            "lsdef -t group -l compute",
            "Object name: compute\n    bmc=|\\D+(\\d+)|10.0.0.($1)|\n    members=n2,n1\n    mgt=ipmi\n",
        ),
        ("lsdef -t group -o switch -i members,mgt", "Object name: switch\n    members=sw1\n    mgt=\n"),
    ],
)
async def test_the_long_form_shows_attributes_sorted_without_empty_ones(cluster: Desk, line: str, output: str) -> None:
    assert await cluster.ok(line) == output


async def test_attributes_of_nics_are_shown_nic_by_nic(cluster: Desk) -> None:
    await cluster.fill(
        nics=[
            {
                "node": "n1",
                "nicips": "eth0!10.1.0.1|10.1.0.2,eth1!10.2.0.1",
                "nictypes": r"ib0!|\D+(\d+)|type($1)|",
                "nicnetworks": "broken",
            },
            {"node": "compute", "nicips": r"|\D+(\d+)|eth0!10.1.0.($1+0),ib0!10.2.0.($1+0)|"},
        ]
    )
    nics = "    nicips.eth0=10.1.0.1|10.1.0.2\n    nicips.eth1=10.2.0.1\n    nictypes.ib0=type1\n"
    assert await cluster.ok("lsdef n1 --nics") == f"Object name: n1\n{nics}"
    assert await cluster.ok("lsdef n1") == N1.replace("    postboot", f"{nics}    postboot")
    assert await cluster.ok("lsdef n1 -i nicips.eth1") == "Object name: n1\n    nicips.eth1=10.2.0.1\n"
    assert await cluster.ok("lsdef n1 -c -i nicips.eth1,nicips.eth7") == "n1: nicips.eth1=10.2.0.1\n"
    assert (
        await cluster.ok("lsdef n2 -i nicips") == "Object name: n2\n    nicips.eth0=10.1.0.2\n    nicips.ib0=10.2.0.2\n"
    )
    assert await cluster.ok("lsdef -t group compute -i nicips") == (
        "Object name: compute\n    nicips.eth0=10.1.0.($1+0)\n    nicips.ib0=10.2.0.($1+0)\n"
    )
    assert await cluster.ok("lsdef sw1 --nics") == "Object name: sw1\n"


async def test_verbose_says_where_each_attribute_is(cluster: Desk) -> None:
    assert await cluster.ok("lsdef -V n1 -i bmc,mgt,cons,nicips.eth0") == (
        "[mn1]: Object name: n1\n"
        "[mn1]:     bmc=10.0.0.1\t(Table:ipmi - Key:node - Column:bmc)\n"
        "[mn1]:     cons=\n"
        "[mn1]:     mgt=ipmi\t(Table:nodehm - Key:node - Column:mgt)\n"
    )
    assert "[mn1]:     domain=cluster.test\t(Table:site - Key:domain)\n" in await cluster.ok("lsdef -V -t site -l")
    assert await cluster.ok("lsdef -V -t network net10 -i net") == (
        "[mn1]: Object name: net10\n[mn1]:     net=10.0.0.0\t(Table:networks - Key: netname - Column:net)\n"
    )


async def test_everything_is_shown_with_its_type(cluster: Desk) -> None:
    short = (await cluster.ok("lsdef -a")).splitlines()
    assert {"all (group)", "net10 (network)", "n1 (node)", "clustersite (site)", "1 (policy)"} <= set(short)
    assert "h1 (node)" not in short
    assert "Object name: net10  (network)\n    mask=255.0.0.0\n    net=10.0.0.0\n" in await cluster.ok("lsdef -a -l")


async def test_xml_is_a_document(cluster: Desk) -> None:
    await cluster.fill(nodelist=[{"node": "n2", "comments": 'a "<&>" b\x01 \u00e9'}])
    text = await cluster.ok("lsdef -x n2,sw1 -i usercomment,mgt")
    assert text.startswith('<xcatobjects>\n  <object type="node" name="n2">\n    <attr name="mgt">ipmi</attr>\n')
    found = {
        (one.get("type"), one.get("name")): {attr.get("name"): attr.text for attr in one}
        for one in ElementTree.fromstring(text)
    }
    assert found == {
        ("node", "n2"): {"mgt": "ipmi", "usercomment": 'a "<&>" b\ufffd \u00e9'},
        ("node", "sw1"): {"mgt": None, "usercomment": None},
    }
    assert await cluster.ok("lsdef -x -s -t network") == (
        '<xcatobjects>\n  <object type="network" name="net10"/>\n</xcatobjects>\n'
    )
    assert await cluster.ok("lsdef -x -t rack") == "<xcatobjects>\n</xcatobjects>\n"


async def test_files_leave_out_the_scripts_of_xcatdefaults(cluster: Desk) -> None:
    await cluster.fill(postscripts=[{"node": "xcatdefaults", "postscripts": "syslog"}])
    assert "postscripts=syslog" in await cluster.ok("lsdef n1")
    for flag in ("-z", "-x"):
        assert "syslog" not in await cluster.ok(f"lsdef {flag} n1")


async def test_json_has_an_item_for_each_object(cluster: Desk) -> None:
    assert json.loads(await cluster.ok("lsdef n1 -i bmc,cons --json")) == [
        {"type": "node", "name": "n1", "attributes": {"bmc": "10.0.0.1"}}
    ]
    names = [item["name"] for item in json.loads(await cluster.ok("lsdef --json"))]
    assert names == ["n1", "n2", "sw1"]
    every = json.loads(await cluster.ok("lsdef -t network,group -l --json"))
    assert every[0] == {"type": "network", "name": "net10", "attributes": {"mask": "255.0.0.0", "net": "10.0.0.0"}}
    assert every[1]["attributes"]["members"] == "n2,n1,h1"
    assert json.loads(await cluster.ok("lsdef -t rack --json")) == []


async def test_records_of_logs_are_objects_that_are_named_when_they_are_wanted(cluster: Desk) -> None:
    more = [{"comments": "old"} if number > 9 else {} for number in range(1, 12)]
    records = [{"userid": f"user{number}", "command": "rpower", **one} for number, one in enumerate(more, 1)]
    await cluster.store.write([Append("auditlog", record) for record in records], author="test")
    assert (await cluster.ok("lsdef -t auditlog")).splitlines()[9:] == ["10  (auditlog)", "11  (auditlog)"]
    assert await cluster.ok("lsdef -t auditlog -o 11,2 -i userid,comments -c") == (
        "11: comments=old\n11: userid=user11\n2: comments=\n2: userid=user2\n"
    )
    assert await cluster.ok("lsdef -t auditlog -w comments==old") == "10  (auditlog)\n11  (auditlog)\n"
    assert await cluster.ok("lsdef -t auditlog 3") == "Object name: 3\n    command=rpower\n    userid=user3\n"
    assert "auditlog" not in await cluster.ok("lsdef -a")
    seen = await cluster.type("lsdef -t auditlog 99")
    assert (seen.stderr, seen.status) == (
        "Error: [mn1]: Could not find an object named '99' of type 'auditlog'.\n",
        1,
    )


async def test_monitoring_objects_have_their_settings(cluster: Desk) -> None:
    await cluster.fill(
        monitoring=[{"name": "gangliamon", "nodestatmon": "y"}],
        monsetting=[{"name": "gangliamon", "key": "interval", "value": "5"}],
    )
    assert await cluster.ok("lsdef -V -t monitoring -l") == (
        "[mn1]: Object name: gangliamon\n"
        "[mn1]:     interval=5\t(Table:monsetting)\n"
        "[mn1]:     nodestatmon=y\t(Table:monitoring - Key: name - Column:nodestatmon)\n"
    )


async def test_the_image_of_a_node_is_shown_with_it(cluster: Desk) -> None:
    await cluster.fill(
        nodetype=[
            {"node": "n1", "provmethod": "img1"},
            {"node": "n2", "provmethod": "netboot", "os": "sles12", "arch": "x86_64", "profile": "compute"},
            {"node": "sw1", "provmethod": "gone"},
            {"node": "h1", "provmethod": "install"},
        ],
        osimage=[{"imagename": "img1", "imagetype": "linux", "osname": "Linux"}],
        linuximage=[{"imagename": "img1", "pkgdir": "/install/sles12/x86_64"}],
        site=[{"key": "installdir", "value": "/inst"}],
    )
    assert (await cluster.ok("lsdef n1 --osimage")).endswith(
        "    provmethod=img1\n    imagetype=linux\n    osname=Linux\n    pkgdir=/install/sles12/x86_64\n"
    )
    n2 = await cluster.ok("lsdef n2 --osimage")
    assert "    osvers=sles12\n" in n2
    assert "    rootimgdir=/inst/netboot/sles12/x86_64/compute\n" in n2
    assert (await cluster.type("lsdef sw1 --osimage")).stderr == (
        "Warning: [mn1]: sw1: could not find information for osimage gone\n"
    )
    seen = await cluster.type("lsdef h1 --osimage")
    assert (seen.stderr, seen.status) == (
        "Error: [mn1]: Missing attributes for node h1, check the node attributes 'os', 'arch','profile' and"
        " 'provmethod'.\n",
        1,
    )


async def test_templates_are_listed_and_shown(cluster: Desk) -> None:
    names = (await cluster.ok("lsdef --template")).splitlines()
    assert names[0] == "cec-template  (node)"
    assert "x86_64-template  (node)" in names
    shown = await cluster.ok("lsdef --template x86_64-template")
    assert shown.startswith("Object name: x86_64-template\n    arch=x86_64\n    bmc=MANDATORY:")
    assert await cluster.ok("lsdef --template=x86_64-template") == shown
    assert (await cluster.ok("lsdef --template=")).splitlines() == names
    stanza = await cluster.ok("lsdef -t node -z --template switch-template")
    assert "\nswitch-template:\n    objtype=node\n    groups=switch\n" in stanza
    seen = await cluster.type("lsdef --template nosuch")
    assert (seen.stderr, seen.status) == ("Error: [mn1]: Could not find nosuch in xCAT templates.\n", 1)


def test_templates_set_attributes_that_exist() -> None:
    for kind, templates in TEMPLATES.items():
        for attributes in templates.values():
            assert set(attributes) <= TYPES[kind].names


async def test_help_with_a_type_says_what_its_attributes_are(cluster: Desk) -> None:
    text = await cluster.ok("lsdef -h -t route")
    assert text.startswith(
        "The valid attribute names for object type 'route' are:\nAttribute          Description\n\ngateway:\t"
    )
    assert "\n\nmask:\t\t" in text
    one = await cluster.ok("lsdef -t node -h -i bmc,nicips.eth0")
    assert [line.partition(":")[0] for line in one.splitlines() if ":" in line] == ["bmc", "nicips"]
    assert "domain:\t\t" in await cluster.ok("lsdef -h -t site")
    assert "monsetting" in await cluster.ok("lsdef -h -t monitoring")
    assert "zvmivp" in await cluster.ok("lsdef -h")
    seen = await cluster.type("lsdef -h -t node -i bogus")
    assert seen.stderr == "Error: [mn1]: 'bogus' is not a valid attribute name for an object type of 'node'.\n"
    assert (await cluster.type("lsdef -h -t nosuch")).stderr == (
        "Error: [mn1]: \nType 'nosuch' is not a valid xCAT object type.\n"
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("lsdef n1 -c", "The flags '-c' and '-i' must be used together."),
        ("lsdef -l -s", "The flags '-l' and '-s' cannot be used together."),
        ("lsdef n1 -s -i mgt", "The flags '-i' and '-s' cannot be used together."),
        ("lsdef n1 --nics -i mgt", "The flags '-i' and '--nics' cannot be used together."),
        ("lsdef n1 --osimage -i mgt", "The flags '-i' and '--osimage' cannot be used together."),
        ("lsdef n1 --osimage -z", "The flags '-z' and '--osimage' cannot be used together."),
    ],
)
async def test_options_that_exclude_each_other(cluster: Desk, line: str, error: str) -> None:
    assert await cluster.type(line) == Seen("", f"Error: [mn1]: {error}\n", 1)


@pytest.mark.parametrize(
    ("line", "stdout", "errors"),
    [
        (
            "lsdef -t node nosuch",
            "No object definitions have been found\n",
            ["Could not find an object named 'nosuch' of type 'node'."],
        ),
        (
            "lsdef n1,nosuch -i mgt",
            "Object name: n1\n    mgt=ipmi\n",
            ["Could not find an object named 'nosuch' of type 'node'."],
        ),
        (
            "lsdef -t network net11,net10 -i net",
            "Object name: net10\n    net=10.0.0.0\n",
            ["Could not find an object named 'net11' of type 'network'."],
        ),
        (
            "lsdef -t group nosuch",
            "No object definitions have been found\n",
            ["Could not find an object named 'nosuch' of type 'group'."],
        ),
        (
            "lsdef n1 -i bogus,mgt",
            "Object name: n1\n    mgt=ipmi\n",
            ["'bogus' is not a valid attribute name for an object type of 'node'."],
        ),
        (
            "lsdef n1 -i bogus",
            "Object name: n1\n",
            ["'bogus' is not a valid attribute name for an object type of 'node'."],
        ),
        (
            "lsdef -t group compute -i bogus",
            "Object name: compute\n",
            ["'bogus' is not a valid attribute name for an object type of 'group'."],
        ),
        ("lsdef -w bogus==1", "", ["'bogus' is not a valid attribute name for an object type of 'node'."]),
        (
            "lsdef -w mgt",
            "",
            ["Incorrect selection string specified with -w flag: 'mgt' is not attribute==value (or != =~ !~)."],
        ),
        ("lsdef -a n1", "", ["Cannot use '-a' with '-o', a noderange or file input."]),
        (
            "lsdef -w 'mgt=~('",
            "",
            [
                "Cannot use the regular expression '(': missing ), unterminated subpattern at position 0, so correct it, "
                "or put a backslash before a sign meant as itself."
            ],
        ),
        ("lsdef -t nosuch", "", ["\nType 'nosuch' is not a valid xCAT object type."]),
        (
            "lsdef -t network,rack net10,x -s",
            "net10  (network)\n",
            ["Could not find an object named 'x' of type 'network'."],
        ),
        (
            "lsdef -t site -o master -i domain",
            "Object name: clustersite\n    domain=cluster.test\n",
            ["Could not find an object named 'master' of type 'site'."],
        ),
        ("lsdef /nothing.*", "", ["No node in '/nothing.*', check the noderange syntax."]),
        ("lsdef n9@n1", "", ["No node in 'n9@n1', check the noderange syntax."]),
        (
            "lsdef -t network,rack -i bogus -l",
            "Object name: net10  (network)\n",
            [
                "'bogus' is not a valid attribute name for an object type of 'network'.",
                "'bogus' is not a valid attribute name for an object type of 'rack'.",
            ],
        ),
    ],
)
async def test_what_does_not_exist_is_named(cluster: Desk, line: str, stdout: str, errors: list[str]) -> None:
    stderr = "".join(f"Error: [mn1]: {error}\n" for error in errors)
    assert await cluster.type(line) == Seen(stdout, stderr, 1)


async def test_a_name_that_is_excluded_need_not_exist(cluster: Desk) -> None:
    assert await cluster.ok("lsdef -s n1,-n9") == "n1  (node)\n"


async def test_conditions_that_nothing_meets(cluster: Desk) -> None:
    assert await cluster.ok("lsdef -w mgt==hmc") == "No object definitions have been found\n"


async def test_what_the_site_does_not_say_is_not_shown(cluster: Desk) -> None:
    shown = await cluster.ok("lsdef -t site clustersite -i domain,forwarders -c")
    assert shown == "clustersite: domain=cluster.test\n"


async def test_an_empty_cluster_has_nothing_to_show(desk: Desk) -> None:
    assert await desk.ok("lsdef") == "Could not find any object definitions to display.\n"


async def test_nodes_that_the_site_excludes_are_in_no_noderange(cluster: Desk) -> None:
    await cluster.fill(site=[{"key": "excludenodes", "value": "n2"}])
    assert await cluster.ok("lsdef -s compute") == "n1  (node)\n"
    assert await cluster.ok("lsdef") == "n1  (node)\nn2  (node)\nsw1  (node)\n"
