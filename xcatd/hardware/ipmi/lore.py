"""What pyghmi knows by heart of states, units and memory modules; the one place that imports it, when it is needed.

Its tables are used, and the decoders that need no session of its own: of event data and of SPD. Its decoders of SDR and
FRU records are not, because they give up on a record that is cut short or has a name in Latin-1, where there is still
something to tell.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from xcatd.hardware.ipmi.text import printable
from xcatd.hardware.sensors import Health

SENSOR_SPECIFIC = 0x6F
"""The event type of sensors whose states depend on their sensor type (table 42-1)."""

_UNITS = {1: "C", 2: "F"}
"""Where pyghmi has a degree sign."""


def severity(event_type: int, sensor_type: int, offset: int, *, asserted: bool = True) -> Health:
    """How bad it is that the state with the number `offset` holds, or (`asserted` False) that it no longer does."""
    from pyghmi.ipmi.private import constants

    if event_type == SENSOR_SPECIFIC:
        states = constants.sensor_type_offsets.get(sensor_type, {})
    else:
        states = constants.generic_type_offsets.get(event_type, {})
    return _health(states.get(offset, {}).get("severity" if asserted else "deassertion_severity", 0))


def event_data(sensor_type: int, offset: int, data: bytes, frus: Mapping[int, str]) -> str:
    """What the second and third octet of a sensor-specific event add, in words; "" when nothing is known of them.

    `data`: the three octets. `frus`: the names of replaceable units by their numbers.
    """
    from pyghmi.ipmi import events
    from pyghmi.ipmi.private import constants

    names = {number: SimpleNamespace(fru_name=name) for number, name in frus.items()}
    return events.decode_eventdata(sensor_type, offset, data, constants, SimpleNamespace(fru=names)) or ""


def unit(code: int) -> str:
    """The unit with this code (table 43-15); "" for one that is not known."""
    from pyghmi.ipmi import sdr

    known: str = sdr.unit_types.get(code, "")
    return _UNITS.get(code, known)


def rate(code: int) -> str:
    """Per what time the unit is meant (table 43-1, sensor units 1)."""
    from pyghmi.ipmi import sdr

    known: str = sdr.sensor_rates.get(code, "")
    return known


def memory_module(data: bytes) -> dict[str, str]:
    """What the SPD of a memory module says, by pyghmi's names for it; empty when it is none that is understood."""
    from pyghmi.ipmi.private import spd

    try:
        known: dict[str, Any] = spd.SPD(data).info
    except (IndexError, KeyError, ValueError, ZeroDivisionError, OverflowError, struct.error):
        return {}
    return {name: _word(value) for name, value in known.items()}


def _word(value: object) -> str:
    return printable(value.decode("latin-1") if isinstance(value, bytes) else str(value))


def _health(bits: int) -> Health:
    return next((health for bit, health in _HEALTH if bits & bit), Health.OK)


_HEALTH = ((4, Health.FAILED), (2, Health.CRITICAL), (1, Health.WARNING))
