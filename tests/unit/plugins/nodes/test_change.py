"""`nodech`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen
from xcatd.plugins.nodes.assignment import FORCED_EMPTY


async def raw(desk: Desk, table: str, node: str, column: str) -> str | None:
    return desk.store.snapshot.table(table).find(node)[0].raw(column)


async def test_values_are_set_for_every_node(cluster: Desk) -> None:
    assert await cluster.ok("nodech n1-n2 nodehm.power=ipmi groups,=z nodepos.rack=r1") == ""
    assert await cluster.ok("nodels n1-n2 nodehm.power groups nodepos.rack") == (
        "n1: nodehm.power: ipmi\nn1: groups: z,compute,all\nn1: nodepos.rack: r1\n"
        "n2: nodehm.power: ipmi\nn2: groups: z,compute,all\nn2: nodepos.rack: r1\n"
    )


@pytest.mark.parametrize(
    ("words", "groups"),
    [
        ("groups=a", "a"),
        ("groups=@=a", "=a"),
        ("groups=a=b", "a=b"),
        ("groups,=x,all,y,x", "x,y,compute,all"),
        ("groups^=compute,nosuch", "all"),
        ("groups,=x groups^=all groups,=y", "y,x,compute"),
        ("groups=", ""),
        ("groups^=compute,all", ""),
        ("groups=NULL", ""),
    ],
)
async def test_operators(cluster: Desk, words: str, groups: str) -> None:
    await cluster.ok(f"nodech n1 {words}")
    assert await cluster.ok("nodels n1 groups") == f"n1: {groups}\n"


async def test_list_operators_start_from_the_inherited_value(cluster: Desk) -> None:
    await cluster.fill(postscripts=[{"node": "compute", "postscripts": "a,b"}])
    await cluster.ok("nodech n1 postscripts.postscripts,=c")
    await cluster.ok("nodech n2 postscripts.postscripts^=a")
    assert await cluster.ok("nodels n1,n2 postscripts.postscripts") == "n1: c,a,b\nn2: b\n"


@pytest.mark.parametrize("word", ["postscripts.postscripts,=a", "postscripts.postscripts^=nosuch"])
async def test_a_list_operator_with_nothing_to_do_leaves_the_inherited_value_to_the_group(
    cluster: Desk, word: str
) -> None:
    await cluster.fill(postscripts=[{"node": "compute", "postscripts": "a,b"}])
    before = cluster.store.snapshot.revision
    await cluster.ok(f"nodech n1 {word}")
    assert cluster.store.snapshot.revision == before


async def test_operators_on_one_cell_work_one_after_the_other_beside_plain_ones(cluster: Desk) -> None:
    await cluster.ok("nodech n1,n2 groups=a groups,=b groups^=a nodelist.comments=new")
    assert await cluster.ok("nodels n1,n2 groups nodelist.comments") == (
        "n1: groups: b\nn1: nodelist.comments: new\nn2: groups: b\nn2: nodelist.comments: new\n"
    )


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("nodech --dry-run n2 nodehm.power=ipmi", "nodehm node=n2: would be added: node=n2, power=ipmi\n"),
        ("nodech --dry-run n1 nodehm.power=NULL", "nodehm node=n1: power redfish -> (empty)\n"),
        ("nodech --dry-run -d n1 nodehm", "nodehm node=n1: would be deleted\n"),
        ("nodech --dry-run n1 groups,=all", ""),
    ],
)
async def test_a_dry_run_says_what_would_change(cluster: Desk, line: str, lines: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.ok(line) == lines
    assert cluster.store.snapshot.revision == before


async def test_an_empty_value_hides_the_groups_value_and_null_lets_it_show_again(cluster: Desk) -> None:
    await cluster.ok("nodech n1 nodehm.cons=")
    assert await cluster.ok("nodels n1 nodehm.cons") == "n1: \n"
    assert await raw(cluster, "nodehm", "n1", "cons") == FORCED_EMPTY
    await cluster.ok("nodech n1 nodehm.cons=NULL")
    assert await cluster.ok("nodels n1 nodehm.cons") == "n1: ipmi\n"


async def test_an_empty_value_needs_no_rule_where_groups_say_nothing(cluster: Desk) -> None:
    await cluster.ok("nodech n1 nodelist.status= nodehm.disable=")
    assert await raw(cluster, "nodelist", "n1", "status") is None
    assert await raw(cluster, "nodehm", "n1", "disable") is None


@pytest.mark.parametrize(
    ("selection", "changed"),
    [
        ("nodehm.power==redfish", "n1"),
        ("nodehm.power!=redfish", "n10,n2"),
        ("ipmi.bmc=~2$", "n2"),
        ("switch.port==7", "n1"),
        ("mgt==nosuch", ""),
    ],
)
async def test_selections_reduce_the_nodes(cluster: Desk, selection: str, changed: str) -> None:
    await cluster.ok(f"nodech compute '{selection}' nodepos.rack=r1")
    assert await cluster.ok("nodels nodepos.rack==r1") == "".join(f"{node}\n" for node in changed.split(",") if node)


async def test_the_one_row_of_a_node_is_changed_in_a_table_with_several(cluster: Desk) -> None:
    await cluster.ok("nodech n2 switch.port=9 switch.vlan=3")
    await cluster.ok("nodech n10 switch.switch=sw1 switch.port=4")
    assert await cluster.ok("nodels n2,n10 switch.port switch.vlan") == (
        "n10: switch.port: 4\nn10: switch.vlan: \nn2: switch.port: 9\nn2: switch.vlan: 3\n"
    )


async def test_rows_of_nodes_are_deleted(cluster: Desk) -> None:
    assert await cluster.ok("nodech -d n1 nodehm switch") == ""
    assert await cluster.ok("nodels n1 nodehm.power switch.port") == "n1: nodehm.power: \nn1: switch.port: \n"
    assert await cluster.ok("nodels n2 switch.port") == "n2: 2\n"


async def test_naming_a_dynamic_group_earns_a_warning(cluster: Desk) -> None:
    await cluster.fill(nodegroup=[{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==ipmi"}])
    warning = "nodegroup dyn is a dynamic node group, should not add a node into a dynamic node group statically."
    assert await cluster.type("nodech sw1 groups,=dyn,x") == Seen("", f"Warning: [mn1]: {warning}\n", 0)
    assert await cluster.ok("nodels sw1 groups") == "sw1: dyn,x,switch\n"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("n1 nodepos.rack=1 x", "Malformed argument x: write it as table.column=value; nothing was changed"),
        ("n1 nodepos.rack=1 nosuch.x=1", "nosuch.x not a valid table.column description"),
        ("n1 nodepos.rack=1 nodepos.x=1", "nodepos.x not a valid table.column description"),
        ("n1 nodepos.rack=1 site.value=1", "Table site is not about nodes: use gettab, tabch or tabdump"),
        (
            r"n1 'ipmi.bmc=|n(\d+|10.0.0.($1)|'",
            r"The value of ipmi.bmc is a rule that cannot be read: The pattern 'n(\d+' has a ( that nothing closes: correct it.",
        ),
        ("n1 nodepos.node=n2", "nodepos.node is the name of the node itself: it cannot be assigned"),
        ("n1 mgt==ipmi", "nodech: nothing to change: there are only selections; add table.column=value"),
        ("n1", "nodech: nothing to change; write nodech noderange table.column=value ..."),
        ("n2 switch.port=NULL", "switch.port must not be empty: give it a value, or delete the row"),
        ("n2 switch.port=", "switch.port must not be empty: give it a value, or delete the row"),
        (
            "n1-n2 nodepos.rack=1 switch.vlan=1",
            "n1 has 2 rows in table switch: change one with tabch node=...,switch=...,port=... switch.column=value",
        ),
        ("-d n1 nodehm nosuch", "No such table: nosuch"),
        (
            "-d n1 nodehm nodepos.rack",
            "nodepos.rack: . and = not valid in delete mode; name whole tables, such as nodehm",
        ),
        ("-d n1 nodehm mgt=ipmi", "mgt=ipmi: . and = not valid in delete mode; name whole tables, such as nodehm"),
        ("-d n1 site", "Table site is not about nodes: use gettab, tabch or tabdump"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(cluster: Desk, words: str, error: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(f"nodech {words}") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert cluster.store.snapshot.revision == before


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nodech nosuch nodepos.rack=1", "Invalid nodes and/or groups in noderange: nosuch"),
        ("nodech", "nodech: a noderange is missing; see nodech -h"),
        ("nodech -x n1 nodepos.rack=1", "nodech: unknown option -x; see nodech -h"),
    ],
)
async def test_the_nodes_must_exist(cluster: Desk, line: str, error: str) -> None:
    assert await cluster.type(line) == Seen("", f"Error: {error}\n", 1)
