"""The way by a program: what it prints on a terminal of its own is the console, as with xCAT's scripts in share/xcat/cons."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xcatd.consoles.line import Line, Way
from xcatd.errors import NodeError, Unsupported

CHUNK = 1 << 16
PATIENCE = 0.5
"""Seconds that a program has for ending when its terminal hangs up, before it is killed."""
_SIZE = (24, 80)


@dataclass(frozen=True, slots=True)
class ProgramWay(Way):
    """`program` is started with the name of the node, in a session of its own. Equal ways start the same program."""

    program: Path
    node: str
    kind: str = "command"

    def open(self) -> AbstractAsyncContextManager[Line]:
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Line]:
        master, process = _start(self.program, self.node)
        line = ProgramLine(master, process, self.program)
        try:
            yield line
        finally:
            line.close()
            await _stop(process)


class ProgramLine(Line):
    """The terminal of a program that runs."""

    def __init__(self, master: int, process: subprocess.Popen[bytes], program: Path) -> None:
        self._master = master
        self._process = process
        self._program = program
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        while True:
            try:
                return os.read(self._master, CHUNK)
            except BlockingIOError:
                await self._ready(self._loop.add_reader, self._loop.remove_reader)
            except OSError as error:
                if error.errno != errno.EIO:  # nobody has the terminal any more
                    raise self._lost(str(error.strerror)) from None
                return await self._ended()

    async def write(self, octets: bytes) -> None:
        while octets:
            try:
                octets = octets[os.write(self._master, octets) :]
            except BlockingIOError:
                await self._ready(self._loop.add_writer, self._loop.remove_writer)
            except OSError as error:
                raise self._lost(f"it takes nothing more: {error.strerror}") from None

    async def send_break(self) -> None:
        raise Unsupported(f"{self._program} has a terminal without a break: type what it has for that instead")

    def resize(self, rows: int, columns: int) -> None:
        with suppress(OSError):
            termios.tcsetwinsize(self._master, (rows, columns))

    def close(self) -> None:
        """Hang up."""
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)

    async def _ready(self, add: Callable[..., None], remove: Callable[[int], Any]) -> None:
        """Wait until the terminal has something, or takes something."""
        news: asyncio.Future[None] = self._loop.create_future()
        add(self._master, lambda: None if news.done() else news.set_result(None))
        try:
            await news
        finally:
            remove(self._master)

    async def _ended(self) -> bytes:
        await _gone(self._process, PATIENCE)
        status = self._process.poll()
        if not status:
            return b""
        raise self._lost(f"signal {-status}" if status < 0 else f"status {status}")

    def _lost(self, why: str) -> NodeError:
        return NodeError(f"{self._program} has ended ({why}): what it last printed says why")


def _start(program: Path, node: str) -> tuple[int, subprocess.Popen[bytes]]:
    """The program on a terminal, and the other end of that. NodeError: it cannot be started."""
    if not os.access(program, os.X_OK):
        raise NodeError(f"{program} is no program any more: put it back, or correct nodehm.cons of {node}")
    master, slave = os.openpty()
    try:
        termios.tcsetwinsize(slave, _SIZE)
        os.set_blocking(master, False)
        # setsid(1) makes the terminal the session's own: without that, Ctrl-C would be a letter.
        process = subprocess.Popen(
            ["setsid", "--ctty", str(program), node],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm"},
        )
    except OSError as error:
        os.close(master)
        raise NodeError(
            f"{program} cannot be started: {error.strerror}; install util-linux, which has setsid"
        ) from None
    finally:
        os.close(slave)
    return master, process


async def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program and all of its group. Its number is not given to another before it is waited for."""
    _tell(process, signal.SIGHUP)
    await _gone(process, PATIENCE)
    _tell(process, signal.SIGKILL)
    await _gone(process, PATIENCE)
    process.poll()


def _tell(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it has not made its group yet
            os.kill(process.pid, number)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


async def _gone(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until it has ended, for so long at the most. It is not waited for as a child: its number stays."""
    if process.returncode is not None:
        return
    loop = asyncio.get_running_loop()
    handle = os.pidfd_open(process.pid)
    news: asyncio.Future[None] = loop.create_future()
    loop.add_reader(handle, lambda: None if news.done() else news.set_result(None))
    try:
        await asyncio.wait((news,), timeout=seconds)
    finally:
        loop.remove_reader(handle)
        os.close(handle)
