"""Readings as xCAT's rvitals writes them."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.hardware import Health, Sensor, SensorKind

_UNITS: Mapping[str, str] = {"V": "Volts", "A": "Amps", "W": "Watts"}
"""xCAT's words for units that it writes out; the others are written as they are."""
_BTU_PER_HOUR = 3.413
"""In a watt."""


def shown(sensor: Sensor) -> str:
    """`31 C (88 F)`, `N/A` for what gives no reading, and the states in parentheses behind twenty columns.

    What has states only, and no reading ever, is its states; for a light without parentheses.
    """
    states = ",".join(sensor.states)
    if states and sensor.value is None and sensor.health is not Health.UNKNOWN:
        return states if sensor.kind is SensorKind.LED else f"({states})"
    text = _measured(sensor)
    return f"{text:<20} ({states})" if states else text


def _measured(sensor: Sensor) -> str:
    if sensor.value is None:
        return "N/A"
    if sensor.unit == "C":
        return f"{_number(sensor.value)} C ({_rounded(sensor.value * 9 / 5 + 32)} F)"
    if sensor.unit == "F":
        return f"{_number(sensor.value)} F ({_rounded((sensor.value - 32) * 5 / 9)} C)"
    if sensor.unit == "W":
        return watts(sensor.value)
    return f"{_number(sensor.value)} {_UNITS.get(sensor.unit, sensor.unit)}".rstrip()


def watts(value: float) -> str:
    """`120 Watts (410 BTUs/hr)`."""
    return f"{_number(value)} Watts ({_rounded(value * _BTU_PER_HOUR)} BTUs/hr)"


def _number(value: float) -> str:
    """Without the noise of binary fractions, and without a fraction that is none."""
    return f"{value:.6g}" if abs(value) < 1_000_000 else f"{value:.0f}"


def _rounded(value: float) -> int:
    """As Perl's int(x + .5), which goes towards zero."""
    return int(value + 0.5)
