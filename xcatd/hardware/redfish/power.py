"""Power by the action ComputerSystem.Reset (Redfish schema ComputerSystem; ResetType in schema Resource)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from xcatd.errors import Busy, TimedOut, Unsupported
from xcatd.hardware.patience import DEFAULT_TIMEOUT, Pauses
from xcatd.hardware.power import PowerAction, PowerState
from xcatd.hardware.redfish.actions import Action, action_of
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Machine, Places
from xcatd.hardware.redfish.refusals import Refused

_STATES: Mapping[str, PowerState] = MappingProxyType(
    {"On": PowerState.ON, "Off": PowerState.OFF, "PoweringOn": PowerState.OFF, "PoweringOff": PowerState.ON}
    | {"Paused": PowerState.ON}
)
"""A state on the way to another one counts as the one that it comes from."""
_RESETS: Mapping[PowerAction, tuple[str, ...]] = MappingProxyType(
    {
        PowerAction.ON: ("On", "ForceOn"),
        PowerAction.OFF: ("ForceOff",),
        PowerAction.SOFTOFF: ("GracefulShutdown",),
        PowerAction.RESET: ("ForceRestart",),
        PowerAction.CYCLE: ("PowerCycle",),
        PowerAction.DIAG: ("Nmi",),
    }
)
"""What is asked for, in the order of preference."""


class SystemPower:
    """The power of one node."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        return await self._machine.ask(timeout, _state)

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        await self._machine.ask(timeout, partial(_set, action=action, timeout=timeout))


async def _state(places: Places) -> PowerState:
    return _state_of(await places.system(), places.place)


def _state_of(system: Resource, place: str) -> PowerState:
    state = _STATES.get(system.fields.text("PowerState"))
    if state is None:
        raise Busy(
            f"the BMC at {place} does not know the state of the power yet: try again, and reset it if it stays so"
        )
    return state


async def _set(places: Places, action: PowerAction, timeout: float) -> None:
    """The system is read before: that is what finds out whether connection and session still live. A reset is sent once."""
    pauses = Pauses(timeout)
    system = await places.system()
    reset = await action_of(places, system, "ComputerSystem.Reset", "ResetType")
    if action is PowerAction.CYCLE and not reset.choose(_RESETS[action]):
        await _off_and_on(places, reset, pauses)
    else:
        await _reset(places, reset, action)


async def _off_and_on(places: Places, reset: Action, pauses: Pauses) -> None:
    """A cycle for services that have no such reset."""
    if await _state(places) is PowerState.ON:
        await _reset(places, reset, PowerAction.OFF)
    while await _state(places) is not PowerState.OFF:
        if not await pauses.take():
            raise TimedOut(
                f"the BMC at {places.place} has turned the power off, or is about to, and not on again: turn the node on"
            )
    await _reset(places, reset, PowerAction.ON)


async def _reset(places: Places, reset: Action, action: PowerAction) -> None:
    """A service that refuses to turn off what is off already has nothing to complain about."""
    kind = reset.choose(_RESETS[action])
    if not kind:
        raise Unsupported(
            f"the BMC at {places.place} cannot do {_RESETS[action][0]}: it offers {', '.join(reset.allowed)}"
        )
    try:
        await places.controller.act(reset.path, {"ResetType": kind})
    except Refused as refused:
        if refused.is_busy or action.promises is None or await _state(places) is not action.promises:
            raise
