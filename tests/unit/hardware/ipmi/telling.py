"""BMCs with something to tell, and our driver listening to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.claims import network
from tests.simulators.archive import Archive, told
from tests.simulators.bmcs import Bmc, Rack, bmcs
from tests.simulators.miniature import Miniature
from tests.simulators.responder import Responder, responder
from tests.unit.hardware.places import endpoint_of
from xcatd.hardware import Controllers, Device


@contextmanager
def furnished_bmc(subnet: int, directory: Path) -> Iterator[Bmc]:
    """A real ipmi_sim with sensors, parts and a log, at an address that other runs on this machine do not use."""
    with bmcs(Rack(1, f"{network()}.{subnet}.1", furnished=True), directory) as started:
        yield started[0]


@dataclass(frozen=True, slots=True)
class Teller:
    """A BMC of the tests: its network, its brain, what it tells, and how we see it."""

    network: Responder
    brain: Miniature
    archive: Archive
    device: Device

    def asked(self, *beginning: int) -> int:
        """How often it was given a command that begins so: network function, number, data."""
        return sum(words.startswith(bytes(beginning)) for words in self.brain.asked)


@asynccontextmanager
async def teller(
    controllers: Controllers, records: Sequence[bytes] = (), events: Sequence[bytes] = ()
) -> AsyncIterator[Teller]:
    brain, archive = told(records, events)
    async with responder(brain) as network:
        yield Teller(network, brain, archive, controllers.device("ipmi", endpoint_of(network)))
