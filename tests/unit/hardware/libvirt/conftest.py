"""Machines that libvirt's own test driver pretends to have: no hypervisor is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import libvirt
import pytest

from xcatd.hardware import Controllers
from xcatd.hardware.libvirt.binding import load

URI = "test:///default"
"""All connections of a process to it see the same machines."""


@pytest.fixture
def connection() -> Iterator[Any]:
    """A connection that is not the driver's, to a hypervisor with one machine, "test", which is on."""
    connection = load().open(URI)
    for domain in connection.listAllDomains():
        with suppress(libvirt.libvirtError):
            domain.destroy()
        if domain.name() != "test":
            domain.undefine()
    connection.lookupByName("test").create()
    yield connection
    connection.close()


@pytest.fixture
async def controllers() -> AsyncIterator[Controllers]:
    async with Controllers() as made:
        yield made
