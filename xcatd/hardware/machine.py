"""A virtual machine beside its power: making it, changing it, taking it away: as every driver offers it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.hardware.patience import DEFAULT_TIMEOUT, Capability

MAKING_TIMEOUT = 50.0
"""Seconds for what creates or deletes disks."""


@dataclass(frozen=True, slots=True)
class Making:
    """How a machine is made, beside what its endpoint says of it.

    `sizes`: bytes of each new disk. `master`: a volume or file that the first disk is a copy-on-write clone of; "": none.
    `memory` (bytes) and `cpus` take the place of the endpoint's. `force`: what is in the way is replaced, as long as it is off.
    """

    sizes: tuple[int, ...] = ()
    master: str = ""
    memory: int | None = None
    cpus: int | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What a hypervisor knows of a machine now. `number` is that of a running one. `memory` is in bytes.

    `state` and `sentence` are the hypervisor's own number for its state and what that means. `disks`: a word for the kind of
    storage ("file", "object") and where it is.
    """

    number: int | None
    system: str
    memory: int
    cpus: int
    state: int
    sentence: str
    disks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SerialConsole:
    """How a terminal gets to the serial console of a machine: the program and its words, to be run on this host."""

    words: tuple[str, ...]


class Machine(Capability, ABC):
    """One virtual machine. `timeout` is in seconds, for all that a method does.

    All raise what `Power` raises, and NotFound when there is no such machine. Disks are named as the machine sees them ("vda").
    """

    @abstractmethod
    async def make(self, making: Making, *, timeout: float = MAKING_TIMEOUT) -> None:
        """Make it, without turning it on. NodeError: it is there already, or its disks are."""

    @abstractmethod
    async def remove(
        self, *, force: bool = False, purge: bool = False, timeout: float = MAKING_TIMEOUT
    ) -> Sequence[str]:
        """Take it away. `force`: even while it is on. `purge`: with its disks; gives those that are left nevertheless."""

    @abstractmethod
    async def add_disk(self, size: int, *, timeout: float = MAKING_TIMEOUT) -> str:
        """Add a new, empty disk of so many bytes; gives its name."""

    @abstractmethod
    async def detach_disk(self, disk: str, *, purge: bool = False, timeout: float = MAKING_TIMEOUT) -> None:
        """Take a disk away from it; with `purge` the disk is deleted."""

    @abstractmethod
    async def resize_disk(self, disk: str, size: int, *, timeout: float = MAKING_TIMEOUT) -> None:
        """Make a disk larger or smaller, in bytes. What is beyond the end of a smaller one is lost."""

    @abstractmethod
    async def set_memory(self, size: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """In bytes. One that is on can be given less, not more than it began with."""

    @abstractmethod
    async def set_cpus(self, count: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Only while it is off."""

    @abstractmethod
    async def pin(self, processors: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Let it run on these processors of the hypervisor only: "0-3,^2,8". UsageError: that is no such list."""

    @abstractmethod
    async def bind_memory(self, numa_nodes: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Take its memory from these NUMA nodes of the hypervisor, written like processors. UsageError: that is no such list."""

    @abstractmethod
    async def hand_on(self, device: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Give it a PCI device of the hypervisor: "0000:01:00.2" or "pci_0000_01_00_2". UsageError: that is no such name."""

    @abstractmethod
    async def take_back(self, device: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Take a PCI device away from it. NotFound: it has not got this one."""

    @abstractmethod
    async def facts(self, *, timeout: float = DEFAULT_TIMEOUT) -> MachineFacts:
        """What it is now."""

    @abstractmethod
    async def definition(self, *, timeout: float = DEFAULT_TIMEOUT) -> str:
        """Its definition in the hypervisor's own words, without passwords."""

    @abstractmethod
    async def names(self, *, timeout: float = DEFAULT_TIMEOUT) -> Sequence[str]:
        """All machines of the same hypervisor, whether they are on or off."""

    @abstractmethod
    def console(self) -> SerialConsole:
        """The way to its serial console. No I/O."""
