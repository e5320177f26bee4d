"""The settings of a node's controller: its network, its accounts, its alerts: as every driver offers them."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from xcatd.hardware.patience import Capability
from xcatd.hardware.sensors import READING_TIMEOUT

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setting:
    """`label` is what operators call it ("BMC IP"), `value` what it is; "": the label says it all ("BMC VLAN disabled")."""

    label: str
    value: str


class Settings(Capability, ABC):
    """The settings of one controller, by the words of xCAT's rspconfig: `ip`, `netmask`, `gateway`, `vlan`, `userid` ...

    Words that belong together are set on one object, one after the other: `userid` says which account the `username` and
    the `password` after it are for.
    """

    @property
    @abstractmethod
    def readable(self) -> Collection[str]:
        """The words that can be read, in the order in which they are best shown."""

    @property
    @abstractmethod
    def writable(self) -> Collection[str]:
        """The words that can be set."""

    def announce(self, changes: Mapping[str, str]) -> None:
        """Word -> value of all that is going to be set, in this order. A driver may set what belongs together with the first of
        it: a controller that has a new address and not yet its netmask may be out of reach. UsageError: one of the values
        cannot be, as far as that is known without asking; then none should be set."""

    async def setting(self, word: str, *, timeout: float = READING_TIMEOUT) -> Setting:
        """One of them now. Raises what `Power` raises; Unsupported for a word that is not `readable`."""
        return await self._patiently(timeout, lambda left: self._read(word, left))

    async def change_setting(self, word: str, value: str, *, timeout: float = READING_TIMEOUT) -> Setting:
        """Set one, and return how it is afterwards. UsageError: no such value can be; Unsupported: not `writable`."""
        setting = await self._patiently(timeout, lambda left: self._write(word, value, left))
        log.info("setting of a controller", extra={"facts": {"setting": word}})
        return setting

    @abstractmethod
    async def _read(self, word: str, timeout: float) -> Setting: ...

    @abstractmethod
    async def _write(self, word: str, value: str, timeout: float) -> Setting: ...
