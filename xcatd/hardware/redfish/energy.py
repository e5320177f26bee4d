"""The electric power of a node: PowerControl of schema Power, or EnvironmentMetrics of newer services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from xcatd.errors import NodeError, Unsupported
from xcatd.hardware.energy import Cap, Consumption, Energy
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.places import Machine, Places

_LIMIT, _NEW_LIMIT = "PowerLimit", "PowerLimitWatts"
_ACTIVE_MODES = frozenset({"Automatic", "Manual", "Override"})


@dataclass(frozen=True, slots=True)
class _Meter:
    """Where the numbers are. `control` is the object that has them; `others`: how many of its kind come after it."""

    resource: Resource
    control: Fields
    is_new: bool
    others: int = 0


class PowerControl(Energy):
    """The consumption of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, timeout: float) -> Consumption:
        return await self._machine.ask(timeout, _consumption)

    async def _cap(self, timeout: float) -> Cap:
        return await self._machine.ask(timeout, _cap)

    async def _set_cap(self, cap: Cap, timeout: float) -> None:
        await self._machine.ask(timeout, partial(_set_cap, cap=cap))


async def _consumption(places: Places) -> Consumption:
    meter = await _meter(places)
    now = meter.control.number("PowerWatts", "Reading") if meter.is_new else meter.control.number("PowerConsumedWatts")
    if now is None:
        raise NodeError(f"the BMC at {places.place} does not say what the node takes: try again when it is on")
    metrics = meter.control.part("PowerMetrics")
    names = ("MinConsumedWatts", "AverageConsumedWatts", "MaxConsumedWatts")
    return Consumption(now, *(metrics.number(name) for name in names))


async def _cap(places: Places) -> Cap:
    meter = await _meter(places)
    if meter.is_new:
        watts = meter.control.number(_NEW_LIMIT, "SetPoint")
        is_active = meter.control.text(_NEW_LIMIT, "ControlMode") in _ACTIVE_MODES
    else:
        watts = meter.control.number(_LIMIT, "LimitInWatts")
        is_active = watts is not None
    return Cap(None if watts is None else round(watts), is_active)


async def _set_cap(places: Places, cap: Cap) -> None:
    meter = await _meter(places)
    changes = _new_limit(cap) if meter.is_new else _limit(meter, cap, places.place)
    await places.controller.change(meter.resource, changes)


def _new_limit(cap: Cap) -> dict[str, Any]:
    limit: dict[str, Any] = {"ControlMode": "Automatic" if cap.active else "Disabled"}
    if cap.watts is not None:
        limit["SetPoint"] = cap.watts
    return {_NEW_LIMIT: limit}


def _limit(meter: _Meter, cap: Cap, place: str) -> dict[str, Any]:
    """A number is how there is a limit: it is kept from the moment on that it is set, and forgotten when it is not."""
    watts: float | None = cap.watts
    if watts is None and cap.active:
        watts = meter.control.number(_LIMIT, "LimitInWatts")
        if watts is None:
            raise Unsupported(f"the BMC at {place} remembers no limit that is off: say how many watts it shall be")
    limit = {_LIMIT: {"LimitInWatts": watts}}
    return {"PowerControl": [limit, *({} for _ in range(meter.others))]}


async def _meter(places: Places) -> _Meter:
    """The first chassis that measures something."""
    for chassis in await places.chassis(await places.system()):
        power = await places.controller.find(chassis.fields.link("Power"))
        controls = power.fields.parts("PowerControl") if power is not None else []
        if power is not None and controls:
            return _Meter(power, controls[0], False, len(controls) - 1)
        metrics = await places.controller.find(chassis.fields.link("EnvironmentMetrics"))
        if metrics is not None and ("PowerWatts" in metrics.fields or _NEW_LIMIT in metrics.fields):
            return _Meter(metrics, metrics.fields, True)
    raise Unsupported(f"the BMC at {places.place} does not measure the power that the node takes")
