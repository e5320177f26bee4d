"""What the chassis of a node says of itself, beside its sensors: as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability


@dataclass(frozen=True, slots=True)
class ChassisFact:
    """One line: `name` is what it is about ("Power Fault"), `value` how it is ("false")."""

    name: str
    value: str


class Chassis(Capability, ABC):
    """The chassis of one node."""

    async def chassis_facts(self, *, timeout: float = DEFAULT_TIMEOUT) -> Sequence[ChassisFact]:
        """Its state now, in an order that an operator would read. Raises what `Power` raises."""
        return await self._patiently(timeout, self._read)

    @abstractmethod
    async def _read(self, timeout: float) -> Sequence[ChassisFact]: ...
