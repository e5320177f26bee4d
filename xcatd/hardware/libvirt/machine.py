"""Making, changing and taking away virtual machines."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from xcatd.errors import NodeError, NotFound, Unsupported, XcatError
from xcatd.hardware.libvirt import disks, host
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.definition import Source, disk_element, next_name
from xcatd.hardware.libvirt.document import Disk, Document
from xcatd.hardware.libvirt.domain import defined, document, drawn, existing, find, kept, shown, state_of, stop
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.hypervisor import Hypervisor
from xcatd.hardware.libvirt.pools import NewVolume, create, delete, pool_at, volume_at
from xcatd.hardware.libvirt.states import SENTENCES
from xcatd.hardware.libvirt.xmltext import written
from xcatd.hardware.machine import MAKING_TIMEOUT, Machine, MachineFacts, Making, SerialConsole
from xcatd.hardware.patience import DEFAULT_TIMEOUT
from xcatd.hardware.power import PowerState

T = TypeVar("T")

_HOST = "Domain-0"
"""Xen calls the hypervisor's own system a machine too."""


class LibvirtMachine(Machine):
    def __init__(self, hypervisor: Hypervisor, guest: Guest) -> None:
        self._hypervisor = hypervisor
        self._guest = guest

    async def _ask(self, do: Callable[[Connection], T], timeout: float) -> T:
        return await self._patiently(timeout, lambda left: self._hypervisor.ask(do, left))

    async def make(self, making: Making, *, timeout: float = MAKING_TIMEOUT) -> None:
        await self._ask(lambda connection: _make(connection, self._guest, making), timeout)

    async def remove(
        self, *, force: bool = False, purge: bool = False, timeout: float = MAKING_TIMEOUT
    ) -> Sequence[str]:
        return await self._ask(lambda connection: _remove(connection, self._guest, force, purge), timeout)

    async def add_disk(self, size: int, *, timeout: float = MAKING_TIMEOUT) -> str:
        return await self._ask(lambda connection: _add_disk(connection, self._guest, size), timeout)

    async def detach_disk(self, disk: str, *, purge: bool = False, timeout: float = MAKING_TIMEOUT) -> None:
        await self._ask(lambda connection: _detach(connection, self._guest, disk, purge), timeout)

    async def resize_disk(self, disk: str, size: int, *, timeout: float = MAKING_TIMEOUT) -> None:
        await self._ask(lambda connection: _resize(connection, self._guest, disk, size), timeout)

    async def set_memory(self, size: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        await self._ask(lambda connection: _set_memory(connection, self._guest, size), timeout)

    async def set_cpus(self, count: int, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        await self._ask(lambda connection: _set_cpus(connection, self._guest, count), timeout)

    async def pin(self, processors: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        checked = host.checked_set(processors, "cpu pining")
        await self._change(lambda connection, domain, whole: host.pin(connection, domain, whole, checked), timeout)

    async def bind_memory(self, numa_nodes: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        checked = host.checked_set(numa_nodes, "memory binding")
        await self._change(
            lambda connection, domain, whole: host.bind_memory(connection, domain, whole, checked), timeout
        )

    async def hand_on(self, device: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        checked = host.checked_device(device)
        await self._change(lambda _, domain, whole: host.hand_on(domain, checked, _affected(domain)), timeout)

    async def take_back(self, device: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        checked = host.checked_device(device)
        await self._change(lambda _, domain, whole: host.take_back(domain, whole, checked, _affected(domain)), timeout)

    async def _change(self, change: Callable[[Connection, Domain, Document], None], timeout: float) -> None:
        def do(connection: Connection) -> None:
            domain = _own(connection, self._guest)
            change(connection, domain, document(domain))

        await self._ask(do, timeout)

    async def facts(self, *, timeout: float = DEFAULT_TIMEOUT) -> MachineFacts:
        return await self._ask(lambda connection: _facts(existing(connection, self._guest)), timeout)

    async def definition(self, *, timeout: float = DEFAULT_TIMEOUT) -> str:
        def read(connection: Connection) -> str:
            return str(existing(connection, self._guest).XMLDesc(load().VIR_DOMAIN_XML_INACTIVE))

        return await self._ask(read, timeout)

    async def names(self, *, timeout: float = DEFAULT_TIMEOUT) -> Sequence[str]:
        def read(connection: Connection) -> Sequence[str]:
            return sorted(name for domain in connection.listAllDomains() if (name := domain.name()) != _HOST)

        return await self._ask(read, timeout)

    def console(self) -> SerialConsole:
        return SerialConsole(("virsh", "-c", self._guest.host, "console", self._guest.node))


def _make(connection: Connection, guest: Guest, making: Making) -> None:
    old = find(connection, guest)
    if old is not None:
        if not making.force:
            raise NodeError(
                f"the virtual machine exists on {guest.place}: remove it with rmvm, or make it anew with mkvm -f"
            )
        if state_of(old) is not PowerState.OFF:
            raise NodeError(
                f"the virtual machine is on: turn it off with rpower {guest.node} off before it is made anew"
            )
    plan = guest.blueprint
    asked = replace(plan, memory=making.memory or plan.memory, cpus=making.cpus or plan.cpus)
    new = disks.make(connection, guest, making)
    try:
        text = drawn(connection, replace(guest, blueprint=asked))
        if old is not None:
            _undefine(old, guest)
        connection.defineXML(text)
    except (XcatError, load().libvirtError):
        for path in new:
            delete(connection, path)
        raise


def _undefine(domain: Domain, guest: Guest) -> None:
    """With what hangs on a definition: a saved memory, snapshots, the variables of UEFI. Where there is none of these, not every
    hypervisor wants to hear of them."""
    libvirt = load()
    flags = libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    if not guest.blueprint.is_xen:
        flags |= libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    if document(domain).is_uefi:
        flags |= libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
    domain.undefineFlags(flags)


def _remove(connection: Connection, guest: Guest, force: bool, purge: bool) -> Sequence[str]:
    domain = find(connection, guest)
    if domain is None:
        return _remove_stored(connection, guest, purge)
    if state_of(domain) is not PowerState.OFF:
        if not force:
            raise NodeError("Cannot rmvm active guest (use -f argument to force)")
        domain = stop(connection, domain)
    owned = document(domain).disks() if purge else ()
    _undefine(domain, guest)
    return _purged(connection, guest, owned)


def _remove_stored(connection: Connection, guest: Guest, purge: bool) -> Sequence[str]:
    """One that is known to the tables only: xCAT 2 keeps those that are off nowhere else."""
    if not guest.blueprint.stored:
        raise NotFound("Cannot remove guest vm, no such vm found")
    if not purge:
        return ()
    for place in guest.blueprint.storage:
        if place.is_pool:
            pool_at(connection, place.url)
    return _purged(connection, guest, Document(guest.blueprint.stored, "kvm_nodedata.xml").disks())


def _purged(connection: Connection, guest: Guest, owned: Sequence[Disk]) -> Sequence[str]:
    """Delete these disks; gives those that are left."""
    return [disk.source for disk in owned if disk.source and not disk.is_cd and not _purge(connection, guest, disk)]


def _purge(connection: Connection, guest: Guest, disk: Disk) -> bool:
    """Delete a disk that is clearly the machine's own: in a pool, under its name, and not raw, as in xCAT 2."""
    is_own = posixpath.basename(disk.source).startswith(f"{guest.node}.")
    return is_own and disk.kind == "file" and disk.format != "raw" and delete(connection, disk.source)


def _own(connection: Connection, guest: Guest) -> Domain:
    """The machine, to be changed: it has a definition that outlives it. One that only xCAT 2's tables know is defined now."""
    return defined(connection, guest) if guest.blueprint.stored else kept(connection, existing(connection, guest))


def _add_disk(connection: Connection, guest: Guest, size: int) -> str:
    domain, plan = _own(connection, guest), guest.blueprint
    place = plan.storage[-1] if plan.storage else None
    if place is None or not place.is_pool:
        raise NodeError(
            "Can not add storage, vmstorage attribute not defined: set vm.storage to a pool, such as dir:///vms"
        )
    bus = place.bus or plan.bus
    if bus == "ide" and state_of(domain) is not PowerState.OFF:
        raise NodeError("VM must be powered off to add IDE drives")
    whole, image = document(domain), disks.image_format(plan, place)
    device = next_name(bus, [disk.name for disk in whole.disks()])
    is_block = image == "lvm"
    name = f"{guest.node}.{device}.{'raw' if is_block else image}"
    path = create(connection, pool_at(connection, place.url), NewVolume(name, image, size))
    source = Source(device, bus, path, "raw" if is_block else image, "block" if is_block else "file")
    try:
        domain.attachDeviceFlags(written(disk_element(source, "" if plan.is_xen else plan.cache)), _affected(domain))
    except load().libvirtError:
        delete(connection, path)
        raise
    return device


def _affected(domain: Domain) -> int:
    """The definition, and the machine itself when it is on."""
    libvirt = load()
    config = int(libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    return config | int(libvirt.VIR_DOMAIN_AFFECT_LIVE) if domain.isActive() else config


def _detach(connection: Connection, guest: Guest, name: str, purge: bool) -> None:
    domain = _own(connection, guest)
    disk = document(domain).disk(name)
    domain.detachDeviceFlags(written(disk.element), _affected(domain))
    if domain.isActive() and any(each.name == name for each in shown(domain).disks()):
        raise NodeError(f"the guest has not let go of disk {name}: it is gone at the next start; nothing was deleted")
    if purge and not delete(connection, disk.source):
        raise NodeError(
            f"disk {name} was taken away, but {disk.source} is in no storage pool of the hypervisor: delete it there"
        )


def _resize(connection: Connection, guest: Guest, name: str, size: int) -> None:
    libvirt = load()
    domain = _own(connection, guest)
    disk = document(domain).disk(name)
    volume = volume_at(connection, disk.source)
    if volume is None:
        raise NodeError(f"{disk.source} is in no storage pool of the hypervisor: resize it there")
    is_smaller = size < volume.info()[1]
    if domain.isActive():
        if is_smaller:
            raise NodeError(f"disk {name} cannot become smaller while the machine is on")
        domain.blockResize(name, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
        return
    if is_smaller and disk.format == "qcow2":
        raise Unsupported(f"Resizing disk {name} failed, qcow2 doesn't support shrinking images yet")
    volume.resize(size, libvirt.VIR_STORAGE_VOL_RESIZE_SHRINK if is_smaller else 0)


def _set_memory(connection: Connection, guest: Guest, size: int) -> None:
    domain = _own(connection, guest)
    whole = document(domain)
    if domain.isActive():
        if size > shown(domain).most_memory:
            raise NodeError(
                "Unable to increase memory beyond current capacity (requires VM to be powered down to change)"
            )
        domain.setMemoryFlags(size >> 10, load().VIR_DOMAIN_AFFECT_LIVE)
    whole.set_memory(size)
    connection.defineXML(whole.text())


def _set_cpus(connection: Connection, guest: Guest, count: int) -> None:
    domain = _own(connection, guest)
    if domain.isActive():
        raise NodeError("Hot add of cpus not supported (VM must be powered down to successfully change)")
    whole = document(domain)
    whole.cpus = count
    connection.defineXML(whole.text())


def _facts(domain: Domain) -> MachineFacts:
    state, _, memory, cpus, _ = domain.info()
    number = domain.ID()
    stored = [
        ("object" if disk.kind == "block" else "file", disk.source)
        for disk in shown(domain).disks()
        if disk.source and not disk.is_cd
    ]
    return MachineFacts(
        number=number if number >= 0 else None,
        system=domain.OSType(),
        memory=memory << 10,
        cpus=cpus,
        state=state,
        sentence=SENTENCES.get(state, "Unknown"),
        disks=tuple(stored),
    )
