"""The order in which a node tries what it can start from, for good: as every driver offers it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.hardware.boot import BootDevice
from xcatd.hardware.patience import Capability
from xcatd.hardware.sensors import READING_TIMEOUT

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BootOption:
    """One entry. `reference` is what it is chosen by ("Boot0003"), `name` what the firmware calls it ("UEFI PXEv4 slot 2"),
    `device` what kind of thing it is; None: the controller does not say."""

    reference: str
    name: str
    device: BootDevice | None = None


class BootOrder(Capability, ABC):
    """The boot order of one node. Both raise what `Power` raises."""

    async def boot_order(self, *, timeout: float = READING_TIMEOUT) -> Sequence[BootOption]:
        """The order, the first one first."""
        return await self._patiently(timeout, self._read)

    async def set_boot_order(self, first: Sequence[str], *, timeout: float = READING_TIMEOUT) -> None:
        """Put these references in front, in this order, and leave the others behind them as they are. It may be used, and
        shown, only after the next start. UsageError: there is no such reference."""
        await self._patiently(timeout, lambda left: self._order(first, left))
        log.info("boot order", extra={"facts": {"first": ",".join(first)}})

    @abstractmethod
    async def _read(self, timeout: float) -> Sequence[BootOption]: ...

    @abstractmethod
    async def _order(self, first: Sequence[str], timeout: float) -> None: ...
