"""SFTP on a connection that is open, with errors that say what is wrong: the protocol itself tells little of a full disk."""

from __future__ import annotations

import posixpath
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient

from xcatd.errors import NodeError
from xcatd.remote.connecting import said
from xcatd.remote.running import Lost

_BLOCK, _LEAST = 1 << 17, 1 << 15
"""Bytes of a file that are under way at once, for each node, and what every server takes in a request."""
FOLDER: Final = asyncssh.FILEXFER_TYPE_DIRECTORY
FILE: Final = asyncssh.FILEXFER_TYPE_REGULAR
LINK: Final = asyncssh.FILEXFER_TYPE_SYMLINK
_READ_ONLY = 1
"""statvfs@openssh.com, f_flag (PROTOCOL of OpenSSH, 4.3)."""
_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_GONE = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)


@asynccontextmanager
async def opened(connection: asyncssh.SSHClientConnection) -> AsyncIterator[SFTPClient]:
    """Raises NodeError when there is no SFTP, Lost when the connection goes meanwhile."""
    try:
        async with await _started(connection) as sftp:
            yield sftp
    except (OSError, asyncssh.Error) as error:
        raise _lost(error) from None


async def _started(connection: asyncssh.SSHClientConnection) -> SFTPClient:
    try:
        return await connection.start_sftp_client(path_errors="surrogateescape")
    except (asyncssh.ChannelOpenError, asyncssh.SFTPError) as error:
        if connection.is_closed():
            raise
        raise NodeError(
            f"it has no SFTP ({said(error)}): put a line Subsystem sftp into its sshd_config, or say -r rsync"
        ) from None


def block_of(sftp: SFTPClient) -> int:
    """Bytes that are read or written at once: as many as go into a request, because asyncssh, which would make several, leaves
    tasks behind when more than one of them fails."""
    limits = sftp.limits
    return min(_BLOCK, max(_LEAST, min(limits.max_read_len, limits.max_write_len)))


async def attributes(sftp: SFTPClient, path: str, *, follow: bool = True) -> SFTPAttrs | None:
    """What is there; None when nothing is."""
    try:
        return await sftp.stat(path, follow_symlinks=follow)
    except _MISSING:
        return None


@asynccontextmanager
async def explained(sftp: SFTPClient, path: str, *, doing: str) -> AsyncIterator[None]:
    """Errors inside are about this path there. `doing`: "write" or "read", for sentences. Raises NodeError or Lost."""
    try:
        yield
    except _GONE as error:
        raise _lost(error) from None
    except _MISSING:
        raise NodeError(_missing(path, doing)) from None
    except asyncssh.SFTPPermissionDenied:
        raise NodeError(f"this user may not {doing} {path}: name another one with -l, or use --sudo") from None
    except asyncssh.SFTPError as error:
        reason = await _reason(sftp, posixpath.dirname(path) or ".") if doing == "write" else ""
        raise NodeError(f"it cannot {doing} {path}: {reason or said(error).lower()}") from None


def _missing(path: str, doing: str) -> str:
    if doing == "write":
        return f"the folder {posixpath.dirname(path) or '.'} is not there: make it, or correct the path"
    return f"{path} is not there"


async def _reason(sftp: SFTPClient, folder: str) -> str:
    """What the file system tells, as an errno does not travel."""
    try:
        disk = await sftp.statvfs(folder)
    except asyncssh.SFTPError:
        return ""
    if disk.flags & _READ_ONLY:
        return "its file system is mounted read-only"
    if not disk.bavail or (disk.files and not disk.favail):
        return "its disk is full; make room there"
    return ""


def _lost(error: Exception) -> Lost:
    return Lost(
        f"the connection was lost while files were copied ({said(error)}): run it again, each is whole or as it was"
    )
