"""What a node starts from next, by the boot override of its system (Redfish schema ComputerSystem, object Boot)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from xcatd.errors import NodeError, Unsupported
from xcatd.hardware.boot import Boot, BootChoice, BootDevice
from xcatd.hardware.redfish.fields import Fields
from xcatd.hardware.redfish.places import Machine, Places

_TARGETS: Mapping[BootDevice, tuple[str, ...]] = MappingProxyType(
    {
        BootDevice.DEFAULT: ("None",),
        BootDevice.NETWORK: ("Pxe", "UefiHttp"),
        BootDevice.DISK: ("Hdd",),
        BootDevice.CD: ("Cd",),
        BootDevice.FLOPPY: ("Floppy", "Usb"),
        BootDevice.SETUP: ("BiosSetup",),
    }
)
"""What each device is called, the preferred name first. Removable media of today are what floppies were."""
DEVICES: Mapping[str, BootDevice] = MappingProxyType(
    {target: device for device, targets in _TARGETS.items() for target in targets}
)
_TARGET, _ENABLED, _MODE = "BootSourceOverrideTarget", "BootSourceOverrideEnabled", "BootSourceOverrideMode"


class BootOverride(Boot):
    """The mode is set when UEFI is asked for. Else it stays as it is: a node that starts by UEFI would not start without."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, timeout: float) -> BootChoice | None:
        return await self._machine.ask(timeout, _choice)

    async def _choose(self, choice: BootChoice, timeout: float) -> None:
        await self._machine.ask(timeout, partial(_choose, choice=choice))


async def _choice(places: Places) -> BootChoice | None:
    boot = (await places.system()).fields.part("Boot")
    target = boot.text(_TARGET) or "None"
    if target == "None" or boot.text(_ENABLED) == "Disabled":
        return None
    device = DEVICES.get(target)
    if device is None:
        raise NodeError(f'the BMC at {places.place} has the node start from "{target}": choose another boot device')
    return BootChoice(device, boot.text(_ENABLED) == "Continuous", boot.text(_MODE) == "UEFI")


async def _choose(places: Places, choice: BootChoice) -> None:
    system = await places.system()
    await places.controller.change(system, {"Boot": _override(system.fields.part("Boot"), choice, places.place)})


def _override(boot: Fields, choice: BootChoice, place: str) -> Mapping[str, Any]:
    if choice.device is BootDevice.DEFAULT:
        return {_TARGET: "None", _ENABLED: "Disabled"}
    override = {_TARGET: _target(boot, choice, place), _ENABLED: "Continuous" if choice.persistent else "Once"}
    if choice.uefi and boot.text(_MODE) != "UEFI":
        override[_MODE] = "UEFI"
    return override


def _target(boot: Fields, choice: BootChoice, place: str) -> str:
    allowed = boot.allowed(_TARGET)
    for target in _TARGETS[choice.device]:
        if not allowed or target in allowed:
            return target
    raise Unsupported(
        f"the BMC at {place} cannot have the node start from {choice.device}: it offers {', '.join(allowed)}"
    )
