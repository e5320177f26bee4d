"""The event log of a node's controller: as every driver offers it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xcatd.hardware.patience import Capability
from xcatd.hardware.sensors import READING_TIMEOUT, Health

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `when` is None for a time that the controller did not know; it has a time zone. `source` is the sensor or
    component, `text` what happened to it, in words."""

    number: str
    when: datetime | None
    source: str
    text: str
    health: Health = Health.OK


class EventLog(Capability, ABC):
    """The event log of one node. Both raise what `Power` raises."""

    async def events(self, last: int | None = None, *, timeout: float = READING_TIMEOUT) -> Sequence[Event]:
        """The entries, oldest first; `last`: only so many of the newest."""
        return await self._patiently(timeout, lambda left: self._read(last, left))

    async def clear_events(self, *, timeout: float = READING_TIMEOUT) -> None:
        """Remove all entries, and return when they are gone."""
        await self._patiently(timeout, self._clear)
        log.info("event log cleared")

    @abstractmethod
    async def _read(self, last: int | None, timeout: float) -> Sequence[Event]: ...

    @abstractmethod
    async def _clear(self, timeout: float) -> None: ...
