"""The event log: the LogService of the system, or of its manager, that is most like an IPMI SEL (schemas LogService, LogEntry)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from xcatd.errors import Unsupported
from xcatd.hardware.events import Event, EventLog
from xcatd.hardware.redfish.actions import action_of
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.places import Machine, Places
from xcatd.hardware.redfish.quirks import EVENT_LOGS
from xcatd.hardware.redfish.readings import HEALTHS
from xcatd.hardware.sensors import Health

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_EPOCH_ENDS = 1971
"""A clock that was not set counts from 1970."""


class LogService(EventLog):
    """The event log of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, last: int | None, timeout: float) -> Sequence[Event]:
        events = await self._machine.ask(timeout, _events)
        return events if last is None else events[len(events) - min(last, len(events)) :]

    async def _clear(self, timeout: float) -> None:
        await self._machine.ask(timeout, _clear)


async def _events(places: Places) -> list[Event]:
    """Oldest first, whatever the order of the service."""
    service = await _service(places)
    entries = [_event(entry.fields) for entry in await places.members(service.fields.link("Entries"))]
    return sorted(entries, key=_age)


async def _clear(places: Places) -> None:
    service = await _service(places)
    action = await action_of(places, service, "LogService.ClearLog")
    await places.controller.act(action.path, {})


async def _service(places: Places) -> Resource:
    """The best one of the system; when none of them is such a log by its name, of the manager too."""
    system = await places.system()
    services = await _services(places, system)
    if all(_rank(service) > len(EVENT_LOGS) for service in services):
        manager = await places.find_manager(system)
        services += await _services(places, manager) if manager is not None else []
    if not services:
        raise Unsupported(f"the BMC at {places.place} keeps no event log")
    return min(services, key=_rank)


async def _services(places: Places, owner: Resource) -> list[Resource]:
    members = await places.members(owner.fields.link("LogServices"))
    return [service for service in members if service.fields.link("Entries")]


def _rank(service: Resource) -> int:
    name = service.fields.text("Id").lower()
    if service.fields.text("LogEntryType") == "SEL":
        return 0
    return next((number for number, begin in enumerate(EVENT_LOGS, 1) if name.startswith(begin)), len(EVENT_LOGS) + 1)


def _event(entry: Fields) -> Event:
    return Event(
        number=entry.text("Id"),
        when=_when(entry.text("Created")),
        source=entry.text("SensorType") or _origin(entry) or entry.text("EntryType"),
        text=entry.text("Message") or entry.text("MessageId") or entry.text("Name"),
        health=HEALTHS.get(entry.text("Severity"), Health.OK),
    )


def _origin(entry: Fields) -> str:
    """The last part of the path of what it happened to."""
    return entry.link("Links", "OriginOfCondition").rstrip("/").rpartition("/")[2]


def _when(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.year < _EPOCH_ENDS:
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _age(event: Event) -> tuple[datetime, int, str]:
    number = int(event.number) if event.number.isascii() and event.number.isdigit() else 0
    return event.when or _EARLIEST, number, event.number
