"""What is done to a node in tests of interruptions: each operation is one or two orders, and what is seen then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from xcatd.hardware import BeaconState, BootChoice, BootDevice, Cap, Device, PowerAction

NETWORK = BootChoice(BootDevice.NETWORK)

Operation = Callable[[Device], Awaitable[object]]


async def _on(device: Device) -> object:
    await device.power.set_power(PowerAction.ON, timeout=2)
    return await device.power.power_state()


async def _light(device: Device) -> object:
    await device.beacon.set_beacon(BeaconState.ON)
    return await device.beacon.beacon_state()


async def _limit(device: Device) -> object:
    await device.energy.set_cap(Cap(300, active=True))
    return await device.energy.cap()


def account(**words: str) -> Operation:
    """Set an account with these words of rspconfig."""

    async def operation(device: Device) -> object:
        settings = device.settings
        return [await settings.change_setting(word, value) for word, value in words.items()]

    return operation


OPERATIONS: Mapping[str, Operation] = {
    "power": _on,
    "boot": lambda device: device.boot.choose_boot(NETWORK),
    "beacon": _light,
    "chassis": lambda device: device.chassis.chassis_facts(),
    "sensors": lambda device: device.sensors.sensors(),
    "inventory": lambda device: device.inventory.facts(),
    "events": lambda device: device.event_log.events(),
    "clearing": lambda device: device.event_log.clear_events(),
    "energy": _limit,
    "reading a setting": lambda device: device.settings.setting("users"),
    "changing a setting": lambda device: device.settings.change_setting("netmask", "255.255.0.0"),
}
"""What every BMC can do."""
