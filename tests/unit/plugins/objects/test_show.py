"""`lsdef`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen

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
        ("lsdef -w mgt!=ipmi", "sw1  (node)\n"),
        ("lsdef -w mgt!~ip -w groups=~/switch/", "sw1  (node)\n"),
        ("lsdef -w mgt==nosuch", "Could not find any object definitions to display.\n"),
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
        ("lsdef h1 -i groups", "Object name: h1\n    groups=all\n"),
        ("lsdef n1 -i mgt,cons -i bmc", "Object name: n1\n    bmc=10.0.0.1\n    cons=\n    mgt=ipmi\n"),
        ("lsdef -c n1,n2 -i mgt,bmc", "n1: bmc=10.0.0.1\nn1: mgt=ipmi\nn2: bmc=10.0.0.2\nn2: mgt=ipmi\n"),
        ("lsdef -c sw1 -i mgt", "sw1: mgt=\n"),
        (
            "lsdef -z n1,sw1 -i groups,mgt",
            "# <xCAT data object stanza file>\n\nn1:\n    objtype=node\n    groups=compute,all\n    mgt=ipmi\n"
            "\nsw1:\n    objtype=node\n    groups=switch\n    mgt=\n",
        ),
        ("lsdef -t network net10", "Object name: net10\n    mask=255.0.0.0\n    net=10.0.0.0\n"),
        ("lsdef -t site -l", "Object name: clustersite\n    SNx=1\n    auditnosyslog=0\n    domain=cluster.test\n"),
        ("lsdef -t site -i domain,nosuch", "Object name: clustersite\n    domain=cluster.test\n    nosuch=\n"),
        (
            "lsdef -t group -l compute",
            "Object name: compute\n    bmc=|\\D+(\\d+)|10.0.0.($1)|\n    grouptype=static\n    members=n2,n1\n    mgt=ipmi\n",
        ),
        ("lsdef -t group -o switch -i members,mgt", "Object name: switch\n    members=sw1\n    mgt=\n"),
    ],
)
async def test_the_long_form_shows_attributes_sorted_without_empty_ones(cluster: Desk, line: str, output: str) -> None:
    assert await cluster.ok(line) == output


async def test_one_nic_of_a_node(cluster: Desk) -> None:
    await cluster.fill(nics=[{"node": "n1", "nicips": "eth0!10.1.0.1,eth1!10.2.0.1"}])
    assert await cluster.ok("lsdef n1 -i nicips.eth1") == "Object name: n1\n    nicips.eth1=10.2.0.1\n"


async def test_verbose_says_where_each_attribute_is(cluster: Desk) -> None:
    assert await cluster.ok("lsdef -V n1 -i bmc,mgt,nicips.eth0") == (
        "[mn1]: Object name: n1\n"
        "[mn1]:     bmc=10.0.0.1\t(Table:ipmi - Key:node - Column:bmc)\n"
        "[mn1]:     mgt=ipmi\t(Table:nodehm - Key:node - Column:mgt)\n"
        "[mn1]:     nicips.eth0=\t(Table:nics - Key:node - Column:nicips)\n"
    )
    assert "[mn1]:     domain=cluster.test\t(Table:site - Key:key - Column:value)\n" in await cluster.ok(
        "lsdef -V -t site -l"
    )


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
        ("lsdef -w mgt", "", ["'mgt' is not a condition; write it as attribute==value (or != =~ !~)"]),
        (
            "lsdef -w 'mgt=~('",
            "",
            [
                "Cannot use the regular expression '(': missing ), unterminated subpattern at position 0, so correct it, "
                "or put a backslash before a sign meant as itself."
            ],
        ),
        ("lsdef -t nosuch", "", ["\nType 'nosuch' is not a valid xCAT object type."]),
        ("lsdef -t auditlog", "", ["type 'auditlog' is not supported yet"]),
        ("lsdef -a", "", ["lsdef -a for all types is not supported yet: name the types with -t"]),
        ("lsdef --nics", "", ["lsdef --nics is not supported yet"]),
    ],
)
async def test_what_does_not_exist_is_named(cluster: Desk, line: str, stdout: str, errors: list[str]) -> None:
    stderr = "".join(f"Error: [mn1]: {error}\n" for error in errors)
    assert await cluster.type(line) == Seen(stdout, stderr, 1)


async def test_an_empty_cluster_has_nothing_to_show(desk: Desk) -> None:
    assert await desk.ok("lsdef") == "Could not find any object definitions to display.\n"
