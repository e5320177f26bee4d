"""Sensor data records: what a BMC says of its sensors and replaceable units (IPMI 2.0, chapter 43)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xcatd.hardware.ipmi.formula import LENGTH as FORMULA_LENGTH
from xcatd.hardware.ipmi.formula import Formula, read_formula
from xcatd.hardware.ipmi.lore import rate, unit
from xcatd.hardware.ipmi.message import BMC_ADDRESS
from xcatd.hardware.ipmi.text import sensor_text

HEADER = 5
"""Octets before the body; the last of them is the body's length."""
THRESHOLD_BASED = 0x01
"""The event type of sensors that compare a reading with thresholds (table 42-1)."""
WATTS = 6

_UNREADABLE_FORM = 3
_MEMORIES = range(0x08, 0x11)
_SPD = 0x01
"""The device type of memories, and its modifier for a memory module's own description (table 43-12)."""
_ORDER_IN_RECORD = (5, 4, 3, 2, 1, 0)
"""Where a full record has the lower warning, critical, failed, and the upper warning, critical, failed threshold."""


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """One sensor. `owner` and `lun` say which controller has it, and where; `number` is the sensor's there.

    `formula` is None for sensors that have states only. `thresholds` are octets as in `Formula.value`, lower warning,
    critical, failed, upper warning, critical, failed, None where there is none; `asks_thresholds`: the BMC may know
    newer ones. `is_readable` False: it only makes events.
    """

    name: str
    owner: int
    lun: int
    number: int
    sensor_type: int
    event_type: int
    is_readable: bool = True
    formula: Formula | None = None
    unit: str = ""
    unit_code: int = 0
    thresholds: tuple[int | None, ...] = ()
    asks_thresholds: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """By which events name the sensor."""
        return self.owner, self.lun, self.number

    @property
    def is_of_bmc(self) -> bool:
        """Whether the BMC itself can be asked for the reading."""
        return self.owner == BMC_ADDRESS


@dataclass(frozen=True, slots=True)
class FruLocator:
    """A replaceable unit whose description the BMC itself keeps. `is_memory_module`: that is an SPD (table 43-12)."""

    name: str
    number: int
    is_memory_module: bool = False


def decode_record(record: bytes) -> tuple[SensorRecord | FruLocator, ...]:
    """What is of use in a record: nothing, one thing, or several sensors that share it. Nothing in one that is cut short."""
    try:
        return tuple(_decode(record))
    except IndexError:
        return ()


def _decode(record: bytes) -> Iterator[SensorRecord | FruLocator]:
    match record[3]:  # the record's type: full, compact, event only, locator of a replaceable unit
        case 0x01:
            yield _full(record)
        case 0x02:
            yield from _shared(replace(_sensor(record, 12), name=_name(record, 31)), record[23], record[24])
        case 0x03:
            sensor = replace(_sensor(record, 10), name=_name(record, 16), is_readable=False)
            yield from _shared(sensor, record[12], record[13])
        case 0x11:
            yield from _locator(record)


def _sensor(record: bytes, types: int) -> SensorRecord:
    """What all kinds of sensor records say; `types`: where the sensor type is, with the event type after it."""
    return SensorRecord(
        name="",
        owner=record[5],
        lun=record[6] & 0x03,
        number=record[7],
        sensor_type=record[types],
        event_type=record[types + 1],
    )


def _full(record: bytes) -> SensorRecord:
    sensor = replace(_sensor(record, 12), name=_name(record, 47))
    form = record[20] >> 6
    if form == _UNREADABLE_FORM:
        return sensor
    return replace(
        sensor,
        formula=read_formula(record[24 : 24 + FORMULA_LENGTH], record[23] & 0x7F, form),
        unit=_unit(record[20], record[21], record[22]),
        unit_code=record[21],
        thresholds=_thresholds(record) if sensor.event_type == THRESHOLD_BASED else (),
        asks_thresholds=sensor.event_type == THRESHOLD_BASED and record[11] >> 2 & 0x03 in (1, 2),
    )


def _thresholds(record: bytes) -> tuple[int | None, ...]:
    readable = record[18]
    return tuple(record[36 + place] if readable >> bit & 1 else None for bit, place in enumerate(_ORDER_IN_RECORD))


def _unit(flags: int, base: int, modifier: int) -> str:
    text = unit(base)
    if flags & 0x06 == 0x02:
        text += f"/{unit(modifier)}"
    elif flags & 0x06 == 0x04:
        text += f" {unit(modifier)}"
    text = (text + rate(flags >> 3 & 0x07)).strip()
    return f"% {text}".strip() if flags & 0x01 else text


def _name(record: bytes, place: int) -> str:
    """`place`: of the octet with its type and length."""
    kind = record[place]
    return sensor_text(kind >> 6, record[place + 1 : place + 1 + (kind & 0x1F)])


def _shared(sensor: SensorRecord, sharing: int, modifier: int) -> Iterator[SensorRecord]:
    """The sensors with consecutive numbers that a record stands for (table 43-2, sensor record sharing)."""
    count = sharing & 0x0F
    if count < 2:
        yield sensor
        return
    for place in range(count):
        suffix = _suffix((modifier & 0x7F) + place, is_letter=bool(sharing >> 4 & 0x03))
        yield replace(sensor, name=sensor.name + suffix, number=(sensor.number + place) & 0xFF)


def _suffix(count: int, *, is_letter: bool) -> str:
    if not is_letter:
        return str(count)
    first, second = divmod(count, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)


def _locator(record: bytes) -> Iterator[FruLocator]:
    """Of devices that the BMC itself keeps; those on a bus behind it would need messages of their own."""
    is_logical, lun = record[7] & 0x80, record[7] >> 3 & 0x03
    if is_logical and not lun and record[5] in (0, BMC_ADDRESS) and not record[8] >> 4:
        yield FruLocator(_name(record, 15), record[6], record[10] in _MEMORIES and record[11] == _SPD)
