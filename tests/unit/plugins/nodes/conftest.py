"""A small cluster: n1 to n3 in group compute, n1 with values of its own; h1 is hidden."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk


@pytest.fixture
async def cluster(desk: Desk) -> Desk:
    await desk.fill(
        nodelist=[
            {"node": "n10", "groups": "compute,all"},
            {"node": "n1", "groups": "compute,all"},
            {"node": "n2", "groups": "compute,all"},
            {"node": "sw1", "groups": "switch"},
            {"node": "h1", "groups": "all", "hidden": "1"},
        ],
        nodehm=[{"node": "compute", "mgt": "ipmi", "cons": "ipmi"}, {"node": "n1", "power": "redfish"}],
        ipmi=[{"node": "compute", "bmc": r"|\D+(\d+)|10.0.0.($1)|"}],
        switch=[
            {"node": "n1", "switch": "sw1", "port": "1", "vlan": "5"},
            {"node": "n1", "switch": "sw2", "port": "7"},
            {"node": "n2", "switch": "sw1", "port": "2"},
        ],
    )
    return desk
