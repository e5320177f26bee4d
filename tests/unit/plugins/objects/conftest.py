"""A small cluster: n1 to n3 in group compute with BMCs, h1 hidden, a network and a few site values."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk


@pytest.fixture
async def cluster(desk: Desk) -> Desk:
    await desk.fill(
        nodelist=[
            {"node": "n2", "groups": "compute,all"},
            {"node": "n1", "groups": "compute,all"},
            {"node": "sw1", "groups": "switch"},
            {"node": "h1", "groups": "all", "hidden": "1"},
        ],
        nodehm=[{"node": "compute", "mgt": "ipmi"}],
        ipmi=[{"node": "compute", "bmc": r"|\D+(\d+)|10.0.0.($1)|"}, {"node": "n1", "username": "ADMIN"}],
        postscripts=[{"node": "xcatdefaults", "postscripts": "syslog,remoteshell", "postbootscripts": "otherpkgs"}],
        networks=[{"netname": "net10", "net": "10.0.0.0", "mask": "255.0.0.0"}],
        site=[
            {"key": "domain", "value": "cluster.test"},
            {"key": "auditnosyslog", "value": "0"},
            {"key": "SNx", "value": "1"},
        ],
    )
    return desk
