"""The identify light of a node: as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability


class BeaconState(StrEnum):
    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Beacon(Capability, ABC):
    """The light of one node. Both raise what `Power` raises."""

    async def beacon_state(self, *, timeout: float = DEFAULT_TIMEOUT) -> BeaconState:
        """How the light is now."""
        return await self._patiently(timeout, self._read)

    async def set_beacon(self, state: BeaconState, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Let it be so until somebody else is asked for; Unsupported when this light has no such state."""
        await self._patiently(timeout, lambda left: self._set(state, left))

    @abstractmethod
    async def _read(self, timeout: float) -> BeaconState: ...

    @abstractmethod
    async def _set(self, state: BeaconState, timeout: float) -> None: ...
