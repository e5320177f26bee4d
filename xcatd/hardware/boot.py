"""What a node starts from next: as every driver offers it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability, Pauses

log = logging.getLogger(__name__)


class BootDevice(StrEnum):
    """`DEFAULT`: the order that the firmware has. `SETUP`: the firmware's own menu."""

    DEFAULT = "default"
    NETWORK = "network"
    DISK = "disk"
    CD = "cd"
    FLOPPY = "floppy"
    SETUP = "setup"


@dataclass(frozen=True, slots=True)
class BootChoice:
    """`persistent`: until somebody chooses again, not only for the next start. `uefi`: start by UEFI, not in the BIOS way."""

    device: BootDevice
    persistent: bool = False
    uefi: bool = False


class Boot(Capability, ABC):
    """The boot device of one node. `timeout` is in seconds, for all that the method does.

    Both raise Unreachable, BadCredentials, Unsupported, Busy or TimedOut, each with a sentence that names the controller.
    """

    async def boot_choice(self, *, timeout: float = DEFAULT_TIMEOUT) -> BootChoice | None:
        """What was chosen for the next start; None when nothing overrides the firmware's order."""
        return await self._patiently(timeout, self._read)

    async def choose_boot(self, choice: BootChoice, *, timeout: float = DEFAULT_TIMEOUT) -> BootChoice | None:
        """Choose, and return what the controller says then: there are some that accept a choice and do not keep it."""
        pauses = Pauses(timeout)
        await self._patiently(timeout, lambda left: self._choose(choice, left))
        log.info("boot device", extra={"facts": {"device": str(choice.device), "persistent": choice.persistent}})
        return await self.boot_choice(timeout=pauses.left)

    @abstractmethod
    async def _read(self, timeout: float) -> BootChoice | None: ...

    @abstractmethod
    async def _choose(self, choice: BootChoice, timeout: float) -> None: ...
