"""The boot order of a system, and what its entries are (Redfish schemas ComputerSystem, object Boot, and BootOption)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xcatd.errors import Unsupported, UsageError
from xcatd.hardware.bootorder import BootOption, BootOrder
from xcatd.hardware.redfish.boot import DEVICES
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.places import Machine, Places

_ORDER = "BootOrder"


class SystemBootOrder(BootOrder):
    """The boot order of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, timeout: float) -> Sequence[BootOption]:
        return await self._machine.ask(timeout, _order)

    async def _order(self, first: Sequence[str], timeout: float) -> None:
        await self._machine.ask(timeout, partial(_put_first, first=first))


async def _order(places: Places) -> Sequence[BootOption]:
    system = await places.system()
    references = _references(system, places.place)
    options = await places.members(system.fields.link("Boot", "BootOptions"))
    known = {option.fields.text("BootOptionReference"): option.fields for option in options}
    return [_option(reference, known.get(reference, Fields({}))) for reference in references]


def _option(reference: str, option: Fields) -> BootOption:
    name = option.text("DisplayName") or option.text("Name") or reference
    return BootOption(reference, name, DEVICES.get(option.text("Alias")))


async def _put_first(places: Places, first: Sequence[str]) -> None:
    system = await places.system()
    references = _references(system, places.place)
    unknown = [reference for reference in first if reference not in references]
    if unknown:
        raise UsageError(f"the node has no boot option {', '.join(unknown)}: it has {', '.join(references)}")
    order = list(dict.fromkeys((*first, *references)))
    await places.controller.change(await _changeable(places, system), {"Boot": {_ORDER: order}})


async def _changeable(places: Places, system: Resource) -> Resource:
    """Where the order is changed: the settings for the next start, where the service has them apart (DSP0266, 9.10)."""
    later = await places.controller.find(system.fields.link("@Redfish.Settings", "SettingsObject"))
    return later if later is not None and later.fields.texts("Boot", _ORDER) else system


def _references(system: Resource, place: str) -> Sequence[str]:
    references = system.fields.texts("Boot", _ORDER)
    if not references:
        raise Unsupported(f"the BMC at {place} does not tell the boot order: set it in the firmware's menu")
    return references
