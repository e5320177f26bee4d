"""Power as every driver offers it, and the care that is the same for all of them: try again when busy, then look."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from enum import StrEnum
from typing import Protocol

from xcatd.errors import TimedOut
from xcatd.hardware.patience import DEFAULT_TIMEOUT, Pauses, Watch, patiently

log = logging.getLogger(__name__)


class PowerState(StrEnum):
    """`SUSPENDED`: it has power and stands still, as virtual machines can; `ON` wakes it."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


class PowerAction(StrEnum):
    """What can be done to the power. `SOFTOFF` asks the operating system, `DIAG` interrupts it (NMI)."""

    ON = "on"
    OFF = "off"
    SOFTOFF = "softoff"
    RESET = "reset"
    CYCLE = "cycle"
    DIAG = "diag"

    @property
    def promises(self) -> PowerState | None:
        """The state that is reached soon after, when the action makes sure of one.

        `SOFTOFF` depends on the operating system, and a `CYCLE` that reads "on" may have yet to begin.
        """
        return _PROMISES.get(self)


_PROMISES = {PowerAction.ON: PowerState.ON, PowerAction.OFF: PowerState.OFF}


class Power(Protocol):
    """The power of one node. `timeout` is in seconds, for all that the method does, and measures the device.

    Raises Unreachable, BadCredentials, Unsupported, Busy or TimedOut, each with a sentence that names the controller.
    """

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        """Whether the node is on, read from the controller now."""
        ...

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Do it, and return when the controller has accepted it."""
        ...


class AssuredPower:
    """A driver's `Power` with the care around it: `set_power` returns when the promised state has been seen."""

    def __init__(self, driver: Power, place: str, watch: Watch = nullcontext) -> None:
        self._driver = driver
        self._place = place
        self._watch = watch

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        with self._watch():
            state = await patiently(timeout, lambda left: self._driver.power_state(timeout=left))
        log.debug("%s is %s", self._place, state)
        return state

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        pauses = Pauses(timeout)
        with self._watch():
            await patiently(timeout, lambda left: self._driver.set_power(action, timeout=left))
        log.info("power", extra={"facts": {"controller": self._place, "action": str(action)}})
        if (promised := action.promises) is not None:
            await self._see(promised, pauses.left, timeout)

    async def _see(self, promised: PowerState, left: float, timeout: float) -> None:
        pauses = Pauses(left)
        while await self.power_state(timeout=pauses.left) is not promised:
            if not await pauses.take():
                raise TimedOut(
                    f'the controller at {self._place} accepted "{promised}" but still reports the other state '
                    f"after {timeout:g} s: ask it again later, and look at its event log"
                )
