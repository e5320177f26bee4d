"""The care around every driver: busy controllers are asked again, and a promised state is seen before it is believed."""

from __future__ import annotations

import pytest

from tests.simulators.responder import responder
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import Busy, TimedOut, Unsupported
from xcatd.hardware import Controllers, PowerAction, PowerState

BUSY, WRONG_STATE, VENDORS = 0xC0, 0xD5, 0x9E


async def test_a_busy_bmc_is_asked_again(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.extend([BUSY, BUSY])
        power = controllers.device("ipmi", endpoint_of(bmc)).power
        assert await power.power_state(timeout=5) is PowerState.OFF


async def test_a_bmc_that_stays_busy_is_reported_as_busy(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.extend([BUSY] * 100)
        power = controllers.device("ipmi", endpoint_of(bmc)).power
        with pytest.raises(Busy, match=r'refuses "Chassis Control": node busy \(0xc0\); try again later'):
            await power.set_power(PowerAction.ON, timeout=0.5)
        assert bmc.bmc.controls == []


async def test_an_order_that_had_to_wait_is_carried_out_once(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.extend([0, BUSY])  # the look before a reset, then the reset
        await controllers.device("ipmi", endpoint_of(bmc)).power.set_power(PowerAction.RESET, timeout=5)
        assert bmc.bmc.controls == [3]


async def test_a_bmc_that_accepts_and_does_nothing_is_found_out(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.is_stuck = True
        power = controllers.device("ipmi", endpoint_of(bmc)).power
        with pytest.raises(TimedOut, match=r'accepted "on" but still reports the other state after 0\.5 s'):
            await power.set_power(PowerAction.ON, timeout=0.5)


async def test_a_bmc_that_refuses_to_turn_off_what_is_off_is_forgiven(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.append(WRONG_STATE)
        await controllers.device("ipmi", endpoint_of(bmc)).power.set_power(PowerAction.OFF, timeout=5)


async def test_a_bmc_that_refuses_to_turn_on_what_is_off_is_not(controllers: Controllers) -> None:
    async with responder() as bmc:
        bmc.bmc.codes.append(WRONG_STATE)
        with pytest.raises(Unsupported, match=r"not supported in the present state \(0xd5\)"):
            await controllers.device("ipmi", endpoint_of(bmc)).power.set_power(PowerAction.ON, timeout=5)


def test_only_on_and_off_promise_a_state() -> None:
    promises = {action: action.promises for action in PowerAction if action.promises}
    assert promises == {PowerAction.ON: PowerState.ON, PowerAction.OFF: PowerState.OFF}
