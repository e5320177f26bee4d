"""The electric power that a node takes, and the limit on it: as every driver offers it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Consumption:
    """Watts: now, and the least, mean and most of the controller's own period of statistics; None: it does not say."""

    now: float
    least: float | None = None
    mean: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """The limit in watts; None: there is none set. `active`: whether it is kept now."""

    watts: int | None
    active: bool


class Energy(Capability, ABC):
    """The consumption of one node. All raise what `Power` raises."""

    async def consumption(self, *, timeout: float = DEFAULT_TIMEOUT) -> Consumption:
        """What it takes."""
        return await self._patiently(timeout, self._read)

    async def cap(self, *, timeout: float = DEFAULT_TIMEOUT) -> Cap:
        """The limit."""
        return await self._patiently(timeout, self._cap)

    async def set_cap(self, cap: Cap, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Set the limit, or with `watts` None only whether the one that is set is kept."""
        await self._patiently(timeout, lambda left: self._set_cap(cap, left))
        log.info("power cap", extra={"facts": {"watts": cap.watts, "active": cap.active}})

    @abstractmethod
    async def _read(self, timeout: float) -> Consumption: ...

    @abstractmethod
    async def _cap(self, timeout: float) -> Cap: ...

    @abstractmethod
    async def _set_cap(self, cap: Cap, timeout: float) -> None: ...
