"""One entry of a system event log, in words (IPMI 2.0, chapter 32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from xcatd.hardware.events import Event
from xcatd.hardware.ipmi.lore import SENSOR_SPECIFIC, event_data, severity
from xcatd.hardware.ipmi.sdr import THRESHOLD_BASED, SensorRecord
from xcatd.hardware.ipmi.text import printable
from xcatd.hardware.ipmi.words import sensor_type_words, state_words
from xcatd.hardware.sensors import Health

LENGTH = 16
"""Octets of every entry."""
FIRST_TIME = 0x20000000
"""Earlier times count from the start of the BMC, whose clock was not set (section 37.1)."""

_UNKNOWN_TIME = 0xFFFFFFFF
_SYSTEM_EVENT = 0x02
_LAST_STANDARD, _FIRST_TIMELESS = 0xBF, 0xE0
_PANIC = 0xF0
_PANIC_TEXT = slice(5, 16)
"""Where Linux leaves the beginning of its last words (its ipmi_msghandler)."""
_MEMORY = 0x0C
_SPECIFIED, _READING, _THRESHOLD = 3, 1, 1
"""What the second and third octet of the event data hold (table 29-6)."""


@dataclass(frozen=True, slots=True)
class Names:
    """What events speak of: sensors by owner, LUN and number; replaceable units by number."""

    sensors: Mapping[tuple[int, int, int], SensorRecord]
    frus: Mapping[int, str]


NO_NAMES = Names({}, {})


def decode_entry(entry: bytes, names: Names, ahead: float) -> Event:
    """An event from its LENGTH octets. `ahead`: how many seconds the BMC's clock is before ours."""
    number, kind = str(int.from_bytes(entry[:2], "little")), entry[2]
    when = None if kind >= _FIRST_TIMELESS else _time(entry, ahead)
    if kind == _SYSTEM_EVENT:
        return _system_event(number, when, entry, names)
    if kind == _PANIC:
        return Event(number, None, "OS", _last_words(entry), Health.CRITICAL)
    if kind >= _FIRST_TIMELESS:
        return Event(number, None, "OEM", f"SEL Type {kind:02x}: {entry[3:].hex(' ')}")
    if kind > _LAST_STANDARD:
        maker = int.from_bytes(entry[7:10], "little")
        return Event(
            number, when, "OEM", f"Unknown OEM SEL Type {kind:02x}: manufacturer {maker}: {entry[10:].hex(' ')}"
        )
    return Event(number, when, "BMC", f"SEL Type {kind:02x}: {entry[7:].hex(' ')}")


def _time(entry: bytes, ahead: float) -> datetime | None:
    stamp = int.from_bytes(entry[3:7], "little")
    if stamp < FIRST_TIME or stamp == _UNKNOWN_TIME:
        return None
    return datetime.fromtimestamp(stamp - ahead, UTC)


def _last_words(entry: bytes) -> str:
    return f"Linux kernel panic: {printable(entry[_PANIC_TEXT].split(bytes(1))[0].decode('utf-8', 'replace'))}"


def _system_event(number: str, when: datetime | None, entry: bytes, names: Names) -> Event:
    owner, lun, sensor_type, sensor_number = entry[7], entry[8] & 0x03, entry[10], entry[11]
    event_type, is_over = entry[12] & 0x7F, bool(entry[12] & 0x80)
    offset = entry[13] & 0x0F
    record = names.sensors.get((owner, lun, sensor_number))
    words = state_words(event_type, sensor_type, offset)
    more = _more(event_type, sensor_type, entry[13:16], record, names)
    text = f"{sensor_type_words(sensor_type)}, {' '.join(word for word in (words, more) if word)}"
    return Event(
        number,
        when,
        record.name if record and record.name else f"Sensor 0x{sensor_number:02x}",
        f"{text} - Recovered" if is_over else text,
        severity(event_type, sensor_type, offset, asserted=not is_over),
    )


def _more(event_type: int, sensor_type: int, data: bytes, record: SensorRecord | None, names: Names) -> str:
    """What the event data add to the state. `data`: three octets."""
    second, third = data[0] >> 6, data[0] >> 4 & 0x03
    if event_type == THRESHOLD_BASED:
        return _reading(second == _READING, third == _THRESHOLD, data, record)
    if event_type != SENSOR_SPECIFIC or _SPECIFIED not in (second, third):
        return ""
    if sensor_type == _MEMORY and third == _SPECIFIED:
        return f"Memory module {data[2]}"
    return event_data(sensor_type, data[0] & 0x0F, data, names.frus)


def _reading(has_reading: bool, has_threshold: bool, data: bytes, record: SensorRecord | None) -> str:
    if not has_reading or record is None:
        return ""
    text = f"reading {_measured(record, data[1])}"
    return f"{text} with threshold {_measured(record, data[2])}" if has_threshold else text


def _measured(record: SensorRecord, octet: int) -> str:
    value = record.formula.value(octet) if record.formula and not record.formula.is_nonlinear else None
    return f"0x{octet:02x}" if value is None else f"{value:g} {record.unit}".strip()
