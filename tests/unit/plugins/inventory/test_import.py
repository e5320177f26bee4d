"""`xcat-inventory import`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.plugins.inventory.plan import PASSES, plan
from xcatd.plugins.inventory.reading import read_document

NOTHING = "Nothing differs: nothing was changed.\n"


async def changes(desk: Desk) -> int:
    """How many entries the history has."""
    return len(await desk.store.history.entries())


async def load(desk: Desk, text: str, words: str = "") -> Seen:
    return await desk.type(f"xcat-inventory import {words}", stdin=f"inventory: 1\n{text}")


async def test_a_file_that_is_as_everything_is_changes_nothing_and_leaves_no_trace(cluster: Desk) -> None:
    before = await changes(cluster)
    for words in ("", "--secrets", "--format json", "--format json --secrets", "-t node", "-o n1"):
        text = await cluster.ok(f"xcat-inventory export {words}")
        assert await cluster.ok("xcat-inventory import", stdin=text) == NOTHING
    assert await cluster.ok("xcat-inventory import -c", stdin=await cluster.ok("xcat-inventory export")) == NOTHING
    assert await changes(cluster) == before


async def test_only_what_differs_is_changed_and_all_of_it_at_once(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export")
    text = text.replace("bmc: 10.1.0.1", "bmc: 10.1.0.9").replace("vlan: '7'", "vlan: '8'")
    seen = await cluster.ok("xcat-inventory import", stdin=text)
    assert seen == "The file is imported: 0 rows added, 2 changed, 0 removed.\n"
    (entry,) = await cluster.store.history.entries(last=1)
    assert (entry.origin.command, entry.origin.words, dict(entry.tables)) == (
        "xcat-inventory",
        "import",
        {"ipmi": 1, "switch": 1},
    )
    assert await cluster.ok("gettab node=n1 ipmi.bmc ipmi.password") == "ipmi.bmc: 10.1.0.9\nipmi.password: geheim\n"


async def test_an_object_in_the_file_is_the_whole_object_and_what_is_not_in_it_stays(cluster: Desk) -> None:
    assert (await load(cluster, "node: {n1: {groups: all, switch: sw9, switchport: 1}}")).status == 0
    text = await cluster.ok("xcat-inventory export --secrets -o n1")
    assert text.endswith("node:\n  n1:\n    groups: all\n    switch: sw9\n    switchport: '1'\n")
    assert "n2" in await cluster.ok("nodels")


async def test_settings_that_are_not_in_the_file_stay(cluster: Desk) -> None:
    assert (await load(cluster, "site: {clustersite: {domain: other.org, ntpservers: 10.0.0.2}}")).status == 0
    text = await cluster.ok("tabdump site")
    assert '"master","10.0.0.1","eth1",' in text and '"domain","other.org",,' in text and '"ntpservers"' in text


async def test_clean_removes_what_the_file_does_not_have_of_the_types_that_it_covers(cluster: Desk) -> None:
    text = "node: {n1: {groups: all}}\nsite: {clustersite: {domain: a.b}}\ntables: {passwd: []}"
    assert (await load(cluster, text, "-c")).status == 0
    assert await cluster.ok("nodels") == "n1\n"
    for table in ("ipmi", "openbmc", "switch", "vpd"):
        assert "n1" not in await cluster.ok(f"tabdump {table}") and "n2" not in await cluster.ok(f"tabdump {table}")
    assert '"compute",' in await cluster.ok("tabdump ipmi")
    assert await cluster.ok("tabdump site") == '#key,value,comments,disable\n"domain","a.b",,\n'
    assert await cluster.ok("tabdump passwd") == (await cluster.ok("tabdump passwd")).splitlines()[0] + "\n"
    assert "/etc/hosts" in await cluster.ok("tabdump litefile")
    assert "mgmt" in await cluster.ok("tabdump networks")


async def test_clean_with_a_file_of_everything_leaves_nothing_else(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export --secrets")
    await cluster.ok("nodeadd n3 groups=all ipmi.bmc=x")
    await cluster.ok("chtab key=ipmi passwd.username=a passwd.password=b")
    await cluster.ok("chtab node=nobody nodepos.rack=1")
    await cluster.ok("chtab zonename=z zone.sshkeydir=/x")
    assert (await cluster.type("xcat-inventory import -c", stdin=text)).status == 0
    assert await cluster.ok("xcat-inventory export --secrets") == text


async def test_chosen_objects_cannot_clean(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export -o n1")
    seen = await cluster.type("xcat-inventory import -c", stdin=text)
    assert seen.status == 1 and "the file has only chosen objects" in seen.stderr
    text = await cluster.ok("xcat-inventory export")
    seen = await cluster.type("xcat-inventory import -c -o n1", stdin=text)
    assert seen.status == 1 and "the file has only chosen objects" in seen.stderr


async def test_a_part_of_a_file_can_be_imported(cluster: Desk) -> None:
    text = await cluster.ok("xcat-inventory export")
    text = text.replace("groups: compute,all", "groups: compute").replace("domain: example.org", "domain: a.b")
    assert (await cluster.type("xcat-inventory import -o n[1,7-8]", stdin=text)).stderr.endswith(
        "The file has no object named 'n7' of type 'node'.\n"
    )
    assert (await cluster.type("xcat-inventory import -o n1", stdin=text)).status == 0
    assert await cluster.ok("nodels compute nodelist.groups") == "n1: compute\nn2: compute,all\n"
    assert (await cluster.type("xcat-inventory import -x node,group", stdin=text)).status == 0
    assert '"domain","a.b"' in await cluster.ok("tabdump site")


async def test_an_attribute_goes_where_the_file_and_the_groups_say(desk: Desk) -> None:
    text = """
group: {ipmis: {mgt: ipmi}, bmcs: {mgt: openbmc}}
node:
  n1: {groups: ipmis, bmc: 10.0.0.1}
  n2: {groups: bmcs, bmc: 10.0.0.2}
  n3: {groups: bmcs, mgt: ipmi, bmc: 10.0.0.3, openbmc.bmc: 10.9.0.3}
  n4: {groups: ipmis, mgt: fsp, passwd.HMC: abc}
"""
    assert (await load(desk, text)).stderr == ""
    assert [line.split(",")[0] for line in (await desk.ok("tabdump ipmi")).splitlines()[1:]] == ['"n1"', '"n3"']
    assert [line.split(",")[0] for line in (await desk.ok("tabdump openbmc")).splitlines()[1:]] == ['"n2"', '"n3"']
    assert '"n4","HMC","abc"' in await desk.ok("tabdump ppcdirect")
    await desk.ok("xcat-inventory export --secrets")
    assert "    passwd.HMC: abc\n" in await desk.ok("xcat-inventory export --secrets -o n4")


async def test_an_object_may_change_its_key(cluster: Desk) -> None:
    assert (await load(cluster, "network: {mgmt: {net: 10.0.0.0, mask: 255.255.0.0}}")).status == 0
    rows = (await cluster.ok("tabdump networks")).splitlines()[1:]
    assert [row.split(",")[:3] for row in rows] == [['"mgmt"', '"10.0.0.0"', '"255.255.0.0"']]


async def test_a_dry_run_says_what_would_change(cluster: Desk) -> None:
    text = (await cluster.ok("xcat-inventory export")).replace("bmc: 10.1.0.1", "bmc: 10.1.0.9")
    before = await changes(cluster)
    assert await cluster.ok("xcat-inventory import --dry-run", stdin=text) == (
        "ipmi node=n1: bmc 10.1.0.1 -> 10.1.0.9\n"
    )
    assert await changes(cluster) == before


async def test_who_waits_is_told_of_each_object(cluster: Desk) -> None:
    document = read_document("inventory: 1\nnode: {n1: {groups: all}, n7: {groups: all}}", ["node"], print)
    looked: list[str] = []
    plan(cluster.store.snapshot, document, (), print, lambda: looked.append("one"))
    assert len(looked) == 2 * PASSES


async def test_all_problems_are_named_and_nothing_is_changed(cluster: Desk) -> None:
    before = await changes(cluster)
    seen = await load(
        cluster,
        """
node:
  n1: {groups: all, color: red, nodelist.hight: 1, ipmi.node: x}
  n8: {groups: all, mgt: ipmi, passwd.HMC: x}
  n9: {groups: all, rows: {ipmi: [{node: n9}], passwd: [{key: x}], vpd: [{size: 1}]}}
  'a b': {groups: all}
group:
  n2: {mgt: ipmi}
  all: {members: 'n1,n2'}
network: {lan: {gateway: 10.0.0.1}}
notification: {f: {tableops: a}}
site: {clustersite: {rows: {ipmi: [{}]}}, other: {domain: a.b}}
tables:
  litefile: [{image: a, file: b}, {image: a, file: b, options: c}]
  virtsd: [{nod: x}]
  auditlog: []
  nosuch: []
""",
    )
    assert seen == Seen(
        "",
        "".join(
            f"Error: [mn1]: {problem}\n"
            for problem in (
                "node n1: 'color' is not a valid attribute name for an object type of 'node'.",
                "node n1: 'nodelist.hight' is not a valid attribute name for an object type of 'node'.",
                "node n1: 'ipmi.node' is not a valid attribute name for an object type of 'node'.",
                "node n8: Cannot set the attr='passwd.HMC' attribute unless mgt value is fsp or bpa.",
                "node n9: rows: ipmi: leave out node, which is the object's name",
                "node n9: rows: passwd: objects of type node have no rows in this table",
                'node n9: rows: vpd: No column "size" in table "vpd"',
                "node 'a b': this cannot be a name; leave out blanks and commas",
                "group n2: this is the name of a node",
                "group all: the members of a group are the nodes that name it in their groups",
                'network lan: a row of table "networks" needs a value for "net, mask"',
                'notification f: a row of table "notification" needs a value for "tables"',
                "site: rows: objects of type site have no rows in table ipmi",
                "site other: there is only one site, clustersite",
                "tables: litefile: the row image=a,file=b of table litefile is there twice",
                'tables: virtsd: No column "nod" in table "virtsd"',
                "tables: auditlog: this table is no configuration, and not in inventories",
                "tables: nosuch: No such table: nosuch",
            )
        ),
        1,
    )
    assert await changes(cluster) == before


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "xcat-inventory import: the file is empty; give one with -f, or on standard input"),
        ("inventory: 1\nnode: {n1: {groups: [}}\n", "line 2: this is no YAML: did not find expected node content"),
        ("node: {}\n", "This is no inventory: it must begin with the line inventory: '1'"),
        ("inventory: 1\nnodes: {}\n", "nodes: there is no such type of objects"),
    ],
)
async def test_what_cannot_be_read_is_said(desk: Desk, text: str, error: str) -> None:
    assert await desk.type("xcat-inventory import", stdin=text) == Seen("", f"Error: [mn1]: {error}\n", 1)


async def test_of_very_many_problems_the_first_are_named(desk: Desk) -> None:
    seen = await load(desk, "node:\n" + "".join(f"  n{number}: {{groups: a, x: b}}\n" for number in range(130)))
    assert len(seen.stderr.splitlines()) == 101
    assert seen.stderr.endswith("There are 30 more problems\n")
