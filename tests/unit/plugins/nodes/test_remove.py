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


async def test_records_of_the_node_as_a_device_stay_until_it_is_purged(cluster: Desk) -> None:
    await cluster.fill(
        switches=[{"switch": "sw1", "protocol": "snmp"}],
        mpa=[{"mpa": "sw1", "username": "a"}, {"mpa": "sw1", "username": "b"}, {"mpa": "amm1", "username": "a"}],
    )
    await cluster.ok("noderm sw1")
    assert '"sw1"' in await cluster.ok("tabdump switches")
    await cluster.ok("nodeadd sw1 groups=switch")
    assert await cluster.ok("nodepurge sw1") == "Removed all nodes.\n"
    assert await cluster.ok("nodels") == "n1\nn10\nn2\n"
    assert '"sw1"' not in await cluster.ok("tabdump switches")
    assert [row["mpa"] for row in cluster.store.snapshot.table("mpa").rows] == ["amm1"]
    assert await cluster.ok("nodels n2 switch.switch") == "n2: sw1\n"


async def test_a_dry_run_removes_nothing(cluster: Desk) -> None:
    lines = "nodelist node=sw1: would be deleted\n"
    assert await cluster.ok("noderm --dry-run sw1") == lines
    assert await cluster.ok("nodepurge --dry-run sw1") == lines
    assert await cluster.ok("nodels sw1") == "sw1\n"


async def test_what_belonged_to_a_frame_is_named(desk: Desk) -> None:
    await desk.fill(
        nodelist=[{"node": name, "groups": "all"} for name in ("cec1", "fsp1", "fsp2", "cec2", "lpar1")],
        ppc=[
            {"node": "cec1", "nodetype": "cec", "parent": "frame1"},
            {"node": "fsp1", "nodetype": "fsp", "parent": "cec1"},
            {"node": "fsp2", "nodetype": "fsp", "parent": "cec1"},
            {"node": "lpar1", "nodetype": "lpar", "parent": "cec1"},
        ],
        nodetype=[{"node": "cec2", "nodetype": "cec"}],
    )
    said = "Removed a cec node cec1, please remove these nodes belongs to it manually: fsp1,fsp2\n"
    assert await desk.ok("noderm cec1,cec2,lpar1") == said
    assert await desk.ok("nodels") == "fsp1\nfsp2\n"
