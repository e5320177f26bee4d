"""The disks that a machine gets: those that are there, and those that are made for it. All of this blocks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from xcatd.errors import NodeError, UsageError
from xcatd.hardware.libvirt.binding import Connection
from xcatd.hardware.libvirt.definition import Source, bus_of, next_name
from xcatd.hardware.libvirt.guest import Blueprint, Guest, Place
from xcatd.hardware.libvirt.pools import NewVolume, create, master_path, pool_at, volumes_of
from xcatd.hardware.machine import Making


def sources(connection: Connection, guest: Guest) -> Sequence[Source]:
    """What vm.storage names. NodeError: a pool in which the machine has no disk."""
    found: list[Source] = []
    for place in guest.blueprint.storage:
        if place.is_pool:
            found.extend(_in_pool(connection, guest, place))
        else:
            found.append(_single(guest.blueprint, place, [disk.device for disk in found]))
    return found


def _in_pool(connection: Connection, guest: Guest, place: Place) -> Iterator[Source]:
    volumes = volumes_of(pool_at(connection, place.url), guest.node)
    if not volumes:
        raise NodeError(
            f"Unable to find any persistent disks at {place.url} for {guest.node}: make one with mkvm {guest.node} -s <GB>"
        )
    is_block = place.url.startswith("lvm://")
    for volume in volumes:
        bus = bus_of(volume.device, place.bus or guest.blueprint.bus)
        yield Source(volume.device, bus, volume.path, volume.format, "block" if is_block else "file")


def _single(plan: Blueprint, place: Place, taken: Sequence[str]) -> Source:
    """A file or a device of the hypervisor."""
    bus = place.bus or _usual_bus(plan)
    device = place.device or next_name(bus, taken)
    kind = "block" if place.is_block else "file"
    path = place.url.removeprefix("phy:")
    return Source(device, bus_of(device, bus), path, format_of(path), kind, place.is_cd)


def _usual_bus(plan: Blueprint) -> str:
    if plan.is_paravirtual:
        return "xen"
    return "ide" if plan.is_xen else plan.bus


def format_of(path: str) -> str:
    """By its name; a file without a telling one is raw."""
    return "qcow2" if path.endswith(".qcow2") else "raw"


def make(connection: Connection, guest: Guest, making: Making) -> Sequence[str]:
    """Make the new disks; gives their paths. UsageError: there is no place for them."""
    plan = guest.blueprint
    if not making.sizes and not making.master:
        return ()
    if making.sizes and making.master:
        raise UsageError("Can not specify both a master to clone and size(s)")
    if not plan.storage:
        raise UsageError("Requested initialization of storage, but vm.storage has no value for node")
    place = plan.storage[0]
    if place.is_block:
        raise UsageError("mkvm management of block device storage not implemented")
    if place.is_pool:
        return list(_make_in_pool(connection, guest, place, making))
    return [_make_file(connection, place, making)]


def _make_in_pool(connection: Connection, guest: Guest, place: Place, making: Making) -> Iterator[str]:
    pool = pool_at(connection, place.url)
    bus, image = place.bus or guest.blueprint.bus, image_format(guest.blueprint, place)
    taken: list[str] = []
    master = master_path(pool, making.master) if making.master else ""
    if master:
        image = "qcow2"  # the only one that can be a clone
    for size in making.sizes or (0,):
        taken.append(next_name(bus, taken))
        name = f"{guest.node}.{taken[-1]}.{'raw' if image == 'lvm' else image}"
        yield create(connection, pool, NewVolume(name, image, size, master, making.force))


def _make_file(connection: Connection, place: Place, making: Making) -> str:
    """vm.storage names the file itself."""
    if len(making.sizes) > 1:
        raise UsageError(f"vm.storage names one file, {place.url}: say one size, or name a folder, dir://<folder>")
    folder, name = posixpath.split(place.url)
    pool = pool_at(connection, f"dir://{folder}")
    master = master_path(pool, making.master) if making.master else ""
    image = format_of(name)
    if master and image != "qcow2":
        raise UsageError(f"a clone has the format qcow2: let vm.storage name a file that says so, {place.url}.qcow2")
    return create(connection, pool, NewVolume(name, image, sum(making.sizes), master, making.force))


def image_format(plan: Blueprint, place: Place) -> str:
    """The format of new disks in a pool; "lvm": a logical volume has none."""
    return "lvm" if place.url.startswith("lvm://") else plan.format
