"""`noderm`."""

from __future__ import annotations

from tests.helpers.run import Desk, Seen


async def test_nodes_are_forgotten_in_every_table(cluster: Desk) -> None:
    await cluster.fill(nodepos=[{"node": "n1", "rack": "r1", "disable": "1"}])
    assert await cluster.ok("noderm n1,h1") == ""
    assert await cluster.ok("nodels -S") == "n10\nn2\nsw1\n"
    for name in ("nodehm", "switch", "nodepos"):
        assert '"n1"' not in await cluster.ok(f"tabdump {name}")
    assert await cluster.ok("nodels n2 mgt switch.port") == "n2: mgt: ipmi\nn2: switch.port: 2\n"


async def test_without_nodes_nothing_is_removed(cluster: Desk) -> None:
    assert await cluster.type("noderm") == Seen("", "Error: noderm: a noderange is missing; see noderm -h\n", 1)
    assert await cluster.type("noderm n1,nosuch") == Seen(
        "", "Error: Invalid nodes and/or groups in noderange: nosuch\n", 1
    )
    assert await cluster.ok("nodels -S") == "h1\nn1\nn10\nn2\nsw1\n"


async def test_services_that_should_be_pruned_are_named(cluster: Desk) -> None:
    await cluster.fill(site=[{"key": "pruneservices", "value": "yes"}])
    warning = "site.pruneservices is set, but this daemon keeps no DHCP entries: remove those of the nodes yourself."
    assert await cluster.type("noderm n1") == Seen("", f"Warning: [mn1]: {warning}\n", 0)
    await cluster.fill(site=[{"key": "pruneservices", "value": "n"}])
    assert await cluster.type("noderm n2") == Seen("", "", 0)
