"""What a node is made of: its system, chassis and manager, their parts, and the firmware of all of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from xcatd.errors import Unsupported
from xcatd.hardware.inventory import Fact, Inventory, Nic, Part
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.places import Machine, Places, side_by_side

_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.ASCII)
_NO_MAC = "00:00:00:00:00:00"

_SYSTEM: Mapping[Part, tuple[str, ...]] = MappingProxyType(
    {
        Part.MODEL: ("Manufacturer", "Model", "SKU"),
        Part.SERIAL: ("SerialNumber", "PartNumber"),
        Part.ASSET: ("AssetTag",),
        Part.GUID: ("UUID",),
        Part.MISC: ("HostName", "SystemType", "PowerState", "PowerRestorePolicy"),
    }
)
"""Properties of schema ComputerSystem."""
_PROCESSOR = ("Manufacturer", "Model", "TotalCores", "TotalThreads", "MaxSpeedMHz", "SerialNumber")
_MEMORY = ("Manufacturer", "PartNumber", "SerialNumber", "CapacityMiB", "MemoryDeviceType", "OperatingSpeedMhz")
_UNIT = ("Manufacturer", "Model", "PartNumber", "SerialNumber", "FirmwareVersion")
_MANAGER = ("Manufacturer", "Model", "UUID", "ServiceIdentification")
_PURPOSES: Mapping[str, str] = MappingProxyType({"BMC image": "BMC", "Host image": "HOST", "BIOS image": "HOST"})
"""How OpenBMC describes an image, and what xCAT 2 calls it."""


class Assembly(Inventory):
    """The inventory of one node. Names of facts are those of xCAT 2 for OpenBMC, such as "SYSTEM Model"."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, parts: Collection[Part] | None, timeout: float) -> Sequence[Fact]:
        return await self._machine.ask(timeout, partial(_facts, parts=parts))

    async def _nics(self, timeout: float) -> Sequence[Nic]:
        return await self._machine.ask(timeout, _nics)


async def _facts(places: Places, parts: Collection[Part] | None) -> Sequence[Fact]:
    system = await places.system()
    wanted = [part for part in Part if parts is None or part in parts]
    found = await side_by_side(_of_part(places, system, part) for part in wanted)
    return [fact for facts in found for fact in facts]


async def _of_part(places: Places, system: Resource, part: Part) -> list[Fact]:
    facts = _plain(part, "SYSTEM", system.fields, _SYSTEM.get(part, ()))
    look = _LOOKS.get(part)
    return facts + (await look(places, system) if look is not None else [])


def _plain(part: Part, owner: str, fields: Fields, names: Collection[str]) -> list[Fact]:
    """A fact for each of the properties that has a value."""
    return [Fact(part, f"{owner} {name}", value) for name in names if (value := fields.text(name))]


async def _manager(places: Places, system: Resource) -> Fields:
    """What the manager says of itself; nothing when there is none."""
    found = await places.find_manager(system)
    return found.fields if found is not None else Fields({})


async def _mprom(places: Places, system: Resource) -> list[Fact]:
    version = (await _manager(places, system)).text("FirmwareVersion")
    return [Fact(Part.MPROM, "BMC Firmware", version)] if version else []


async def _device_id(places: Places, system: Resource) -> list[Fact]:
    return _plain(Part.DEVICE_ID, "BMC", await _manager(places, system), _MANAGER)


async def _firmware(places: Places, system: Resource) -> list[Fact]:
    """All that the UpdateService knows, else what the system and the manager say of themselves."""
    service = await places.controller.find((await places.controller.root()).fields.link("UpdateService"))
    links = (service.fields.link("FirmwareInventory"),) if service is not None else ()
    images = [image for link in links for image in await places.members(link)]
    facts = [_image(image.fields) for image in images if image.fields.text("Version")]
    if facts:
        return facts
    bios, own = system.fields.text("BiosVersion"), (await _manager(places, system)).text("FirmwareVersion")
    return [
        Fact(Part.FIRMWARE, f"{name} Firmware Product", value)
        for name, value in (("HOST", bios), ("BMC", own))
        if value
    ]


def _image(image: Fields) -> Fact:
    name = _PURPOSES.get(image.text("Description")) or image.text("Name") or image.text("Id")
    state = image.text("Status", "State")
    shown = f" ({state})" if state not in ("", "Enabled") else ""
    return Fact(Part.FIRMWARE, f"{name} Firmware Product", f"{image.text('Version')}{shown}")


async def _cpus(places: Places, system: Resource) -> list[Fact]:
    return await _units(places, Part.CPU, system.fields.link("Processors"), _PROCESSOR)


async def _dimms(places: Places, system: Resource) -> list[Fact]:
    return await _units(places, Part.DIMM, system.fields.link("Memory"), _MEMORY)


async def _hardware(places: Places, system: Resource) -> list[Fact]:
    """The chassis, and the power supplies in them."""
    facts: list[Fact] = []
    for chassis in await places.chassis(system):
        facts += _plain(Part.HARDWARE, f"CHASSIS {chassis.fields.text('Id')}", chassis.fields, _UNIT)
        power = await places.controller.find(chassis.fields.link("Power"))
        for supply in power.fields.parts("PowerSupplies") if power is not None else ():
            facts += _unit(Part.HARDWARE, supply, _UNIT)
    return facts


async def _units(places: Places, part: Part, collection: str, names: Collection[str]) -> list[Fact]:
    return [fact for member in await places.members(collection) for fact in _unit(part, member.fields, names)]


def _unit(part: Part, unit: Fields, names: Collection[str]) -> list[Fact]:
    """What is to say of a replaceable unit; nothing of an empty slot."""
    if unit.text("Status", "State") == "Absent":
        return []
    name = unit.text("Id") or unit.text("Name") or unit.text("MemberId")
    return _plain(part, name.upper(), unit, names)


async def _macs(places: Places, system: Resource) -> list[Fact]:
    return [Fact(Part.MAC, f"NIC {nic.name} MAC", nic.mac) for nic in await _of_nics(places, system)]


async def _misc(places: Places, system: Resource) -> list[Fact]:
    summaries = (
        ("SYSTEM ProcessorCount", system.fields.text("ProcessorSummary", "Count")),
        ("SYSTEM MemoryGiB", system.fields.text("MemorySummary", "TotalSystemMemoryGiB")),
        ("SYSTEM Health", system.fields.text("Status", "Health")),
    )
    return [Fact(Part.MISC, name, value) for name, value in summaries if value]


async def _nics(places: Places) -> Sequence[Nic]:
    system = await places.system()
    if not system.fields.link("EthernetInterfaces"):
        raise Unsupported(f"the BMC at {places.place} tells nothing about the network interfaces of its node")
    return await _of_nics(places, system)


async def _of_nics(places: Places, system: Resource) -> list[Nic]:
    """Those of which the address is known, in the order of the service."""
    nics = []
    for member in await places.members(system.fields.link("EthernetInterfaces")):
        given = member.fields.text("PermanentMACAddress") or member.fields.text("MACAddress")
        mac = given.lower().replace("-", ":")
        if _MAC.fullmatch(mac) and mac != _NO_MAC:
            nics.append(Nic(member.fields.text("Id") or member.fields.text("Name"), mac))
    return nics


_LOOKS: Mapping[Part, Callable[[Places, Resource], Awaitable[list[Fact]]]] = MappingProxyType(
    {
        Part.DEVICE_ID: _device_id,
        Part.MPROM: _mprom,
        Part.FIRMWARE: _firmware,
        Part.CPU: _cpus,
        Part.DIMM: _dimms,
        Part.HARDWARE: _hardware,
        Part.MAC: _macs,
        Part.MISC: _misc,
    }
)
"""What has to be looked for beyond the system itself."""
