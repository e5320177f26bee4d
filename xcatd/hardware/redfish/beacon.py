"""The identify light: LocationIndicatorActive of newer services, IndicatorLED of older ones, at the system or its chassis."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from xcatd.errors import Unsupported
from xcatd.hardware.beacon import Beacon, BeaconState
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Machine, Places

ACTIVE, LED = "LocationIndicatorActive", "IndicatorLED"

_STATES: Mapping[str, BeaconState] = MappingProxyType(
    {"Lit": BeaconState.ON, "Blinking": BeaconState.BLINK, "Off": BeaconState.OFF}
)
_LIGHTS: Mapping[BeaconState, tuple[str, ...]] = MappingProxyType(
    {
        BeaconState.ON: ("Lit", "Blinking"),  # where it cannot be steady, blinking is how it is on
        BeaconState.BLINK: ("Blinking",),
        BeaconState.OFF: ("Off",),
    }
)


class Indicator(Beacon):
    """The light of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _read(self, timeout: float) -> BeaconState:
        return await self._machine.ask(timeout, _state)

    async def _set(self, state: BeaconState, timeout: float) -> None:
        await self._machine.ask(timeout, partial(_light, state=state))


def light_of(there: Resource) -> str:
    """The light as IndicatorLED calls it, whichever property shows it; none is an empty text."""
    active = there.fields.flag(ACTIVE)
    if active is not None:
        return "Lit" if active else "Off"
    return there.fields.text(LED)


async def _state(places: Places) -> BeaconState:
    where = await _where(places)
    active = where.fields.flag(ACTIVE)
    if active is not None:
        return BeaconState.ON if active else BeaconState.OFF
    return _STATES[where.fields.text(LED)]


async def _light(places: Places, state: BeaconState) -> None:
    where = await _where(places)
    if where.fields.flag(ACTIVE) is None:
        allowed = where.fields.allowed(LED)
        light = next((light for light in _LIGHTS[state] if not allowed or light in allowed), "")
        if not light:
            raise Unsupported(f"the light at {places.place} cannot {state}: it offers {', '.join(allowed)}")
        await places.controller.change(where, {LED: light})
    elif state is BeaconState.BLINK:
        raise Unsupported(f"the light at {places.place} is on or off and cannot be told to blink: use on")
    else:
        await places.controller.change(where, {ACTIVE: state is BeaconState.ON})


async def _where(places: Places) -> Resource:
    """The resource that has the light. The newer property goes first, the system before its chassis."""
    system = await places.system()
    candidates = [system]
    if system.fields.flag(ACTIVE) is None:
        candidates += await places.chassis(system)
    found = [there for there in candidates if there.fields.flag(ACTIVE) is not None]
    found += [there for there in candidates if there.fields.text(LED) in _STATES]
    if not found:
        raise Unsupported(f"the BMC at {places.place} knows of no identify light, or not how it is now")
    return found[0]
