"""servicenode.nfsserver: this host exports site.installdir, a management node site.tftpdir too, to the networks of the cluster; and
what statelite nodes mount from it (services/statelite/exports.py).

The kernel's server gets a file of its own in /etc/exports.d, and its unit has exportfs(8) read it. Where the kernel has no server,
or no systemd runs what it needs, it is NFS-Ganesha. A folder that the site exports itself stays as the site has it; one that comes
from another file server is not exported.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, ip_network
from pathlib import Path, PurePath

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.kept.installmount import InstallMount
from xcatd.services.managers import Manager, Program, State
from xcatd.services.networks import Address
from xcatd.services.nfs import exports, ganesha
from xcatd.services.nfs.asking import PORT, Export, exports_of, nfs_answers, rpcbind_answers
from xcatd.services.nfs.exports import Shares
from xcatd.services.nfs.mounts import Mount, mount_of, mountinfo, mounts_of
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.programs import comes_true, find_program, has_systemd
from xcatd.services.service import Outcome, Work
from xcatd.services.statelite.exports import wanted_of

_EXPORTS, _FOLDER, _OURS = "etc/exports", "etc/exports.d", "etc/exports.d/xcat.exports"
_GANESHA, _GANESHA_OURS = "etc/ganesha/ganesha.conf", "etc/ganesha/xcat.conf"
_GANESHA_STATE = "var/lib/nfs/ganesha"
_LOOPBACK = IPv4Address("127.0.0.1")
_PATIENCE = 10.0
"""Seconds that a server that has just been started gets until it answers."""
_IN_MEMORY = ("tmpfs", "ramfs")
_PACKAGES = (
    "nfs-kernel-server (Debian, Ubuntu, SLES) or nfs-utils (RHEL); "
    "where the kernel has no NFS server, nfs-ganesha and nfs-ganesha-vfs"
)
_KERNEL = Program("nfs-server", ("nfs-server", "nfs-kernel-server", "nfsserver", "nfs"), ("exportfs",), _PACKAGES)
_RPCBIND = Program("rpcbind", ("rpcbind",), ("rpcbind", "-f"), "rpcbind", reloads=None)


class _Unsatisfying(ServiceError):
    """The server was started and does not do what it shall; it may have ended meanwhile."""


class NfsServer(FileService):
    name = "nfsserver"
    tables = ("networks", "nodetype", "litetree", "statelite", "osimage", "linuximage", "noderes")
    site_keys = ("installdir", "tftpdir", "installloc", "master")
    after = ("installmount", "tftpmount")
    deed = "rpcbind is started"

    def program(self, place: Place, value: str) -> Program:
        return _KERNEL if _has_kernels(place) else _ganesha(place)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        shares = _shares(place, now)
        folders = [Path(where) for where in shares.folders.values()]
        if _has_kernels(place):
            text = exports.exports_text(shares) if folders else None
            return Rendered({place.root / _OURS: File(text)}, folders)
        main, ours = place.root / _GANESHA, place.root / _GANESHA_OURS
        state = None if place.is_whole_host else place.root / _GANESHA_STATE
        text = ganesha.ganesha_text(shares, state)
        files = {ours: File(text), main: File(ganesha.with_include(now(main), ours), keeps=True)}
        return Rendered(files, [*folders, *([state] if state is not None else [])])

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("tcp", PORT),)

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        try:
            outcome = await super().reconcile(place, value, work)
        except _Unsatisfying as error:
            program = self.program(place, value)
            report = await work.manager.report(program)
            if report.state is not State.FAILED:
                raise
            raise ServiceError(f"{program.name} has ended: {report.detail}") from error
        return replace(outcome, warnings=[*outcome.warnings, *await asyncio.to_thread(_warnings, place)])

    async def holds(self, place: Place, value: str) -> bool:
        return _is_units_affair(place) or await rpcbind_answers(_LOOPBACK)

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await manager.start(_RPCBIND)
        if not await comes_true(lambda: rpcbind_answers(_LOOPBACK), _PATIENCE):
            raise ServiceError("rpcbind runs and does not answer at port 111: see what else has the port (`ss -lntp`)")
        program = self.program(place, value)
        if (await manager.report(program)).state is State.RUNNING:  # what it has told the last one is forgotten
            await manager.restart(program)

    async def verify(self, place: Place, value: str) -> None:
        shares = await asyncio.to_thread(_shares, place, read_text)
        address = _own_address(place)
        wrong = ""

        async def is_well() -> bool:
            nonlocal wrong
            wrong = await _trouble(address, shares)
            return not wrong

        if not await comes_true(is_well, _PATIENCE):
            raise _Unsatisfying(wrong)


# -- which server ----------------------------------------------------------------------------------------------------


def _is_units_affair(place: Place) -> bool:
    return place.is_whole_host and has_systemd()


def _has_kernels(place: Place) -> bool:
    """Whether the kernel's server is the one: of two that are installed, if the kernel has it."""
    if not _is_units_affair(place):
        return False
    if find_program("ganesha.nfsd") is None:
        return True
    return find_program("exportfs") is not None and _knows_nfsd()


def _knows_nfsd() -> bool:
    """Whether the kernel has an NFS server, loaded or to be loaded."""
    modules = Path("/lib/modules") / os.uname().release / "kernel/fs/nfsd"
    return Path("/sys/module/nfsd").exists() or modules.is_dir()


def _ganesha(place: Place) -> Program:
    config, pid = place.root / _GANESHA, place.root / "run/ganesha.pid"
    words = ("ganesha.nfsd", "-F", "-f", str(config), "-p", str(pid), "-L", "STDERR")
    return Program("nfs-ganesha", ("nfs-ganesha",), words, _PACKAGES)


# -- what is exported ------------------------------------------------------------------------------------------------


def _shares(place: Place, now: Read) -> Shares:
    """What this host exports for xcatd. Raises ServiceError."""
    networks = place.cluster_networks()
    if not networks:
        raise ServiceError(
            "Nothing can be exported: table networks has no networks, and only those are served (makenetworks)"
        )
    theirs, mounts = _exported_by_site(place, now), mounts_of(now(mountinfo(place.root)))
    folders, unnumbered = dict[str, str](), list[str]()
    for name, where in {**_folders(place), **_of_statelite(place)}.items():
        mount = mount_of(mounts, where)
        if str(where) in theirs or (mount is not None and mount.is_nfs) or _is_in_one(where, folders.values(), mounts):
            continue
        folders[name] = str(where)
        if mount is not None and mount.kind in _IN_MEMORY:
            unnumbered.append(name)
    return Shares(folders, networks, _has_aix(place), unnumbered)


def _folders(place: Place) -> Mapping[str, PurePath]:
    """By the names that clients use."""
    install, tftp = place.site("installdir", "/install"), place.site("tftpdir", "/tftpboot")
    if place.is_master:
        return {install: place.install, tftp: place.tftpboot}
    return {install: place.install} if InstallMount().share(place) is None else {}


def _of_statelite(place: Place) -> Mapping[str, PurePath]:
    """What statelite nodes mount from this host. A service node need not have all images."""
    wanted = wanted_of(place.world, place.is_me)
    images = {name: place.below(name) for name in wanted.images}
    if not place.is_master:
        images = {name: where for name, where in images.items() if where.is_dir()}
    return {**images, **{name: place.below(name) for name in wanted.folders}}


def _is_in_one(where: PurePath, folders: Iterable[str], mounts: Sequence[Mount]) -> bool:
    """Whether a folder is exported with one above it: on the same file system."""
    above = [folder for folder in map(PurePath, folders) if where.is_relative_to(folder)]
    return any(mount_of(mounts, folder) == mount_of(mounts, where) for folder in above)


def _exported_by_site(place: Place, now: Read) -> Mapping[str, Sequence[str]]:
    """Folders that others than xcatd export here, with their clients as far as these are known."""
    if not _has_kernels(place):
        return dict.fromkeys(ganesha.exported(now(place.root / _GANESHA)), ("?",))
    found: dict[str, Sequence[str]] = {}
    for path in _exports_files(place):
        found |= exports.exported(now(path))
    return found


def _exports_files(place: Place) -> Sequence[Path]:
    ours = place.root / _OURS
    return [place.root / _EXPORTS, *sorted(path for path in (place.root / _FOLDER).glob("*.exports") if path != ours)]


def _has_aix(place: Place) -> bool:
    """AIX mounts from ports that every account can have."""
    rows = place.snapshot.table("nodetype").rows
    return any(row["os"].upper().startswith("AIX") and not row.hidden for row in rows)


def _warnings(place: Place) -> Sequence[str]:
    theirs, folders = _exported_by_site(place, read_text), _folders(place).values()
    return [
        *wanted_of(place.world, place.is_me).refused,
        *_open(theirs, folders),
    ]


def _open(theirs: Mapping[str, Sequence[str]], folders: Iterable[PurePath]) -> Sequence[str]:
    return [
        f"{path} is exported to everybody by a line of the site's own: take it out of /etc/exports, "
        "and xcatd exports the folder to the cluster's networks only"
        for path in map(str, folders)
        if path in theirs and exports.is_for_all(theirs[path])
    ]


# -- asking back -----------------------------------------------------------------------------------------------------


def _own_address(place: Place) -> Address | None:
    """One that the server must serve: who asks from another one may not be told what is exported."""
    networks = place.cluster_networks()
    own = sorted(place.addresses(), key=lambda address: address.version)
    served = (one for one in own if any(net.version == one.version and one in net for net in networks))
    return next(served, None)


async def _trouble(address: Address | None, shares: Shares) -> str:
    """A sentence about what the server does not do yet; "": it does all."""
    try:
        await nfs_answers(address or _LOOPBACK)
        found = None if address is None else await exports_of(address)
    except ServiceError as error:
        return f"The NFS server was started and cannot be asked: {error}"
    if found is None:
        return ""
    missing = next((where for where in shares.folders.values() if not _is_exported(where, shares, found)), None)
    if missing is None:
        return ""
    networks = ", ".join(map(str, shares.networks))
    return f"The NFS server runs and does not export {missing} to {networks} only: `exportfs -rv` or its log says why"


def _is_exported(where: str, shares: Shares, found: Iterable[Export]) -> bool:
    clients = [client for export in found if export.path == where for client in export.clients]
    return {_network(client) for client in clients} == {str(network) for network in shares.networks}


def _network(client: str) -> str:
    """As this program writes networks; what is none stays."""
    try:
        return str(ip_network(client, strict=False))
    except ValueError:
        return client
