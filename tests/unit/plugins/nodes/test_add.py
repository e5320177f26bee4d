"""`nodeadd`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.run import Desk, Seen


async def test_new_nodes_with_their_values(desk: Desk) -> None:
    assert await desk.ok("nodeadd n[01-03],n7 groups=compute,all nodehm.mgt=ipmi ipmi.bmc=10.0.0.9") == ""
    assert await desk.ok("nodels") == "n01\nn02\nn03\nn7\n"
    assert await desk.ok("nodels n02 groups mgt ipmi.bmc") == (
        "n02: groups: compute,all\nn02: mgt: ipmi\nn02: ipmi.bmc: 10.0.0.9\n"
    )


async def test_a_node_can_be_added_without_groups(desk: Desk) -> None:
    await desk.ok("nodeadd n1 nodehm.mgt=ipmi")
    assert await desk.ok("nodels") == "n1\n"


async def test_a_node_that_exists_gets_the_values_too(desk: Desk) -> None:
    await desk.ok("nodeadd n1 groups=a")
    await desk.ok("nodeadd n1-n2 groups,=b")
    assert await desk.ok("nodels n1-n2 groups") == "n1: b,a\nn2: b\n"


async def test_capital_letters_earn_a_warning(desk: Desk) -> None:
    warning = "The node name 'Zz9' contains capital letters which may not be resolved correctly by the dns server."
    assert await desk.type("nodeadd Zz9,n1 groups=a") == Seen("", f"Warning: [mn1]: {warning}\n", 0)
    assert await desk.ok("nodels") == "Zz9\nn1\n"
    both = warning.replace("Zz9", "A1,A2")
    assert await desk.type("nodeadd A1,b1,A2 groups=a") == Seen("", f"Warning: [mn1]: {both}\n", 0)


async def test_naming_a_dynamic_group_earns_a_warning(desk: Desk) -> None:
    await desk.fill(nodegroup=[{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==ipmi"}])
    warning = "nodegroup dyn is a dynamic node group, should not add a node into a dynamic node group statically."
    assert await desk.type("nodeadd n1-n2 groups=dyn,all") == Seen("", f"Warning: [mn1]: {warning}\n", 0)
    assert await desk.ok("nodels n2 groups") == "n2: dyn,all\n"


async def test_a_node_is_not_called_like_a_group(desk: Desk) -> None:
    await desk.ok("nodeadd n1 groups=rack1")
    error = "rack1 is a group: a node of that name would hide it, so give the node another name"
    assert await desk.type("nodeadd n2,rack1 groups=all") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert await desk.ok("nodels") == "n1\n"


async def test_a_dry_run_adds_nothing(desk: Desk) -> None:
    assert await desk.ok("nodeadd --dry-run n1 groups=a nodehm.mgt=ipmi") == (
        "nodelist node=n1: would be added: node=n1, groups=a\nnodehm node=n1: would be added: node=n1, mgt=ipmi\n"
    )
    assert await desk.ok("nodels") == ""


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("n1", "nodeadd: groups are missing; write nodeadd noderange groups=group[,group] [table.column=value]"),
        ("n1 groups=a x", "Malformed argument x: write it as table.column=value; nothing was changed"),
        ("n1 groups=a nosuch.x=1", "nosuch.x not a valid table.column description"),
        (
            "n1 groups=a mgt==ipmi",
            "Malformed argument mgt==ipmi: nodeadd cannot select among nodes that do not exist yet",
        ),
        ("n1,-n1 groups=a", "'n1,-n1' names no node; write names such as n1,n2 or n[01-40]"),
        ("n1,n_&2 groups=a", "'n_&2' cannot be a node's name: letters, digits, hyphens, dots and underscores can"),
        ("n1 groups=a deps.nodedep=n2", "A new row of table deps needs a value for deps.cmd"),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_added(desk: Desk, words: str, error: str) -> None:
    line = " ".join(f"'{word}'" for word in words.split())
    assert await desk.type(f"nodeadd {line}") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert await desk.ok("nodels") == ""


async def test_a_file_holds_the_names(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("n2 the second\n# none\nn[4-5]\n")
    assert await desk.type("nodeadd ^new,n1 groups=all", cwd=str(tmp_path)) == Seen("", "", 0)
    assert await desk.ok("nodels all") == "n1\nn2\nn4\nn5\n"
    seen = await desk.type(f"nodeadd ^{tmp_path}/old groups=all")
    assert (seen.status, seen.stderr.startswith(f"Error: [mn1]: Cannot read '{tmp_path}/old', check the name")) == (
        1,
        True,
    )


async def test_only_root_has_a_file_read(desk: Desk) -> None:
    await desk.fill(policy=[{"priority": "7", "name": "joe", "rule": "allow"}])
    assert await desk.type("nodeadd ^/etc/shadow groups=all", user="joe") == Seen(
        "",
        "Error: [mn1]: Only root may name a file in a noderange; write the nodes of /etc/shadow out instead\n",
        1,
    )
