"""Folders of this host that come from another one by NFS: a line in fstab(5), and the mount that it describes.

The line says `nofail` and names a time, so that this host starts although the other one is away; then the daemon mounts it later.
Where systemd runs, it is systemd that mounts, by the unit that it makes from the line: so the mount is the host's, and outlives the
daemon. Nothing here looks into a folder before its server has answered.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program, State
from xcatd.services.networks import Address
from xcatd.services.nfs.asking import nfs_answers
from xcatd.services.nfs.fstab import Entry, other_entry, own_entry, with_entry, without_entry
from xcatd.services.nfs.mounts import Mount, mount_at, mountinfo, mounts_of, unit_of
from xcatd.services.place import Place
from xcatd.services.programs import find_program
from xcatd.services.service import ALONE, NO, ON

_FSTAB = "etc/fstab"
_OPTIONS = "rw,nolock{version},_netdev,nofail,x-systemd.mount-timeout=30s"
_PACKAGES = "nfs-common (Debian, Ubuntu), nfs-utils (RHEL) or nfs-client (SLES)"
_PATIENCE = 30.0
"""Seconds for mounting, and for unmounting."""
_LOOKS_WITHIN = 5.0
"""Seconds in which a folder that is mounted shows itself."""


@dataclass(frozen=True, slots=True)
class Share:
    """A folder of a file server. `setting`: what says so, for people."""

    host: str
    path: str
    setting: str

    @property
    def source(self) -> str:
        """As mount(8) has it."""
        return f"[{self.host}]:{self.path}" if ":" in self.host else f"{self.host}:{self.path}"


class NfsMount(FileService):
    """Say what is mounted where; the rest is here."""

    deed: ClassVar[str] = "the folder is mounted, or no longer"

    def wanted(self, place: Place) -> str:
        """ON when something shall be mounted, or no longer."""
        if place.is_master or not place.node:
            return ALONE
        return ON if self.share(place) is not None or self._own_line(place) is not None else ALONE

    @abstractmethod
    def share(self, place: Place) -> Share | None:
        """What the tables want mounted here; None: nothing."""

    @abstractmethod
    def point(self, place: Place) -> Path:
        """Where."""

    def user(self, place: Place) -> Program | None:
        """A server that stands in the folder: it would keep what is mounted there, and would not see what is mounted later."""
        return None

    def names(self, place: Place) -> Collection[str]:
        share = self.share(place)
        return () if share is None else (share.host,)

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        fstab, share, point = place.root / _FSTAB, self.share(place), self.point(place)
        text = now(fstab)
        if share is None:
            return Rendered({fstab: File(without_entry(text, self.name))} if own_entry(text, self.name) else {})
        other = other_entry(text, self.name, str(point))
        if other is None:
            text = with_entry(text, self.name, Entry(share.source, str(point), _options(place)))
        elif other.source != share.source:
            raise ServiceError(
                f"{fstab} mounts {other.source} on {point}, and {share.setting} says {share.source}: correct one of the two"
            )
        is_mounted = mount_at(mounts_of(now(mountinfo(place.root))), point) is not None
        return Rendered({fstab: File(text)}, [] if is_mounted else [point])

    async def holds(self, place: Place, value: str) -> bool:
        share, mount = self.share(place), await self._mounted(place)
        if share is not None:
            return mount is not None and _is_from(mount, share, place.address(share.host))
        ours = await asyncio.to_thread(self._own_line, place)
        return mount is None or ours is None or mount.source != ours.source

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        share, mount, point = self.share(place), await self._mounted(place), self.point(place)
        if share is not None and mount is not None and not mount.is_nfs:
            raise ServiceError(
                f"{point} is another file system already ({mount.source}, {mount.kind}): unmount it, or correct {share.setting}"
            )
        if share is not None:
            await _answers(share, place)
        async with _stopped(self.user(place), manager):
            if mount is not None:
                await _take_off(point, manager)
            if share is not None:
                await _put_on(share, point, _options(place), manager)

    async def verify(self, place: Place, value: str) -> None:
        share = self.share(place)
        if share is None:
            return
        mount, point = await self._mounted(place), self.point(place)
        if mount is None or not _is_from(mount, share, place.address(share.host)):
            found = "nothing" if mount is None else f"{mount.source} ({mount.kind})"
            raise ServiceError(f"{share.source} was mounted on {point}, and the kernel has {found} there")
        await _answers(share, place)
        await _shows_itself(point, share)

    async def _mounted(self, place: Place) -> Mount | None:
        return mount_at(mounts_of(await asyncio.to_thread(read_text, mountinfo(place.root))), self.point(place))

    def _own_line(self, place: Place) -> Entry | None:
        """The line of ours in fstab, which is taken out when nothing is wanted any more."""
        return own_entry(read_text(place.root / _FSTAB), self.name)


def _options(place: Place) -> str:
    version = ",vers=4" if place.site("useNFSv4onAIX").strip().lower() not in NO else ""
    return _OPTIONS.format(version=version)


def _is_from(mount: Mount, share: Share, address: Address | None) -> bool:
    """Whether this is the share, under whatever name of its server."""
    path = mount.source.rpartition(":")[2]
    same_host = mount.source == share.source or (address is not None and mount.server == str(address))
    return mount.is_nfs and same_host and path.rstrip("/") == share.path.rstrip("/")


async def _answers(share: Share, place: Place) -> None:
    """Raises ServiceError when the file server does not."""
    address = place.address(share.host)
    if address is None:
        raise ServiceError(f"{share.host} ({share.setting}) has no address: add it to table hosts, or correct the name")
    try:
        await nfs_answers(address)
    except ServiceError as error:
        raise ServiceError(f"The NFS server {share.host} ({share.setting}) is away: {error}") from error


@asynccontextmanager
async def _stopped(program: Program | None, manager: Manager) -> AsyncIterator[None]:
    """A server that runs does not meanwhile."""
    if program is None or (await manager.report(program)).state is not State.RUNNING:
        yield
        return
    await manager.stop(program)
    try:
        yield
    finally:
        await manager.start(program)


async def _put_on(share: Share, point: Path, options: str, manager: Manager) -> None:
    if manager.has_units:
        await manager.reload_units()
        await manager.start(_unit(point))
        return
    if find_program("mount.nfs") is None:
        raise ServiceError(f"mount.nfs is not installed: install the package {_PACKAGES}")
    words = ["mount", "-t", "nfs", "-o", f"{options},retry=0", share.source, str(point)]
    await _run(words, f"{share.source} cannot be mounted on {point}")


async def _take_off(point: Path, manager: Manager) -> None:
    try:
        if manager.has_units:
            await manager.stop(_unit(point))
            await manager.reload_units()
        else:
            await _run(["umount", str(point)], f"{point} cannot be unmounted")
    except ServiceError as error:
        raise ServiceError(f"{error}: `fuser -vm {point}` names who uses it") from error


def _unit(point: Path) -> Program:
    return Program(f"the mount of {point}", (unit_of(point),), (), _PACKAGES)


async def _shows_itself(point: Path, share: Share) -> None:
    """Another process looks: this one would wait as long as a dead server is dead, and could not be ended."""
    await _run(
        ["stat", "-f", "--", str(point)], f"{share.source} is mounted on {point} and shows nothing", _LOOKS_WITHIN
    )


async def _run(words: list[str], fails: str, within: float = _PATIENCE) -> None:
    """Run a program to its end. Raises ServiceError with what it says, or when it takes longer."""
    program = find_program(words[0])
    if program is None:
        raise ServiceError(f"{fails}: {words[0]} is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *words[1:],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            _, said = await process.communicate()
    except TimeoutError as error:
        raise ServiceError(f"{fails}: it takes longer than {within:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        lines = said.decode(errors="replace").split("\n")
        raise ServiceError(f"{fails}: {lines[0].strip() or f'exit status {process.returncode}'}")
