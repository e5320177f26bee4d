"""The outlets of a power distribution unit (PDU): as every driver offers them."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from xcatd.errors import TimedOut
from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability, Pauses

log = logging.getLogger(__name__)


class OutletAction(StrEnum):
    """`RESET`: off, and on again by itself."""

    ON = "on"
    OFF = "off"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Outlet:
    """`number` counts from 1. `state` is "on", "off", or the PDU's own word for what is between ("cycling")."""

    number: int
    state: str


class Outlets(Capability, ABC):
    """The outlets of one PDU. `timeout` is in seconds. All raise what `Power` raises; NotFound for a number that it has not."""

    @property
    @abstractmethod
    def noun(self) -> str:
        """What this PDU calls one of them: "outlet" or "relay"."""

    async def outlets(
        self, numbers: Sequence[int] | None = None, *, timeout: float = DEFAULT_TIMEOUT
    ) -> Sequence[Outlet]:
        """How these are now, None: all of them."""
        return await self._patiently(timeout, lambda left: self._read(numbers, left))

    async def switch(self, number: int, action: OutletAction, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Do it, and return when the PDU reports that it is so. TimedOut when it has accepted it and reports it never."""
        pauses = Pauses(timeout)
        await self._patiently(timeout, lambda left: self._switch(number, action, left))
        log.info("outlet", extra={"facts": {"outlet": number, "action": str(action)}})
        while action is not OutletAction.RESET:
            (outlet,) = await self.outlets([number], timeout=pauses.left)
            if outlet.state == action:
                return
            if not await pauses.take():
                raise TimedOut(
                    f'the PDU accepted "{action}" but still reports {self.noun} {number} as {outlet.state} after {timeout:g} s: '
                    "look whether it is locked in the PDU's own settings"
                )

    @abstractmethod
    async def _read(self, numbers: Sequence[int] | None, timeout: float) -> Sequence[Outlet]: ...

    @abstractmethod
    async def _switch(self, number: int, action: OutletAction, timeout: float) -> None: ...
