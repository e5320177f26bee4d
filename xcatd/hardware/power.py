"""Power as every driver offers it, and the care that is the same for all of them: try again when busy, then look."""

from __future__ import annotations

import asyncio
import logging
import random
from enum import StrEnum
from typing import Protocol

from xcatd.errors import Busy, TimedOut

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
"""Seconds before a controller is asked again; doubled each time, up to LONGEST_PAUSE."""
LONGEST_PAUSE = 1.0
DEFAULT_TIMEOUT = 12.0
"""Seconds for one operation on one controller, where the caller does not say."""


class PowerState(StrEnum):
    ON = "on"
    OFF = "off"


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

    def __init__(self, driver: Power, place: str) -> None:
        self._driver = driver
        self._place = place

    async def power_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> PowerState:
        pauses = _Pauses(timeout)
        while True:
            try:
                state = await self._driver.power_state(timeout=pauses.left)
                log.debug("%s is %s", self._place, state)
                return state
            except Busy:
                if not await pauses.take():
                    raise

    async def set_power(self, action: PowerAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        pauses = _Pauses(timeout)
        while True:
            try:
                await self._driver.set_power(action, timeout=pauses.left)
                log.info("power", extra={"facts": {"controller": self._place, "action": str(action)}})
                break
            except Busy:
                if not await pauses.take():
                    raise
        if (promised := action.promises) is not None:
            await self._see(promised, pauses.left, timeout)

    async def _see(self, promised: PowerState, left: float, timeout: float) -> None:
        pauses = _Pauses(left)
        while await self.power_state(timeout=pauses.left) is not promised:
            if not await pauses.take():
                raise TimedOut(
                    f'the controller at {self._place} accepted "{promised}" but still reports the other state '
                    f"after {timeout:g} s: ask it again later, and look at its event log"
                )


class _Pauses:
    """Growing pauses, with jitter so that a rack does not ask in step, that end before a deadline."""

    __slots__ = ("_deadline", "_loop", "_next")

    def __init__(self, timeout: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeout
        self._next = FIRST_PAUSE

    @property
    def left(self) -> float:
        return self._deadline - self._loop.time()

    async def take(self) -> bool:
        """Pause; False, at once, when the deadline would pass meanwhile."""
        pause = self._next * random.uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret
        if pause >= self.left:
            return False
        await asyncio.sleep(pause)
        self._next = min(2 * self._next, LONGEST_PAUSE)
        return True
