"""`nodegrpch`."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk, Seen


async def test_the_groups_value_shows_through_for_every_member(cluster: Desk) -> None:
    assert await cluster.ok("nodegrpch compute,switch nodehm.power=ipmi") == ""
    assert await cluster.ok("nodels n1,n2,sw1 nodehm.power -b") == (
        "n1: ipmi (inherited from group compute)\n"
        "n2: ipmi (inherited from group compute)\n"
        "sw1: ipmi (inherited from group switch)\n"
    )


async def test_a_group_may_get_values_before_it_has_members(cluster: Desk) -> None:
    await cluster.ok("nodegrpch later nodehm.power=ipmi")
    await cluster.ok("nodech sw1 groups,=later")
    assert await cluster.ok("nodels sw1 nodehm.power") == "sw1: ipmi\n"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            "compute nodehm.power,=x",
            "nodehm.power,=x: ,= and ^= are not supported by nodegrpch; write the whole value with =",
        ),
        (
            "compute nodehm.power^=x",
            "nodehm.power^=x: ,= and ^= are not supported by nodegrpch; write the whole value with =",
        ),
        (
            "compute groups=x",
            "groups=x: Group membership is not changeable via nodegrpch; use nodech on the members",
        ),
        (
            "compute nodelist.status=x",
            "nodelist.status=x: groups have no row in table nodelist; use nodech on their members",
        ),
        ("compute nosuch.x=1", "nosuch.x not a valid table.column description"),
        (
            "compute switch.port=1",
            "switch.port=1: switch.port tells the rows of a node apart; use nodech on the members",
        ),
        (
            "compute nodehm.mgt==x",
            "Malformed argument nodehm.mgt==x: nodegrpch cannot select; a value that begins with = is set by =@",
        ),
        ("compute,n1 nodehm.power=x", "n1 is a node, not a group: use nodech"),
        ("compute", "nodegrpch: nothing to change; write nodegrpch group table.column=value ..."),
        (", nodehm.power=x", "nodegrpch: which groups? Write nodegrpch group[,group] table.column=value ..."),
    ],
)
async def test_a_mistake_is_named_and_nothing_is_changed(cluster: Desk, words: str, error: str) -> None:
    before = cluster.store.snapshot.revision
    assert await cluster.type(f"nodegrpch {words}") == Seen("", f"Error: [mn1]: {error}\n", 1)
    assert cluster.store.snapshot.revision == before


async def test_a_dry_run_says_what_would_change(cluster: Desk) -> None:
    assert await cluster.ok("nodegrpch --dry-run compute nodehm.power=ipmi") == (
        "nodehm node=n1: power redfish -> (empty)\nnodehm node=compute: power (empty) -> ipmi\n"
    )
    assert await cluster.ok("nodels n1 nodehm.power") == "n1: redfish\n"


async def test_a_value_that_begins_like_an_operator(cluster: Desk) -> None:
    await cluster.ok("nodegrpch compute nodehm.comments=@=x")
    assert await cluster.ok("nodels n2 nodehm.comments") == "n2: =x\n"
