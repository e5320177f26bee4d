"""The node's side of a transfer: the command that rsync wants to run there, and octets to and fro."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncssh

from xcatd.remote.connecting import WINDOW
from xcatd.remote.lines import Lines
from xcatd.remote.running import CHUNK, Lost, Process, Reader
from xcatd.remote.silence import Silence

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_LONGEST = 1 << 16
"""Bytes of the command for the node: some words, no names of files."""
_KEPT = 20
"""Lines about errors that are kept: the first ones tell most."""
_ALL = 8 * WINDOW
"""Bytes of a node that are read at once, see running.py."""
_STRANGE = 255
"""Exit status for rsync when a signal ended the command."""
_End: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def far_side(
    connection: SSHClientConnection, near: socket.socket, errors: list[str], quiet: Silence
) -> int | None:
    """Do for rsync what ssh would do. `near`: from where its command and the ends of its talk come. Gives the command's exit
    status; None when rsync ended before it wanted one.

    Raises Lost, or what asyncssh raises.
    """
    command, ends = await _wanted(near)
    async with AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(_stream(end)) for end in ends]
        if not streams:
            return None
        process: Process = await connection.create_process(command, encoding=None, window=WINDOW, request_pty=False)
        stack.callback(process.close)
        status = await _joined(process, streams[0][0], streams[1][1], errors, quiet)
    with contextlib.suppress(OSError):  # rsync may have ended
        near.send(bytes((status if 0 <= status <= _STRANGE else _STRANGE,)))
    return status


async def lines_of(reader: asyncio.StreamReader | Reader) -> AsyncIterator[str]:
    """What comes, line by line, to its end."""
    lines = Lines()
    while octets := await reader.read(_ALL):
        for line in lines.feed(octets):
            yield line
    for line in lines.end():
        yield line


async def keep(reader: asyncio.StreamReader | Reader, errors: list[str]) -> None:
    """Keep the first lines; the others are read, so that nobody waits, and forgotten."""
    kept = 0
    async for line in lines_of(reader):
        if kept < _KEPT:
            errors.append(line)
        kept += 1


async def _wanted(near: socket.socket) -> tuple[str, Sequence[int]]:
    """The command for the node, and the descriptors of rsync's two ends; none when it has ended."""
    while True:
        try:
            octets, descriptors, _, _ = socket.recv_fds(near, _LONGEST, 2, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            await _readable(near)
            continue
        return octets.decode("utf-8", "surrogateescape").replace("\0", " "), descriptors


async def _readable(near: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    something = asyncio.Event()
    loop.add_reader(near, something.set)
    try:
        await something.wait()
    finally:
        loop.remove_reader(near)


@asynccontextmanager
async def _stream(descriptor: int) -> AsyncIterator[_End]:
    """One end of rsync's talk: it makes pairs of sockets (util1.c of rsync, fd_pair)."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor), limit=CHUNK)
    try:
        yield reader, writer
    finally:
        writer.close()  # what is left to be read by rsync stays


async def _joined(
    process: Process, up: asyncio.StreamReader, down: asyncio.StreamWriter, errors: list[str], quiet: Silence
) -> int:
    """Octets to and fro until the command on the node has ended; gives its exit status."""
    async with asyncio.TaskGroup() as group:
        giving = group.create_task(_give(up, process, quiet))
        group.create_task(keep(process.stderr, errors))
        await _take(process.stdout, down, quiet)
        await process.wait_closed()
        giving.cancel()
    if process.returncode is None:
        raise Lost("the connection ended while files were copied: run it again, each is whole or as it was")
    return process.returncode


async def _give(up: asyncio.StreamReader, process: Process, quiet: Silence) -> None:
    """A node that went away is noticed where it is read."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while octets := await up.read(CHUNK):
            process.stdin.write(octets)
            await process.stdin.drain()
            quiet.broken()
        process.stdin.write_eof()


async def _take(reader: Reader, down: asyncio.StreamWriter, quiet: Silence) -> None:
    while octets := await reader.read(_ALL):
        quiet.broken()
        with contextlib.suppress(OSError):  # the rsync here has ended: the one there will
            down.write(octets)
            await down.drain()
