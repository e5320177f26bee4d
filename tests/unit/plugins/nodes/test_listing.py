"""`nodels`."""

from __future__ import annotations

import json

import pytest

from tests.helpers.run import VERSION, Desk, Seen


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("nodels", "n1\nn10\nn2\nsw1\n"),
        ("nodels -S", "h1\nn1\nn10\nn2\nsw1\n"),
        ("nodels compute", "n1\nn10\nn2\n"),
        ("nodels all", "n1\nn10\nn2\n"),
        ("nodels -S all", "h1\nn1\nn10\nn2\n"),
        ("nodels h1", ""),
        ("nodels n2,n1", "n1\nn2\n"),
        ("nodels nodehm.mgt!=ipmi", "sw1\n"),
        ("nodels empty", ""),
        ("nodels -v", f"{VERSION}\n"),
    ],
)
async def test_names_one_to_a_line_in_string_order(cluster: Desk, line: str, output: str) -> None:
    await cluster.fill(nodegroup=[{"groupname": "empty"}])
    assert await cluster.ok(line) == output


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("n1,n2 nodehm.mgt", "n1: ipmi\nn2: ipmi\n"),
        ("n1 mgt", "n1: ipmi\n"),
        ("n1 -H mgt", "n1: mgt: ipmi\n"),
        ("n10 ipmi.bmc", "n10: 10.0.0.10\n"),
        ("n1 ipmi.bmc groups nodehm.mgt", "n1: ipmi.bmc: 10.0.0.1\nn1: groups: compute,all\nn1: nodehm.mgt: ipmi\n"),
        ("n1 tags groups", "n1: groups: compute,all\n"),
        ("n1 groups groups", "n1: groups: compute,all\n"),
        ("sw1 nodehm.mgt", "sw1: \n"),
        ("n1,sw1 -b mgt nodehm.power", (
            "n1: mgt: ipmi (inherited from group compute)\nn1: nodehm.power: redfish\nsw1: mgt: \nsw1: nodehm.power: \n"
        )),
        ("n1 switch.port", "n1: 1\nn1: 7\n"),
    ],
)  # fmt: skip
async def test_columns_in_the_order_typed_each_once(cluster: Desk, words: str, output: str) -> None:
    assert await cluster.ok(f"nodels {words}") == output


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (
            "n1 switch.vlan switch.port",
            "n1: switch.vlan: 5\nn1: switch.port: 1\nn1: switch.port: 7\n",
        ),
        (
            "n1 switch.switch switch.port switch.interface mgt switch.vlan",
            "n1: switch.switch: sw1\nn1: switch.port: 1\nn1: switch.switch: sw2\nn1: switch.port: 7\n"
            "n1: switch.interface: \nn1: mgt: ipmi\nn1: switch.vlan: 5\n",
        ),
        (
            "n1 -b switch.node switch.port",
            "n1: switch.node: n1\nn1: switch.port: 1\nn1: switch.node: n1\nn1: switch.port: 7\n",
        ),
        ("n2 switch.switch switch.port", "n2: switch.switch: sw1\nn2: switch.port: 2\n"),
    ],
)
async def test_several_rows_are_shown_one_after_the_other(cluster: Desk, words: str, output: str) -> None:
    assert await cluster.ok(f"nodels {words}") == output


async def test_the_name_of_a_node_comes_from_no_group(cluster: Desk) -> None:
    assert await cluster.ok("nodels n2 -b nodehm.node mgt") == (
        "n2: nodehm.node: n2\nn2: mgt: ipmi (inherited from group compute)\n"
    )


async def test_a_table_stands_for_all_its_columns(cluster: Desk) -> None:
    assert await cluster.ok("nodels n2 ipmi") == (
        "n2: ipmi.node: n2\n"
        "n2: ipmi.bmc: 10.0.0.2\n"
        "n2: ipmi.bmcport: \n"
        "n2: ipmi.taggedvlan: \n"
        "n2: ipmi.bmcid: \n"
        "n2: ipmi.username: \n"
        "n2: ipmi.password: \n"
        "n2: ipmi.comments: \n"
        "n2: ipmi.disable: \n"
    )


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("compute nodehm.power==redfish", "n1\n"),
        ("compute nodehm.power!=redfish", "n10\nn2\n"),
        (
            "compute nodehm.mgt==ipmi nodehm.power!=redfish ipmi.bmc",
            "n10: ipmi.bmc: 10.0.0.10\nn2: ipmi.bmc: 10.0.0.2\n",
        ),
        ("compute nodehm.power==redfish nodehm.power", "n1: nodehm.power: redfish\n"),
        ("compute switch.port==7 switch.port", "n1: switch.port: 1\nn1: switch.port: 7\n"),
        ("compute ipmi.bmc=~0[.]1", "n1\nn10\n"),
        ("compute ipmi.bmc=~/2$/", "n2\n"),
        ("compute ipmi.bmc!~1$ mgt==ipmi", "n10\nn2\n"),
        ("compute switch.switch==sw2", "n1\n"),
        ("all,switch groups=~switch", "sw1\n"),
    ],
)
async def test_selections_choose_nodes_by_inherited_values(cluster: Desk, words: str, output: str) -> None:
    assert (
        await cluster.ok(f"nodels '{words.split()[0]}' {' '.join(repr(word) for word in words.split()[1:])}") == output
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nodels nosuchnode", "Error: Invalid nodes and/or groups in noderange: nosuchnode\n"),
        ("nodels n1 nosuch.table", "Error: [mn1]: nosuch.table not a valid table.column description\n"),
        ("nodels n1 nodehm.nosuch", "Error: [mn1]: nodehm.nosuch not a valid table.column description\n"),
        ("nodels n1 nosuch", "Error: [mn1]: nosuch not a valid table.column description\n"),
        ("nodels n1 nosuch.x==1", "Error: [mn1]: nosuch.x not a valid table.column description\n"),
        ("nodels n1 nodehm.mgt=ipmi", "Error: [mn1]: nodehm.mgt=ipmi not a valid table.column description\n"),
        ("nodels n1 site.value", "Error: [mn1]: Table site is not about nodes: use gettab, tabch or tabdump\n"),
        (
            "nodels n1 eventlog",
            "Error: [mn1]: Table eventlog is a log: use tabdump -w to look into it, and tabprune to shorten it\n",
        ),
        (
            "nodels n1 'nodehm.mgt=~('",
            "Error: [mn1]: Cannot use the regular expression '(': missing ), unterminated subpattern at position 0, "
            "so correct it, or put a backslash before a sign meant as itself.\n",
        ),
    ],
)
async def test_what_does_not_exist_is_named(cluster: Desk, line: str, error: str) -> None:
    assert await cluster.type(line) == Seen("", error, 1)


async def test_json(cluster: Desk) -> None:
    assert json.loads(await cluster.ok("nodels --json compute -H mgt nodehm.power switch.port")) == [
        {
            "type": "node",
            "name": "n1",
            "attributes": {"nodehm.mgt": "ipmi", "nodehm.power": "redfish", "switch.port": "1,7"},
        },
        {"type": "node", "name": "n10", "attributes": {"nodehm.mgt": "ipmi"}},
        {"type": "node", "name": "n2", "attributes": {"nodehm.mgt": "ipmi", "switch.port": "2"}},
    ]
    assert json.loads(await cluster.ok("nodels --json n1,n2 mgt==ipmi")) == [
        {"type": "node", "name": "n1", "attributes": {}},
        {"type": "node", "name": "n2", "attributes": {}},
    ]
    assert json.loads(await cluster.ok("nodels --json mgt==nosuch")) == []


async def test_more_nodes_than_are_looked_up_together(desk: Desk) -> None:
    await desk.ok("nodeadd n[0001-4100] groups=all nodehm.mgt=ipmi")
    await desk.ok("nodech n[0001-4100] groups,=odd nodelist.hidden=1")
    await desk.ok("nodech n4099 nodelist.hidden=NULL nodehm.mgt=kvm")
    assert await desk.ok("nodels all mgt groups") == "n4099: mgt: kvm\nn4099: groups: odd,all\n"
    listed = (await desk.ok("nodels -S all mgt")).splitlines()
    assert (len(listed), listed[4098], listed[4099]) == (4100, "n4099: kvm", "n4100: ipmi")
    assert await desk.ok("nodels -S all mgt!=ipmi") == "n4099\n"
