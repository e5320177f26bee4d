"""A desk with machines that libvirt's own test driver pretends to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.run import Desk
from xcatd.hardware.libvirt.binding import load

URI = "test:///default"


@pytest.fixture
def connection() -> Iterator[Any]:
    """The hypervisor, with the one machine "test" and nothing left of other tests."""
    libvirt = load()
    made = libvirt.open(URI)
    for domain in made.listAllDomains():
        if domain.isActive():
            domain.destroy()
        if domain.name() != "test":
            domain.undefine()
    yield made
    made.close()


@pytest.fixture
async def room(desk: Desk, connection: Any) -> Desk:
    """n1 and n2 are virtual machines on h1, which is the pretended hypervisor; n3 has a BMC."""
    await desk.fill(
        nodelist=[{"node": node, "groups": "all"} for node in ("n1", "n2", "n3", "h1")],
        nodehm=[{"node": "n1", "mgt": "kvm"}, {"node": "n2", "mgt": "kvm"}, {"node": "n3", "mgt": "ipmi"}],
        vm=[
            {"node": "n1", "host": URI, "memory": "64", "nics": "br0,br1"},
            {"node": "n2", "host": URI, "memory": "64", "nics": "br0"},
        ],
        hypervisor=[{"node": "h1", "mgr": URI}],
        hosts=[{"node": "n2", "ip": "10.1.2.3"}],
    )
    return desk
