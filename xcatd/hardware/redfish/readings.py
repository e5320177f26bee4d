"""From the objects of Redfish that have a reading to our sensors (schemas Thermal, Power, Sensor and Resource)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xcatd.hardware.redfish.fields import Fields
from xcatd.hardware.sensors import Health, Sensor, SensorKind, Thresholds

HEALTHS: Mapping[str, Health] = MappingProxyType(
    {"OK": Health.OK, "Warning": Health.WARNING, "Critical": Health.CRITICAL}
)
_ABSENT = "Absent"
_USUAL = ("", "Enabled")
_WORDS = ("non-critical", "critical", "non-recoverable")
_LEVELS = (Health.WARNING, Health.CRITICAL, Health.FAILED)
_READS = frozenset({"", "Enabled", "StandbyOffline", "Updating", "InTest", "Qualified", "Degraded"})
"""States in which a reading is one. In others ("Disabled", "UnavailableOffline") it is left from earlier."""

_OLD_THRESHOLDS = (
    *("LowerThresholdNonCritical", "LowerThresholdCritical", "LowerThresholdFatal"),
    *("UpperThresholdNonCritical", "UpperThresholdCritical", "UpperThresholdFatal"),
)
_NEW_THRESHOLDS = ("LowerCaution", "LowerCritical", "LowerFatal", "UpperCaution", "UpperCritical", "UpperFatal")


@dataclass(frozen=True, slots=True)
class Kind:
    """Of one list in Thermal or Power: what its members are, their unit, and the properties of which the first that is
    there has the reading."""

    kind: SensorKind
    unit: str
    readings: tuple[str, ...]


THERMAL: Mapping[str, Kind] = MappingProxyType(
    {
        "Temperatures": Kind(SensorKind.TEMPERATURE, "C", ("ReadingCelsius",)),
        "Fans": Kind(SensorKind.FAN, "RPM", ("Reading",)),
    }
)
POWER: Mapping[str, Kind] = MappingProxyType(
    {
        "Voltages": Kind(SensorKind.VOLTAGE, "V", ("ReadingVolts",)),
        "PowerControl": Kind(SensorKind.POWER, "W", ("PowerConsumedWatts",)),
        "PowerSupplies": Kind(SensorKind.POWER, "W", ("LastPowerOutputWatts", "PowerOutputWatts", "PowerInputWatts")),
    }
)
_KINDS: Mapping[str, SensorKind] = MappingProxyType(
    {
        "Temperature": SensorKind.TEMPERATURE,
        "Voltage": SensorKind.VOLTAGE,
        "Current": SensorKind.CURRENT,
        "Power": SensorKind.POWER,
        "Rotational": SensorKind.FAN,
    }
)
"""ReadingType of schema Sensor."""
_UNITS: Mapping[str, str] = MappingProxyType({"Cel": "C", "Percent": "%"})
"""Units of UCUM and of schema Thermal that have another name here."""


def listed(member: Fields, kind: Kind) -> Sensor | None:
    """A member of a list in Thermal or Power; None: there is no such part in the machine."""
    name = member.text("Name") or member.text("FanName") or member.text("MemberId")
    thresholds = Thresholds(*(member.number(threshold) for threshold in _OLD_THRESHOLDS))
    unit = member.text("ReadingUnits") or kind.unit
    values = (member.number(reading) for reading in kind.readings)
    value = next((value for value in values if value is not None), None)
    return _sensor(member, name, kind.kind, value, unit, thresholds)


def sensor(member: Fields) -> Sensor | None:
    """A resource of schema Sensor; None: there is no such part in the machine."""
    kind = _KINDS.get(member.text("ReadingType"), SensorKind.OTHER)
    if kind is SensorKind.OTHER and "fan" in member.text("PhysicalContext").lower():
        kind = SensorKind.FAN  # its speed in percent
    thresholds = Thresholds(*(member.number("Thresholds", threshold, "Reading") for threshold in _NEW_THRESHOLDS))
    name = member.text("Name") or member.text("Id")
    return _sensor(member, name, kind, member.number("Reading"), member.text("ReadingUnits"), thresholds)


def _sensor(
    member: Fields, name: str, kind: SensorKind, value: float | None, unit: str, thresholds: Thresholds
) -> Sensor | None:
    """The service's own opinion of the health goes before what its thresholds say."""
    state = member.text("Status", "State")
    if state == _ABSENT or not name:
        return None
    unit = _UNITS.get(unit, unit)
    told = HEALTHS.get(member.text("Status", "Health"))
    if value is None or state not in _READS:
        return Sensor(name, kind, None, unit, (), Health.UNKNOWN, thresholds)
    passed = _passed(value, thresholds)
    states = (*(() if state in _USUAL else (state,)), *(words for words, _ in passed))
    health = told or (passed[0][1] if passed else Health.OK)
    return Sensor(name, kind, value, unit, states, health, thresholds)


def _passed(value: float, thresholds: Thresholds) -> list[tuple[str, Health]]:
    """The worst threshold on each side that the value has reached, in words, and what that means."""
    lower = ((thresholds.lower_failed, 2), (thresholds.lower_critical, 1), (thresholds.lower_warning, 0))
    upper = ((thresholds.upper_failed, 2), (thresholds.upper_critical, 1), (thresholds.upper_warning, 0))
    below = next((level for limit, level in lower if limit is not None and value <= limit), None)
    above = next((level for limit, level in upper if limit is not None and value >= limit), None)
    sides = (("below lower", below), ("above upper", above))
    return [(f"At or {side} {_WORDS[level]} threshold", _LEVELS[level]) for side, level in sides if level is not None]
