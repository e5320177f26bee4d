"""Files to a node by SFTP, which every sshd has: each is written beside its place and renamed, so that none is ever half there."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import secrets
from collections.abc import Sequence

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient, SSHClientConnection

from xcatd.errors import NodeError
from xcatd.remote.sftp import FILE, FOLDER, LINK, attributes, block_of, explained, opened
from xcatd.remote.silence import Silence, bounded
from xcatd.remote.sources import Entry, Source

_OWN = 0o700
"""What a folder needs while files are put into it."""


async def push(
    connection: SSHClientConnection,
    sources: Sequence[Source],
    destination: str,
    *,
    preserve: bool = False,
    silence: float | None = None,
) -> None:
    """Copy files and folders to `destination` as scp(1) does: into it when it is a folder there, else one source under that name.

    A file that is there keeps its owner and, unless `preserve`, its rights; a link is followed. `preserve`: rights and times are
    those of the sources. Raises NodeError, Lost or TimedOut; what was copied until then stays.
    """

    async def work(quiet: Silence) -> None:
        async with opened(connection) as sftp:
            pushing = _Pushing(sftp, preserve, quiet)
            for source, target in await pushing.targets(sources, destination):
                await pushing.source(source, target)

    await bounded(silence, work)


class _Pushing:
    def __init__(self, sftp: SFTPClient, preserve: bool, quiet: Silence) -> None:
        self._sftp = sftp
        self._preserve = preserve
        self._quiet = quiet

    async def targets(self, sources: Sequence[Source], destination: str) -> Sequence[tuple[Source, str]]:
        async with explained(self._sftp, destination, doing="read"):
            there = await attributes(self._sftp, destination)
        if there is not None and there.type == FOLDER:
            return [(source, posixpath.join(destination, source.path.name)) for source in sources]
        if len(sources) > 1 or destination.endswith("/"):
            raise NodeError(f"{destination} is no folder there: make it")
        return [(source, destination) for source in sources]

    async def source(self, source: Source, target: str) -> None:
        folders: list[tuple[Entry, str]] = []
        for entry in source.entries:
            path = posixpath.join(target, entry.name) if entry.name else target
            async with explained(self._sftp, path, doing="write"):
                if not entry.is_folder:
                    await self._file(entry, path)
                elif await self._folder(entry, path) or self._preserve:
                    folders.append((entry, path))
            self._quiet.broken()
        for entry, path in reversed(folders):
            async with explained(self._sftp, path, doing="write"):
                await self._sftp.setstat(path, self._kept(entry))

    async def _folder(self, entry: Entry, path: str) -> bool:
        """Make it, if it is not there. Says whether its rights have to be set when all is in it."""
        there = await attributes(self._sftp, path)
        if there is not None:
            if there.type != FOLDER:
                raise NodeError(f"{path} is in the way there: it is no folder")
            return False
        await self._sftp.mkdir(path, SFTPAttrs(permissions=entry.mode & 0o777 | _OWN))
        return entry.mode & _OWN != _OWN

    async def _file(self, entry: Entry, path: str) -> None:
        old = await attributes(self._sftp, path, follow=False)
        if old is not None and old.type == LINK:
            path = str(await self._sftp.realpath(path))
            old = await attributes(self._sftp, path)
        if old is not None and old.type != FILE:
            raise NodeError(f"{path} is in the way there: it is no regular file")
        folder, name = posixpath.split(path)
        beside = posixpath.join(folder, f".{name[:200]}.{secrets.token_hex(4)}")
        try:
            async with explained(self._sftp, path, doing="write"):  # while a full disk is still full
                await self._write(entry, beside)
                await self._dress(entry, beside, old)
                await self._sftp.posix_rename(beside, path)
        except BaseException:
            with contextlib.suppress(OSError, asyncssh.Error):
                await self._sftp.remove(beside)
            raise

    async def _write(self, entry: Entry, beside: str) -> None:
        wanted = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL
        mode = SFTPAttrs(permissions=entry.mode & 0o777)
        try:
            file = await asyncio.to_thread(entry.path.open, "rb")
        except OSError as error:
            raise NodeError(f"{entry.path} cannot be read here: {(error.strerror or str(error)).lower()}") from None
        size = block_of(self._sftp)
        with file:
            async with await self._sftp.open(beside, wanted, mode, encoding=None, block_size=size) as there:
                while block := await asyncio.to_thread(file.read, size):
                    await there.write(block)
                    self._quiet.broken()

    async def _dress(self, entry: Entry, beside: str, old: SFTPAttrs | None) -> None:
        """Rights, times and owner, before it is seen."""
        if old is not None and old.uid is not None and old.gid is not None:
            with contextlib.suppress(asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure):  # only root gives files away
                await self._sftp.setstat(beside, SFTPAttrs(uid=old.uid, gid=old.gid))
        if self._preserve:
            await self._sftp.setstat(beside, self._kept(entry))
        elif old is not None and old.permissions is not None:
            await self._sftp.setstat(beside, SFTPAttrs(permissions=old.permissions & 0o7777))

    def _kept(self, entry: Entry) -> SFTPAttrs:
        if not self._preserve:
            return SFTPAttrs(permissions=entry.mode)
        accessed, changed = map(int, entry.times)
        return SFTPAttrs(permissions=entry.mode, atime=accessed, mtime=changed)
