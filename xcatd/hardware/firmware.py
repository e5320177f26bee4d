"""Bringing new firmware to a node: as every driver offers it. What is installed is in its inventory."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

from xcatd.hardware.patience import Capability

log = logging.getLogger(__name__)

UPDATE_TIMEOUT = 3600.0
"""Seconds for one update."""
Tell = Callable[[str], Awaitable[None]]
"""Says how far it has come, in words."""


class Firmware(Capability, ABC):
    """The firmware of one node."""

    async def update_firmware(self, image: Path, tell: Tell, *, timeout: float = UPDATE_TIMEOUT) -> None:
        """Have the controller install an image, and return when it says that it has. Done once, whatever happens: raises what
        `Power` raises, and NodeError with the controller's reason when it refuses the image."""
        log.info("firmware update", extra={"facts": {"image": image.name}})
        with self._watch():
            await self._update(image, tell, timeout)

    @abstractmethod
    async def _update(self, image: Path, tell: Tell, timeout: float) -> None: ...
