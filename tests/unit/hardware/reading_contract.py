"""What every driver that reads sensors, inventories and event logs must do: subclass a contract and provide its fixtures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from xcatd.hardware import EventLog, Fact, Health, Inventory, Part, Sensor, SensorKind, Sensors


class Seen(NamedTuple):
    """A sensor as somebody else sees it. `value` None: it gives no number."""

    value: float | None
    health: Health


class SensorsJudge(Protocol):
    """Somebody else's eyes on the same sensors."""

    async def seen(self) -> Mapping[str, Seen]: ...


class InventoryJudge(Protocol):
    """Facts of the same node by their names, as somebody else reads them: as many as he knows."""

    async def known(self) -> Mapping[str, str]: ...


class LogJudge(Protocol):
    """The numbers of the entries of the same log, oldest first, as somebody else reads them."""

    async def numbers(self) -> Sequence[str]: ...


class SensorsContract:
    """The fixtures are `sensors`, of a node that has temperatures, one of them too high, and something that gives no
    reading; and `sensors_judge`, which looks at the same node."""

    async def test_all_that_others_see_is_there_and_equal(self, sensors: Sensors, sensors_judge: SensorsJudge) -> None:
        mine = {sensor.name: sensor for sensor in await sensors.sensors(timeout=10)}
        theirs = await sensors_judge.seen()
        assert {name: Seen(sensor.value, sensor.health) for name, sensor in mine.items()} == theirs

    async def test_only_the_kinds_that_were_asked_for_are_there(self, sensors: Sensors) -> None:
        every = await sensors.sensors(timeout=10)
        wanted = {SensorKind.TEMPERATURE, SensorKind.FAN}
        found = await sensors.sensors(wanted, timeout=10)
        assert found
        assert [sensor.name for sensor in found] == [sensor.name for sensor in every if sensor.kind in wanted]

    async def test_no_kind_means_no_sensor(self, sensors: Sensors) -> None:
        assert list(await sensors.sensors((), timeout=10)) == []

    async def test_what_gives_no_reading_has_no_value_and_is_unknown(self, sensors: Sensors) -> None:
        silent = [sensor for sensor in await sensors.sensors(timeout=10) if sensor.health is Health.UNKNOWN]
        assert silent
        assert all(sensor.value is None and not sensor.states for sensor in silent)

    async def test_a_temperature_is_in_degrees_and_says_what_it_has_passed(self, sensors: Sensors) -> None:
        temperatures = await sensors.sensors({SensorKind.TEMPERATURE}, timeout=10)
        assert {sensor.unit for sensor in temperatures} == {"C"}
        hot = [sensor for sensor in temperatures if sensor.health in (Health.WARNING, Health.CRITICAL)]
        assert hot
        assert all(_is_above(sensor) and sensor.states for sensor in hot)


def _is_above(sensor: Sensor) -> bool:
    limit = sensor.thresholds.upper_warning
    return sensor.value is not None and limit is not None and sensor.value >= limit


class InventoryContract:
    """The fixtures are `inventory`, of a node that has a model and a serial number, and `inventory_judge`."""

    async def test_what_others_know_is_there_and_equal(
        self, inventory: Inventory, inventory_judge: InventoryJudge
    ) -> None:
        facts = {fact.name: fact.value for fact in await inventory.facts(timeout=10)}
        known = await inventory_judge.known()
        assert known
        assert {name: facts.get(name) for name in known} == known

    async def test_only_the_parts_that_were_asked_for_are_there(self, inventory: Inventory) -> None:
        facts = await inventory.facts({Part.SERIAL, Part.MPROM}, timeout=10)
        assert {fact.part for fact in facts} == {Part.SERIAL, Part.MPROM}

    async def test_the_parts_together_are_the_whole(self, inventory: Inventory) -> None:
        whole = await inventory.facts(timeout=10)
        single: list[Fact] = []
        for part in Part:
            single += [fact for fact in await inventory.facts({part}, timeout=10) if fact in whole]
        assert sorted(single, key=repr) == sorted(whole, key=repr)

    async def test_nothing_is_empty(self, inventory: Inventory) -> None:
        assert all(fact.name and fact.value.strip() for fact in await inventory.facts(timeout=10))


class EventLogContract:
    """The fixtures are `event_log`, of a node with at least four entries that nothing adds to, and `log_judge`."""

    async def test_all_entries_come_oldest_first(self, event_log: EventLog, log_judge: LogJudge) -> None:
        events = await event_log.events(timeout=10)
        assert [event.number for event in events] == list(await log_judge.numbers())
        assert all(event.text and event.source for event in events)

    async def test_the_newest_ones_are_the_end_of_all(self, event_log: EventLog) -> None:
        every = await event_log.events(timeout=10)
        for count in (0, 1, 3, len(every), len(every) + 5):
            assert list(await event_log.events(count, timeout=10)) == list(every[len(every) - min(count, len(every)) :])

    async def test_a_cleared_log_is_empty_for_others_too(self, event_log: EventLog, log_judge: LogJudge) -> None:
        await event_log.clear_events(timeout=10)
        assert list(await event_log.events(timeout=10)) == []
        assert list(await event_log.events(3, timeout=10)) == []
        assert list(await log_judge.numbers()) == []

    async def test_an_empty_log_can_be_cleared_again(self, event_log: EventLog) -> None:
        await event_log.clear_events(timeout=10)
        await event_log.clear_events(timeout=10)
        assert list(await event_log.events(timeout=10)) == []
