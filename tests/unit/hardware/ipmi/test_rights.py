"""Every capability under a K_g key, by IPMI 1.5, and for users of each privilege."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.simulators.miniature import Miniature
from tests.simulators.registers import with_registers
from tests.simulators.responder import responder
from tests.unit.hardware.places import endpoint_of
from xcatd.errors import BadCredentials
from xcatd.hardware import BeaconState, BootChoice, BootDevice, Cap, Controllers, Device

Deed = Callable[[Device], Awaitable[object]]

LOOKS: dict[str, Deed] = {
    "power": lambda device: device.power.power_state(),
    "light": lambda device: device.beacon.beacon_state(),
    "consumption": lambda device: device.energy.consumption(),
    "limit": lambda device: device.energy.cap(),
    "console": lambda device: device.settings.setting("sol"),
}
"""What a user may do."""
ORDERS: dict[str, Deed] = {
    "boot device": lambda device: device.boot.choose_boot(BootChoice(BootDevice.NETWORK)),
    "light on": lambda device: device.beacon.set_beacon(BeaconState.ON),
    "new limit": lambda device: device.energy.set_cap(Cap(300, active=True)),
    "address": lambda device: device.settings.setting("ip"),
    "accounts": lambda device: device.settings.setting("users"),
    "alerts": lambda device: device.settings.setting("alert"),
}
"""What an operator may do."""
CHANGES: dict[str, Deed] = {
    "interval": lambda device: device.settings.change_setting("garp", "5"),
    "name": lambda device: device.settings.change_setting("username", "boss"),
    "alerts on": lambda device: device.settings.change_setting("alert", "on"),
    "console on": lambda device: device.settings.change_setting("sol", "on"),
}
"""What only an administrator may do."""
ALL = LOOKS | ORDERS | CHANGES
TOO_MUCH = r'does not allow this to the user "admin": give that user a higher privilege'


@asynccontextmanager
async def device_of(controllers: Controllers, kg: str = "", **settings: int) -> AsyncIterator[tuple[Device, Miniature]]:
    """Of a BMC with these settings."""
    brain, _ = with_registers()
    brain.kg = kg.encode()
    for name, value in settings.items():
        setattr(brain, name, value)
    async with responder(brain) as bmc:
        yield controllers.device("ipmi", endpoint_of(bmc, kg=kg)), brain


async def test_all_works_under_a_k_g_key(controllers: Controllers) -> None:
    async with device_of(controllers, kg="cluster key") as (device, _):
        for deed in ALL.values():
            await deed(device)


async def test_all_works_by_ipmi_15(hasty: Controllers) -> None:
    async with device_of(hasty, version=15) as (device, _):
        for deed in ALL.values():
            await deed(device)


async def test_a_user_may_look_and_give_no_orders(controllers: Controllers) -> None:
    async with device_of(controllers, role=2) as (device, _):
        for deed in LOOKS.values():
            await deed(device)
        for deed in (ORDERS | CHANGES).values():
            with pytest.raises(BadCredentials, match=TOO_MUCH):
                await deed(device)


async def test_an_operator_may_give_orders_and_change_no_settings(controllers: Controllers) -> None:
    async with device_of(controllers, role=3) as (device, _):
        for deed in (LOOKS | ORDERS).values():
            await deed(device)
        for deed in CHANGES.values():
            with pytest.raises(BadCredentials, match=TOO_MUCH):
                await deed(device)


async def test_a_bmc_that_wants_more_than_the_standard_gets_all_that_the_user_has(controllers: Controllers) -> None:
    async with device_of(controllers) as (device, brain):
        brain.parts.insert(0, Strict())
        await device.settings.setting("ip")


async def test_a_user_who_has_not_what_such_a_bmc_wants_is_told_so(controllers: Controllers) -> None:
    async with device_of(controllers, role=3) as (device, brain):
        brain.parts.insert(0, Strict())
        with pytest.raises(BadCredentials, match=TOO_MUCH):
            await device.settings.setting("ip")


class Strict:
    """A part that lets nobody but administrators read the network's settings."""

    def carry_out(self, command: tuple[int, int], data: bytes, privilege: int) -> tuple[int, bytes] | None:
        return (0xD4, b"") if command == (0x0C, 0x02) and privilege < 4 else None
