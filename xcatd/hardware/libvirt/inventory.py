"""What a virtual machine is made of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from xcatd.hardware.inventory import Fact, Inventory, Nic, Part
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.document import Disk, Document
from xcatd.hardware.libvirt.domain import existing, shown
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor

_MIB = 1 << 20


class MachineInventory(Inventory):
    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    async def _read(self, parts: Collection[Part] | None, timeout: float) -> Sequence[Fact]:
        facts = await self._hypervisor.ask(self._facts, timeout)
        return [fact for fact in facts if parts is None or fact.part in parts]

    async def _nics(self, timeout: float) -> Sequence[Nic]:
        return await self._hypervisor.ask(self._interfaces, timeout)

    def _facts(self, connection: Connection) -> Sequence[Fact]:
        domain = existing(connection, self._guest)
        now = shown(domain)
        return [
            Fact(Part.GUID, "UUID/GUID", as_firmware_tells(now.uuid)),
            Fact(Part.CPU, "CPUs", str(now.cpus)),
            Fact(Part.DIMM, "Memory", f"{_number(now.memory)} MB"),
            Fact(Part.DIMM, "Maximum Memory", f"{_number(now.most_memory)} MB"),
            *_disks(domain, now),
            *_adapters(now),
        ]

    def _interfaces(self, connection: Connection) -> Sequence[Nic]:
        now = shown(existing(connection, self._guest))
        return [Nic(f"eth{place}", nic.mac) for place, nic in enumerate(now.interfaces())]


def as_firmware_tells(uuid: str) -> str:
    """The UUID as it stands in table vpd, where the first three groups have their bytes turned round (SMBIOS 7.2.1)."""
    return re.sub(r"^(..)(..)(..)(..)-(..)(..)-(..)(..)", r"\4\3\2\1-\6\5-\8\7", uuid)


def _number(size: int) -> str:
    """Bytes in MiB, as xCAT writes them: no more digits than there are."""
    return f"{size / _MIB:.3f}".rstrip("0").rstrip(".")


def _disks(domain: Domain, now: Document) -> Iterator[Fact]:
    for disk in now.disks():
        if disk.source:
            where = f" ({disk.address})" if disk.address else ""
            yield Fact(Part.HARDWARE, f"Disk {disk.name}{where}", f"{_size(domain, disk)} MB @ {disk.source}")


def _size(domain: Domain, disk: Disk) -> str:
    """What is used of it, and what there may be: "196.250/20480"."""
    try:
        capacity, allocation, _ = domain.blockInfo(disk.name)
    except load().libvirtError:
        return "?"  # its file is away: the inventory tells where it should be
    return f"{allocation / _MIB:.3f}/{_number(capacity)}"


def _adapters(now: Document) -> Iterator[Fact]:
    for nic in now.interfaces():
        where = f" at {nic.address}" if nic.address else ""
        yield Fact(Part.MAC, f"Network adapter{where}", nic.mac)
