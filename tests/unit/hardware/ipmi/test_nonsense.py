"""A BMC that answers anything to everything: an operator sees a result or one of our errors, and soon."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from tests.simulators.registers import Registers
from tests.simulators.stored import CELSIUS, POWER_SUPPLY, TEMPERATURE, Analog, Discrete, Locator, Paper, event
from tests.unit.hardware.ipmi.telling import Teller, teller
from xcatd.errors import NodeError
from xcatd.hardware import BeaconState, BootChoice, BootDevice, Cap, Controllers, Device, PowerAction

RECORDS = [
    Analog(1, "Temp", TEMPERATURE, CELSIUS, thresholds=(None, None, None, 90, 95, 100)).record(),
    Discrete(7, "PSU", POWER_SUPPLY, share=2).record(),
    Locator(3, "DIMM 1", modifier=1).record(),
    Locator(4, "Riser").record(),
]

NEW = {
    "netmask": "255.255.0.0",
    "snmpdest": "10.0.0.8",
    "alert": "on",
    "sol": "on",
    "solbaud": "9600",
    "username": "joe",
}
"""Settings that do not take the BMC away."""


@dataclass
class Babbler:
    """A part that answers every so often, whatever it was asked, mostly with success, and with octets from a die."""

    die: random.Random
    often: float

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> tuple[int, bytes] | None:
        if self.die.random() > self.often:
            return None
        code = self.die.choice((0, 0, 0, 0, 0, 0, 0, 0xCA, 0xC5, 0xCB))
        return code, self.die.randbytes(self.die.choice((0, 1, 2, 3, 7, 15, 18, 40, 200)))


async def use(device: Device, timeout: float) -> int:
    """Ask everything; how many of the questions had an answer."""
    answered = 0
    for ask in (
        lambda: device.sensors.sensors(timeout=timeout),
        lambda: device.inventory.facts(timeout=timeout),
        lambda: device.event_log.events(timeout=timeout),
        lambda: device.event_log.events(2, timeout=timeout),
        lambda: device.event_log.clear_events(timeout=timeout),
        lambda: device.power.power_state(timeout=timeout),
        lambda: device.power.set_power(PowerAction.CYCLE, timeout=timeout),
        lambda: device.boot.boot_choice(timeout=timeout),
        lambda: device.boot.choose_boot(BootChoice(BootDevice.NETWORK), timeout=timeout),
        lambda: device.beacon.set_beacon(BeaconState.ON, timeout=timeout),
        lambda: device.beacon.beacon_state(timeout=timeout),
        lambda: device.chassis.chassis_facts(timeout=timeout),
        lambda: device.energy.consumption(timeout=timeout),
        lambda: device.energy.cap(timeout=timeout),
        lambda: device.energy.set_cap(Cap(300, active=True), timeout=timeout),
        *(partial(device.settings.setting, word, timeout=timeout) for word in device.settings.readable),
        *(partial(device.settings.change_setting, word, value, timeout=timeout) for word, value in NEW.items()),
    ):
        try:
            await ask()
            answered += 1
        except NodeError as error:
            assert str(error).count("127.0.0.1") == 1
    return answered


@pytest.mark.parametrize("seed", range(40))
async def test_a_bmc_that_babbles(controllers: Controllers, seed: int) -> None:
    die = random.Random(seed)
    async with filled(controllers) as it:
        it.brain.parts.insert(0, Babbler(die, die.choice((0.1, 0.3, 1.0))))
        await use(it.device, 0.3)


@pytest.mark.parametrize("seed", range(40))
async def test_a_bmc_with_broken_bits(controllers: Controllers, seed: int) -> None:
    async with filled(controllers) as it:
        _damage(it, random.Random(seed))
        await use(it.device, 1)


def _damage(it: Teller, die: random.Random) -> None:
    """A few octets of all that is stored."""
    for shelf in (it.archive.sdrs.records, it.archive.sel.records, it.archive.papers):
        for number, octets in shelf.items():
            damaged = bytearray(octets)
            for _ in range(die.randrange(4)):
                damaged[die.randrange(len(damaged))] = die.randrange(256)
            shelf[number] = bytes(damaged[: die.choice((len(damaged), die.randrange(len(damaged)) + 1))])


async def test_without_damage_every_question_has_an_answer(controllers: Controllers) -> None:
    async with filled(controllers) as it:
        it.brain.light = 0x40
        assert await use(it.device, 5) == 15 + len(it.device.settings.readable) + len(NEW)


@asynccontextmanager
async def filled(controllers: Controllers) -> AsyncIterator[Teller]:
    events = [event(0x65000000, TEMPERATURE, 1, 1, (0x59, 96, 95))] * 3
    async with teller(controllers, RECORDS, events) as it:
        it.brain.parts.append(Registers(it.brain))
        it.archive.readings |= {1: bytes((50, 0xC0, 0)), 7: bytes((0, 0xC0, 1)), 8: b"\0\xc0"}
        it.archive.papers |= {0: Paper(product=("Maker", "Server")).octets(), 3: bytes(384), 4: b"\x01" * 64}
        yield it
