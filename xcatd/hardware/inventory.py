"""What a node is made of: as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xcatd.hardware.patience import Capability
from xcatd.hardware.sensors import READING_TIMEOUT


class Part(StrEnum):
    """What one may ask for; the words are those of xCAT's rinv."""

    MODEL = "model"
    SERIAL = "serial"
    ASSET = "asset"
    GUID = "guid"
    DEVICE_ID = "deviceid"
    MPROM = "mprom"
    """The firmware of the management controller itself."""
    FIRMWARE = "firmware"
    """All firmware: BIOS, controllers, backup images."""
    CPU = "cpu"
    DIMM = "dimm"
    HARDWARE = "hw"
    """Other replaceable units: power supplies, boards, drives."""
    MAC = "mac"
    MISC = "misc"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of an inventory: `name` is what it is about ("System Description"), `value` what there is."""

    part: Part
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Nic:
    """A network interface of a node as its controller knows it. `mac` in lower case with colons."""

    name: str
    mac: str


class Inventory(Capability, ABC):
    """The inventory of one node. Both raise what `Power` raises."""

    async def facts(self, parts: Collection[Part] | None = None, *, timeout: float = READING_TIMEOUT) -> Sequence[Fact]:
        """What there is of these parts, None: of all, in an order that an operator would read."""
        return await self._patiently(timeout, lambda left: self._read(parts, left))

    async def nics(self, *, timeout: float = READING_TIMEOUT) -> Sequence[Nic]:
        """The network interfaces of the node (not of the controller), the first one first. Unsupported when it is not told."""
        return await self._patiently(timeout, self._nics)

    @abstractmethod
    async def _read(self, parts: Collection[Part] | None, timeout: float) -> Sequence[Fact]: ...

    @abstractmethod
    async def _nics(self, timeout: float) -> Sequence[Nic]: ...
