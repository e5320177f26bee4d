"""One daemon per root, and how the next one takes over from it without a caller noticing.

The running daemon holds a lock. Its successor asks it, on a Unix socket that only root can open, for the listening sockets;
gets them (SCM_RIGHTS, unix(7)); and waits for the lock, which the old one gives up once it has sent them, before it ends its
requests. Callers meanwhile wait in the sockets' queues: nobody is refused.
"""

from __future__ import annotations

import array
import asyncio
import errno
import fcntl
import logging
import os
import socket
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from xcatd.daemon.listeners import Listener, bind_local, from_socket
from xcatd.errors import AlreadyRunning

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a successor waits for the daemon before it."""
_MOST = 64
"""Sockets that are handed over."""
_ASK = b"take over\n"
_YOURS = b"yours"
_NODES, _CALLERS = b"n", b"c"
"""Behind it, a letter for each socket: what it is for. A daemon of before says none, and has callers' only."""


class Lock:
    """Held by the daemon that serves a root. The kernel frees it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def take(self) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        written = os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        os.ftruncate(self._file, written)
        return True

    def holder(self) -> str:
        """The process that holds it, as it wrote itself down."""
        return os.pread(self._file, 32, 0).decode().strip() or "unknown"

    def free(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    async def wait(self, seconds: float) -> None:
        """Take the lock within this time. Raises AlreadyRunning."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not self.take():
            if loop.time() > deadline:
                raise AlreadyRunning(f"Process {self.holder()} does not give up {self._path}; stop it first")
            await asyncio.sleep(0.005)


async def take_over(path: Path, lock: Lock) -> list[Listener]:
    """Get the listening sockets of the running daemon, which begins to end itself, and its lock.

    A daemon that has only just started, or one that is going, may need a moment to answer. No listeners: it is gone, and
    the lock is ours. Raises AlreadyRunning.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not lock.take():
        try:
            listeners = ask(path)
        except OSError as error:
            if loop.time() > deadline:
                raise AlreadyRunning(
                    f"The running daemon (process {lock.holder()}) does not hand over: {error.strerror or error}; stop it "
                    "first"
                ) from error
            await asyncio.sleep(0.02)
            continue
        await lock.wait(PATIENCE)
        return listeners
    return []


def ask(path: Path) -> list[Listener]:
    """Get the listening sockets of the running daemon. Raises OSError when it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as channel:
        channel.settimeout(PATIENCE)
        folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
        try:
            channel.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        channel.sendall(_ASK)
        room = socket.CMSG_SPACE(_MOST * array.array("i").itemsize)
        word, rights, _, _ = channel.recvmsg(len(_YOURS) + _MOST, room)
    numbers = array.array("i")
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    if not word.startswith(_YOURS) or not numbers:
        raise ConnectionResetError(errno.ECONNRESET, "it ended before it had handed over")
    kinds = word.removeprefix(_YOURS).ljust(len(numbers), _CALLERS)
    made = zip(numbers, kinds, strict=False)
    return [from_socket(socket.socket(fileno=number), nodes=kind == ord(_NODES)) for number, kind in made]


async def offer(path: Path, listeners: Sequence[Listener], taken: Callable[[int], None]) -> None:
    """Hand the listeners to the first successor that asks and stays; then `taken` gets its process id, stops the accepting
    and frees the lock."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.setblocking(False)
        before = os.umask(0o177)
        try:
            bind_local(door, path)
        finally:
            os.umask(before)
        door.listen(1)
        while True:
            channel, _ = await loop.sock_accept(door)
            with channel:
                try:
                    async with asyncio.timeout(1.0):
                        word = await loop.sock_recv(channel, 64)
                    if word != _ASK:
                        continue
                    kinds = b"".join(_NODES if each.nodes else _CALLERS for each in listeners)
                    socket.send_fds(channel, [_YOURS + kinds], [each.socket.fileno() for each in listeners])
                except OSError as error:
                    log.warning("a successor asked to take over and went away: %s", error.strerror or "it said nothing")
                    continue
                process, _, _ = struct.unpack("3i", channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
                taken(process)
                return
