"""A file or folder of a node to this host by SFTP. What the node says is not trusted: its names stay below the folder here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import posixpath
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BufferedWriter
from pathlib import Path
from typing import cast

from asyncssh import SFTPAttrs, SFTPClient, SFTPName, SSHClientConnection

from xcatd.errors import NodeError
from xcatd.remote.sftp import FILE, FOLDER, block_of, explained, opened
from xcatd.remote.silence import Silence, bounded

_DEEPEST = 38
"""Folders in folders: a link on the node may lead back, and behind 40 of them the kernel there says that nothing is there."""
_MOST = 1_000_000
"""Files of one node: it could invent them for ever."""


async def pull(
    connection: SSHClientConnection,
    source: str,
    target: Path,
    *,
    recursive: bool = False,
    preserve: bool = False,
    silence: float | None = None,
) -> None:
    """Copy a file, or with `recursive` a folder, of the node to `target`, whose folder is there. Links are followed.

    Each file is written beside its place and renamed. `preserve`: rights (but for setuid and its like) and times are those of the
    node. Raises NodeError, Lost or TimedOut.
    """

    async def work(quiet: Silence) -> None:
        async with opened(connection) as sftp:
            await _Pulling(sftp, recursive, preserve, quiet).path(source, target, 0)

    await bounded(silence, work)


class _Pulling:
    def __init__(self, sftp: SFTPClient, recursive: bool, preserve: bool, quiet: Silence) -> None:
        self._sftp = sftp
        self._recursive = recursive
        self._preserve = preserve
        self._quiet = quiet
        self._count = 0

    async def path(self, source: str, target: Path, depth: int) -> None:
        async with explained(self._sftp, source, doing="read"):
            there = await self._sftp.stat(source)
        if depth > _DEEPEST:
            raise NodeError(f"{source} is too deep: a link there may lead back")
        if there.type == FILE:
            await self._file(source, target, there)
        elif there.type != FOLDER:
            raise NodeError(f"{source} is neither a file nor a folder there, so it is not copied")
        elif not self._recursive:
            raise NodeError(f"{source} is a folder there: say -R to copy it with all that is in it")
        else:
            await self._folder(source, target, there, depth)
        self._quiet.broken()

    async def _folder(self, source: str, target: Path, there: SFTPAttrs, depth: int) -> None:
        async with _here(target):
            await asyncio.to_thread(target.mkdir, exist_ok=True)
        async with explained(self._sftp, source, doing="read"):
            names = [str(one.filename) async for one in self._bounded(source)]
        for name in sorted(names):
            if not name or "/" in name or "\0" in name:
                raise NodeError(f"{source} has a file there whose name is none ({name!r}): look at the node")
            await self.path(posixpath.join(source, name), target / name, depth + 1)
        async with _here(target):
            await asyncio.to_thread(self._dress, target, there)

    async def _bounded(self, source: str) -> AsyncIterator[SFTPName]:
        async for one in self._sftp.scandir(source):
            if one.filename in (".", ".."):
                continue
            self._count += 1
            if self._count > _MOST:
                raise NodeError(f"{source} has too many files: say which")
            yield one

    async def _file(self, source: str, target: Path, there: SFTPAttrs) -> None:
        beside = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
        try:
            async with explained(self._sftp, source, doing="read"), _here(target):
                await self._read(source, beside)
            async with _here(target):
                await asyncio.to_thread(self._dress, beside, there)
                await asyncio.to_thread(beside.replace, target)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)

    async def _read(self, source: str, beside: Path) -> None:
        file = await asyncio.to_thread(_create, beside)
        size = block_of(self._sftp)
        with file:
            async with await self._sftp.open(source, "rb", block_size=size) as there:
                while block := cast(bytes, await there.read(size)):
                    await asyncio.to_thread(file.write, block)
                    self._quiet.broken()

    def _dress(self, path: Path, there: SFTPAttrs) -> None:
        """Rights and times; without `preserve` the rights that this host's umask leaves."""
        mode = (there.permissions or 0o600) & 0o777
        if path.is_dir() and not self._preserve:
            return
        path.chmod(mode if self._preserve else mode & ~0o022)
        if self._preserve and there.atime is not None and there.mtime is not None:
            os.utime(path, (there.atime, there.mtime))


def _create(path: Path) -> BufferedWriter:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "wb")


@asynccontextmanager
async def _here(path: Path) -> AsyncIterator[None]:
    """Errors inside are of this host. Raises NodeError."""
    try:
        yield
    except OSError as error:
        raise NodeError(f"{path} cannot be written here: {(error.strerror or str(error)).lower()}") from None
