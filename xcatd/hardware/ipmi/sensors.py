"""The sensors of a BMC: their records say how to read them, their readings what is so now (IPMI 2.0, chapter 35)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from xcatd.hardware.ipmi.commands import GET_READING_FACTORS, GET_SENSOR_READING, GET_THRESHOLDS
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.formula import LENGTH as FORMULA_LENGTH
from xcatd.hardware.ipmi.formula import Formula, read_formula
from xcatd.hardware.ipmi.notes import Notebook
from xcatd.hardware.ipmi.refusals import NO_PRIVILEGE, NODE_BUSY, Refused
from xcatd.hardware.ipmi.repository import repository_of
from xcatd.hardware.ipmi.sdr import THRESHOLD_BASED, WATTS, SensorRecord
from xcatd.hardware.ipmi.states import discrete_states, threshold_state
from xcatd.hardware.sensors import Health, Sensor, SensorKind, Sensors, Thresholds

_UNAVAILABLE, _SCANNED = 0x20, 0x40
"""In the second octet of a reading (table 35-15)."""
_KINDS = {
    0x01: SensorKind.TEMPERATURE,
    0x02: SensorKind.VOLTAGE,
    0x03: SensorKind.CURRENT,
    0x04: SensorKind.FAN,
}
"""Sensor type -> kind, of sensors that measure."""


class IpmiSensors(Sensors):
    """The sensors of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller], notebook: Notebook, place: str) -> None:
        self._controller = controller
        self._notebook = notebook
        self._place = place

    async def _read(self, kinds: Collection[SensorKind] | None, timeout: float) -> Sequence[Sensor]:
        controller = self._controller()
        return await controller.within(timeout, self._sensors(controller, kinds))

    async def _sensors(self, controller: Controller, kinds: Collection[SensorKind] | None) -> Sequence[Sensor]:
        repository = await repository_of(controller, self._notebook.of(self._place), self._notebook)
        wanted = [
            record
            for record in repository.sensors
            if record.is_readable and (kinds is None or kind_of(record) in kinds)
        ]
        return await _Round(controller).read(wanted)


def kind_of(record: SensorRecord) -> SensorKind:
    """What a sensor measures. One that has states only, such as "Fan redundancy", is of the kind OTHER."""
    if record.formula is None:
        return SensorKind.OTHER
    return SensorKind.POWER if record.unit_code == WATTS else _KINDS.get(record.sensor_type, SensorKind.OTHER)


@dataclass(slots=True)
class _Round:
    """One round over sensors of a BMC. A BMC that is busy with one of them is asked for that one once more, at the end."""

    controller: Controller

    async def read(self, records: Sequence[SensorRecord]) -> Sequence[Sensor]:
        """In the order of the records. Refused: the BMC is busy with all of them."""
        sensors: list[Sensor] = []
        late: list[int] = []
        for place, record in enumerate(records):
            try:
                sensors.append(await self._one(record))
            except _BusyWith:
                late.append(place)
                sensors.append(_silent(record))
        is_hopeless = bool(records) and len(late) == len(records)
        for place in late:
            try:
                sensors[place] = await self._one(records[place])
            except _BusyWith as busy:
                if is_hopeless:
                    raise busy.refused from None
        return sensors

    async def _one(self, record: SensorRecord) -> Sensor:
        """One sensor; without a reading when the BMC refuses it, as many do for a part that is missing or a node that is off."""
        if not record.is_of_bmc:
            return _silent(record)
        try:
            answer = await self.controller.request(GET_SENSOR_READING._replace(lun=record.lun), bytes((record.number,)))
        except Refused as refused:
            if refused.code == NO_PRIVILEGE:
                raise
            if refused.code == NODE_BUSY:
                raise _BusyWith(refused) from None
            return _silent(record)
        if len(answer) < 2 or answer[1] & _UNAVAILABLE or not answer[1] & _SCANNED:
            return _silent(record)
        states, health = _states(record, answer)
        sensor = replace(_silent(record), states=states, health=health)
        return sensor if record.formula is None else await self._measured(record, sensor, answer[0])

    async def _measured(self, record: SensorRecord, sensor: Sensor, octet: int) -> Sensor:
        formula = await self._formula(record, octet)
        if formula is None:
            return _silent(record)
        return replace(sensor, value=formula.value(octet), thresholds=await self._thresholds(record, formula))

    async def _formula(self, record: SensorRecord, octet: int) -> Formula | None:
        """The record's; for a non-linear sensor the straight line that holds at this reading, None: the BMC knows none."""
        formula = record.formula
        if formula is None or not formula.is_nonlinear:
            return formula
        command = GET_READING_FACTORS._replace(lun=record.lun)
        try:
            answer = await self.controller.request(command, bytes((record.number, octet)))
        except Refused:
            return None
        return read_formula(answer[1:], 0, formula.form) if len(answer) > FORMULA_LENGTH else None

    async def _thresholds(self, record: SensorRecord, formula: Formula) -> Thresholds:
        """As the BMC has them now, else as its record has them. None for non-linear sensors, whose line holds at one point."""
        if record.formula is None or record.formula.is_nonlinear:
            return Thresholds()
        octets = await self._threshold_octets(record) if record.asks_thresholds else record.thresholds
        values = [None if octet is None else formula.value(octet) for octet in octets]
        if len(values) < 6:
            return Thresholds()
        return Thresholds(*values[3:], *values[:3]) if formula.is_falling else Thresholds(*values)

    async def _threshold_octets(self, record: SensorRecord) -> Sequence[int | None]:
        command = GET_THRESHOLDS._replace(lun=record.lun)
        try:
            answer = await self.controller.request(command, bytes((record.number,)))
        except Refused:
            return record.thresholds
        if len(answer) < 7:
            return record.thresholds
        return [answer[1 + bit] if answer[0] >> bit & 1 else None for bit in range(6)]


class _BusyWith(Exception):
    """The BMC is busy with one sensor."""

    def __init__(self, refused: Refused) -> None:
        super().__init__()
        self.refused = refused


def _silent(record: SensorRecord) -> Sensor:
    return Sensor(record.name, kind_of(record), unit=record.unit, health=Health.UNKNOWN)


def _states(record: SensorRecord, answer: bytes) -> tuple[tuple[str, ...], Health]:
    if record.event_type != THRESHOLD_BASED:
        return discrete_states(record.event_type, record.sensor_type, answer[2:])
    is_falling = record.formula is not None and record.formula.is_falling
    return threshold_state(answer[2] if len(answer) > 2 else 0, is_falling=is_falling)
