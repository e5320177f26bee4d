"""What the sensors of a node say: as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability

READING_TIMEOUT = 60.0
"""Seconds for reading all sensors, or another long list, of one controller."""


class SensorKind(StrEnum):
    TEMPERATURE = "temperature"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FAN = "fan"
    POWER = "power"
    LED = "led"
    OTHER = "other"


class Health(StrEnum):
    """`UNKNOWN`: the sensor gives no reading, as when the node is off."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond which values a reading is a warning, critical, or a failure; None: there is no such threshold. In the unit of
    the sensor."""

    lower_warning: float | None = None
    lower_critical: float | None = None
    lower_failed: float | None = None
    upper_warning: float | None = None
    upper_critical: float | None = None
    upper_failed: float | None = None


@dataclass(frozen=True, slots=True)
class Sensor:
    """One reading. `value` is None for a sensor that has states only, and for one that gives no reading now.

    `unit` is "C", "V", "A", "RPM", "W", "%" ...; "" when there is none. `states`: what holds, in words, such as "Presence
    detected" or "At or above upper critical threshold".
    """

    name: str
    kind: SensorKind
    value: float | None = None
    unit: str = ""
    states: tuple[str, ...] = ()
    health: Health = Health.OK
    thresholds: Thresholds = Thresholds()


class Sensors(Capability, ABC):
    """The sensors of one node."""

    async def sensors(
        self, kinds: Collection[SensorKind] | None = None, *, timeout: float = DEFAULT_TIMEOUT
    ) -> Sequence[Sensor]:
        """Their readings now, None: of all kinds, in the controller's order. Raises what `Power` raises."""
        return await self._patiently(timeout, lambda left: self._read(kinds, left))

    @abstractmethod
    async def _read(self, kinds: Collection[SensorKind] | None, timeout: float) -> Sequence[Sensor]: ...
