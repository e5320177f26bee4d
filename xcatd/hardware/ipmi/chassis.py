"""Power by the chassis commands of IPMI (2.0, chapter 28)."""

from __future__ import annotations

from collections.abc import Callable

from xcatd.hardware.ipmi.commands import CHASSIS_CONTROL, GET_CHASSIS_STATUS
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.refusals import WRONG_STATE, Refused
from xcatd.hardware.patience import DEFAULT_TIMEOUT
from xcatd.hardware.power import PowerAction, PowerState

POWER_IS_ON = 0x01

_CONTROLS = {
    PowerAction.OFF: 0,
    PowerAction.ON: 1,
    PowerAction.CYCLE: 2,
    PowerAction.RESET: 3,
    PowerAction.DIAG: 4,
    PowerAction.SOFTOFF: 5,
}
"""Table 28-4."""
_REPEATABLE = frozenset({PowerAction.ON, PowerAction.OFF, PowerAction.SOFTOFF})
"""Done twice, they end in the same state. A second reset would hit a system that has begun to start."""


class ChassisPower:
    """The power of one node. `controller` gives its BMC, each time anew: the driver may have forgotten it."""

    def __init__(self, controller: Callable[[], Controller]) -> None:
        self._controller = controller

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        controller = self._controller()
        return await controller.within(timeout, _state(controller))

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        controller = self._controller()
        await controller.within(timeout, _control(controller, action))


async def _state(controller: Controller) -> PowerState:
    answer = await controller.ask(GET_CHASSIS_STATUS, least=1)
    return PowerState.ON if answer[0] & POWER_IS_ON else PowerState.OFF


async def _control(controller: Controller, action: PowerAction) -> None:
    """A BMC that refuses to turn off what is off already has nothing to complain about."""
    try:
        await controller.request(CHASSIS_CONTROL, bytes((_CONTROLS[action],)), repeatable=action in _REPEATABLE)
    except Refused as refused:
        if refused.code != WRONG_STATE or await _state(controller) is not action.promises:
            raise
