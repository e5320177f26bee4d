"""Disks of machines in libvirt's storage pools: so they are made on the hypervisor, wherever we are.

As in xCAT 2 a disk of node n1 is a volume named n1.<name in the machine>.<format>, such as n1.vda.qcow2. All of this blocks: it
runs in a hypervisor's threads.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from xcatd.errors import NodeError, NotFound
from xcatd.hardware.libvirt.binding import Connection, Pool, load
from xcatd.hardware.libvirt.refusals import is_code
from xcatd.hardware.libvirt.xmltext import Element, add, made, parse, text_of, value, written

MOUNTS = "/var/lib/xcat/pools"
"""Below it NFS directories are mounted on hypervisors."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A disk of a node. `device`: its name in the machine."""

    device: str
    format: str
    path: str


@dataclass(frozen=True, slots=True)
class NewVolume:
    """`size` is in bytes. `master`: the path of what it is a copy-on-write clone of; then `size` may be 0, for the master's."""

    name: str
    format: str
    size: int
    master: str = ""
    force: bool = False


def pool_at(connection: Connection, url: str) -> Pool:
    """The pool at this place (see guest.Place), made if there is none, with all of its volumes known."""
    pool = _find(connection, url)
    if pool is None:
        # By two at once it becomes one: the UUID is the same.
        pool = connection.storagePoolDefineXML(pool_definition(url))
        if not url.startswith("lvm://"):
            _until_active(pool, pool.build)
    _until_active(pool, pool.create)
    with suppress(load().libvirtError):  # not while a disk is being copied there: then what was known must do
        pool.refresh()
    return pool


def _find(connection: Connection, url: str) -> Pool | None:
    for pool in connection.listAllStoragePools():
        if _is_at(parse(pool.XMLDesc(), "a pool of the hypervisor"), url):
            return pool
    return None


def _until_active(pool: Pool, step: Callable[[], object]) -> None:
    """A step towards an active pool. One that is active refuses it: somebody else may have been quicker, at any moment."""
    if pool.isActive():
        return
    try:
        step()
    except load().libvirtError:
        if not pool.isActive():
            raise


def pool_definition(url: str) -> str:
    """A new pool as XML (libvirt, "Storage pool and volume XML format")."""
    kind, _, rest = url.partition("://")
    if kind == "lvm":
        group, _, devices = rest.partition(":")
        root = _pool(url, "logical", group, f"/dev/{group}")
        source = add(root, "source")
        for device in filter(None, devices.split(",")):
            add(source, "device", path=device)
        add(source, "name", group)
    elif kind == "nfs":
        host, path = _nfs(rest)
        root = _pool(url, "netfs", _name(url), f"{MOUNTS}/{_uuid(url)}")
        source = add(root, "source")
        add(source, "host", name=host)
        add(source, "dir", path=path)
    else:
        root = _pool(url, "dir", _name(url), _directory(rest))
    return written(root)


def _pool(url: str, kind: str, name: str, target: str) -> Element:
    root = made("pool", type=kind)
    add(root, "name", name)
    add(root, "uuid", _uuid(url))
    add(add(root, "target"), "path", target)
    return root


def _uuid(url: str) -> str:
    """Always the same for the same place."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, url))


def _name(url: str) -> str:
    """As xCAT 2 calls pools."""
    return url.replace("://", "_", 1).replace("/", "_")


def _directory(rest: str) -> str:
    return "/" + "/".join(filter(None, rest.split("/")))


def _nfs(rest: str) -> tuple[str, str]:
    host, _, path = rest.partition("/")
    return host, _directory(path)


def _is_at(pool: Element, url: str) -> bool:
    """Whether this is the pool at that place, whatever its name is."""
    kind, _, rest = url.partition("://")
    if kind == "lvm":
        return pool.get("type") == "logical" and text_of(pool, "name") == rest.partition(":")[0]
    if kind == "nfs":
        found = value(pool, "source/host", "name"), _directory(value(pool, "source/dir", "path"))
        return pool.get("type") == "netfs" and found == _nfs(rest)
    return text_of(pool, "target/path").rstrip("/") == _directory(rest).rstrip("/")


def volumes_of(pool: Pool, node: str) -> Sequence[Volume]:
    """The disks of a node in a pool, by name."""
    pattern = re.compile(rf"{re.escape(node)}\.(?P<device>[a-z]+)(?:\.(?P<format>[a-z0-9]+))?")
    found = ((volume, pattern.fullmatch(volume.name())) for volume in pool.listAllVolumes())
    return sorted(
        (Volume(match["device"], match["format"] or "raw", volume.path()) for volume, match in found if match),
        key=lambda volume: (len(volume.device), volume.device),
    )


def create(connection: Connection, pool: Pool, new: NewVolume) -> str:
    """Make a volume; gives its path. NodeError: there is one of this name, and it may not be replaced."""
    old = _volume(pool, new.name)
    if old is not None:
        if not new.force:
            raise NodeError(
                f"Storage creation request conflicts with existing file(s) {old.path()}. To force remove the existing storage "
                "file, rerun mkvm with the -f option."
            )
        old.delete()
    size = new.size or _size(connection, new.master)
    volume = pool.createXML(volume_definition(new, size))
    return str(volume.path())


def volume_definition(new: NewVolume, size: int) -> str:
    """A new volume as XML."""
    root = made("volume")
    add(root, "name", new.name)
    add(root, "capacity", str(size), unit="bytes")
    if new.format != "lvm":
        add(root, "allocation", "0", unit="bytes")
        add(add(root, "target"), "format", type=new.format)
    if new.master:
        backing = add(root, "backingStore")
        add(backing, "path", new.master)
        add(backing, "format", type="qcow2" if new.master.endswith(".qcow2") else "raw")
    return written(root)


def master_path(pool: Pool, master: str) -> str:
    """The path of a master: as it is, or of the volume of this name in the pool. NotFound: there is none."""
    if master.startswith("/"):
        return master
    found = _volume(pool, master)
    if found is None:
        raise NotFound(f"there is no master {master} in the storage pool {pool.name()}: name a volume of it, or a path")
    return str(found.path())


def delete(connection: Connection, path: str) -> bool:
    """Delete the volume at this path; False when it is none of a pool that the hypervisor knows."""
    volume = volume_at(connection, path)
    if volume is None:
        return False
    volume.delete()
    return True


def volume_at(connection: Connection, path: str) -> Pool | None:
    """The volume at this path, None when no pool has it."""
    libvirt = load()
    try:
        return connection.storageVolLookupByPath(path)
    except libvirt.libvirtError as error:
        if is_code(error, "VIR_ERR_NO_STORAGE_VOL"):
            return None
        raise


def _volume(pool: Pool, name: str) -> Pool | None:
    return next((volume for volume in pool.listAllVolumes() if volume.name() == name), None)


def _size(connection: Connection, path: str) -> int:
    volume = volume_at(connection, path)
    if volume is None:
        raise NotFound(f"the hypervisor knows no volume {path}: put the master into one of its storage pools")
    return int(volume.info()[1])
