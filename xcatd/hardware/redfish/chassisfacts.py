"""The state of the system and of its chassis, in xCAT's words where it has some (schemas ComputerSystem and Chassis)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from xcatd.hardware.chassis import Chassis, ChassisFact
from xcatd.hardware.redfish.beacon import light_of
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Machine, Places

_POLICIES: Mapping[str, str] = MappingProxyType(
    {"AlwaysOff": "Always off", "AlwaysOn": "Always on", "LastState": "Last State"}
)


class StateOfChassis(Chassis):
    """The chassis of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, timeout: float) -> Sequence[ChassisFact]:
        return await self._machine.ask(timeout, _facts)


async def _facts(places: Places) -> Sequence[ChassisFact]:
    system = await places.system()
    chassis = await places.chassis(system)
    facts = [*_of_system(system), *(fact for one in chassis for fact in _of_chassis(one))]
    return [ChassisFact(name, value) for name, value in facts if value]


def _of_system(system: Resource) -> Iterator[tuple[str, str]]:
    fields = system.fields
    policy = fields.text("PowerRestorePolicy")
    yield "Power Status", fields.text("PowerState").lower()
    yield "Power Restore Policy", _POLICIES.get(policy, policy)
    yield "System Health", fields.text("Status", "HealthRollup") or fields.text("Status", "Health")
    yield "Identify Light", light_of(system).lower()


def _of_chassis(chassis: Resource) -> Iterator[tuple[str, str]]:
    fields = chassis.fields
    intrusion = fields.text("PhysicalSecurity", "IntrusionSensor")
    yield "Chassis Health", fields.text("Status", "HealthRollup") or fields.text("Status", "Health")
    yield "Chassis intrusion", "" if not intrusion else "inactive" if intrusion == "Normal" else "active"
