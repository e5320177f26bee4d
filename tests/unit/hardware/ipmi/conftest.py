"""A BMC of the tests with registers in it, and our driver talking to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.simulators.miniature import Miniature
from tests.simulators.registers import Registers, with_registers
from tests.simulators.responder import Responder, responder
from tests.unit.hardware.places import endpoint_of
from xcatd.hardware import Controllers, Device


@dataclass(frozen=True, slots=True)
class Box:
    """A BMC: its network, its brain, what it keeps, and how we see it."""

    network: Responder
    brain: Miniature
    registers: Registers
    device: Device

    def done(self, beginning: bytes) -> list[bytes]:
        """What followed `beginning` (network function, command, data) in the commands that it was given."""
        return [words[len(beginning) :] for words in self.brain.asked if words.startswith(beginning)]


@pytest.fixture
async def box(controllers: Controllers) -> AsyncIterator[Box]:
    brain, registers = with_registers()
    async with responder(brain) as network:
        yield Box(network, brain, registers, controllers.device("ipmi", endpoint_of(network)))
