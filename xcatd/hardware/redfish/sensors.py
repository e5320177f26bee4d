"""The sensors of a node's chassis: by Thermal and Power, or by the collection Sensors of newer services."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from xcatd.errors import Unsupported
from xcatd.hardware.redfish.beacon import light_of
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Machine, Places, side_by_side
from xcatd.hardware.redfish.readings import POWER, THERMAL, Kind, listed, sensor
from xcatd.hardware.sensors import Sensor, SensorKind, Sensors

Kinds = Collection[SensorKind] | None

_OLD: Mapping[str, Mapping[str, Kind]] = MappingProxyType({"Thermal": THERMAL, "Power": POWER})


class ChassisSensors(Sensors):
    """The sensors of one node, with its lights."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, kinds: Kinds, timeout: float) -> Sequence[Sensor]:
        return await self._machine.ask(timeout, partial(_sensors, kinds=kinds))


async def _sensors(places: Places, kinds: Kinds) -> Sequence[Sensor]:
    system = await places.system()
    chassis = await places.chassis(system)
    if not chassis:
        raise Unsupported(f"the BMC at {places.place} tells nothing about a chassis: it has no sensors")
    found = await side_by_side(_of_chassis(places, one, kinds) for one in chassis)
    lights = [light for there in (system, *chassis) if (light := _light(there)) is not None]
    every = [*(one for some in found for one in some), *lights]
    return [one for one in every if kinds is None or one.kind in kinds]


async def _of_chassis(places: Places, chassis: Resource, kinds: Kinds) -> list[Sensor]:
    """Two questions where there are Thermal and Power, which newer services leave out."""
    old = [(link, lists) for name, lists in _OLD.items() if (link := chassis.fields.link(name))]
    if not old:
        members = await places.members(chassis.fields.link("Sensors"))
        return [found for member in members if (found := sensor(member.fields)) is not None]
    wanted = [
        (link, lists) for link, lists in old if kinds is None or any(kind.kind in kinds for kind in lists.values())
    ]
    some = await side_by_side(_of_lists(places, link, lists) for link, lists in wanted)
    return [found for one in some for found in one]


async def _of_lists(places: Places, path: str, lists: Mapping[str, Kind]) -> list[Sensor]:
    there = await places.controller.find(path)
    if there is None:
        return []
    every = ((member, kind) for name, kind in lists.items() for member in there.fields.parts(name))
    return [found for member, kind in every if (found := listed(member, kind)) is not None]


def _light(there: Resource) -> Sensor | None:
    """The identify light as a sensor with a state."""
    led = light_of(there)
    name = there.fields.text("Name") or there.fields.text("Id")
    return Sensor(f"LEDs {name} Identify", SensorKind.LED, states=(led,)) if led else None
