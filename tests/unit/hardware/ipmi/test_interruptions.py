"""A BMC that loses its session in the middle of any operation, or whose answers also arrive cut off: nobody notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.simulators.registers import Registers
from tests.simulators.stored import CELSIUS, TEMPERATURE, Analog, Locator, Paper, event
from tests.unit.hardware.ipmi.telling import Teller, teller
from tests.unit.hardware.operations import OPERATIONS, Operation, account
from xcatd.errors import TimedOut
from xcatd.hardware import Controllers, PowerAction, PowerState

RECORDS = [
    *(Analog(number, f"Temp {number}", TEMPERATURE, CELSIUS).record() for number in (1, 2)),
    Locator(3, "Riser").record(),
]
EVENTS = [event(0x65000000 + number, TEMPERATURE, 1, 1, (0x59, 96, 95)) for number in range(3)]
DROPS = range(1, 9)
"""After how many commands within sessions the BMC forgets them."""

ALL = {**OPERATIONS, "account": account(userid="3", username="joe", password="s3cret")}


@asynccontextmanager
async def furnished(controllers: Controllers) -> AsyncIterator[Teller]:
    async with teller(controllers, RECORDS, EVENTS) as it:
        it.brain.parts.append(Registers(it.brain))
        it.brain.light = 0x40
        it.archive.readings |= {1: bytes((50, 0xC0, 0)), 2: bytes((51, 0xC0, 0))}
        it.archive.papers |= {0: Paper(product=("Maker", "Server")).octets(), 3: b"\x01" * 64}
        yield it


async def undisturbed(controllers: Controllers, ask: Operation) -> object:
    async with furnished(controllers) as it:
        return await ask(it.device)


@pytest.mark.parametrize("after", DROPS)
@pytest.mark.parametrize("name", ALL)
async def test_a_session_that_is_dropped_in_the_middle(hasty: Controllers, name: str, after: int) -> None:
    expected = await undisturbed(hasty, ALL[name])
    async with furnished(hasty) as it:
        it.brain.forgets_after = after
        assert await ALL[name](it.device) == expected


@pytest.mark.parametrize("name", ALL)
async def test_answers_that_are_cut_off_before_they_come_whole(hasty: Controllers, name: str) -> None:
    expected = await undisturbed(hasty, ALL[name])
    async with furnished(hasty) as it:
        it.network.stumps = True
        assert await ALL[name](it.device) == expected


async def test_what_is_not_repeated_is_done_once_at_most(hasty: Controllers) -> None:
    for after in DROPS:
        async with furnished(hasty) as it:
            it.brain.power = True
            it.brain.forgets_after = after
            try:
                await it.device.power.set_power(PowerAction.RESET, timeout=1)
            except TimedOut:
                assert it.brain.controls == [], "it would have been asked for twice"
            else:
                assert it.brain.controls == [3]
            assert await it.device.power.power_state() is PowerState.ON
