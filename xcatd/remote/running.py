"""One command on one connection: what it says, and how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import asyncssh

from xcatd.errors import NodeError, TimedOut, Unreachable
from xcatd.model import Verdict
from xcatd.remote.connecting import WINDOW, said
from xcatd.remote.lines import Lines

CHUNK = 1 << 16
_ALL = 8 * WINDOW
"""Bytes that are read at once: all that there are. asyncssh opens the window anew whenever a reader goes on, also when it has taken
a part only; what waits would grow and grow behind a reader that is slower than the node."""
_SIGNALLED = 128
"""A shell adds it to the number of the signal that ended a command."""
_ENOUGH = 20
"""Lines that are kept where few are expected."""
Process: TypeAlias = "asyncssh.SSHClientProcess[bytes]"
Reader: TypeAlias = "asyncssh.SSHReader[bytes]"
Hear = Callable[[Sequence[str]], Awaitable[None]]
"""Takes lines; it returns when there is room for more."""


class Lost(NodeError):
    """The connection ended while a command ran: what has become of that one nobody knows."""

    code = "lost"


def verdict_of(error: NodeError) -> Verdict:
    """How it ended for a node for which this was raised."""
    if isinstance(error, Lost):
        return Verdict.UNKNOWN
    return Verdict.UNREACHABLE if isinstance(error, (Unreachable, TimedOut)) else Verdict.FAILED


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what a command says on standard output and on standard error."""

    output: Hear
    errors: Hear


async def run(
    connection: asyncssh.SSHClientConnection,
    text: str,
    ears: Ears,
    *,
    stdin: bytes = b"",
    silence: float | None = None,
) -> int:
    """Run a command and give its exit status, 128 + n when signal n ended it. `silence`: seconds after which one that says
    nothing is given up.

    Raises TimedOut, Lost or NodeError; what `ears` raise comes out as it is.
    """
    try:
        async with asyncio.TaskGroup() as group:
            return await _run(group, connection, text, ears, stdin, silence)
    except BaseExceptionGroup as several:
        raise _translated(several.exceptions[0]) from None
    except (OSError, asyncssh.Error) as error:
        raise _translated(error) from None


async def ask(
    connection: asyncssh.SSHClientConnection, text: str, *, stdin: bytes = b"", silence: float | None = None
) -> tuple[int, Sequence[str]]:
    """Run something whose few lines are for us: its exit status, and the first line and the last ones of both streams.

    Raises what `run` raises.
    """
    said: list[str] = []

    async def hear(lines: Sequence[str]) -> None:
        said.extend(lines)
        del said[1:-_ENOUGH]

    return await run(connection, text, Ears(hear, hear), stdin=stdin, silence=silence), said


async def _run(
    group: asyncio.TaskGroup,
    connection: asyncssh.SSHClientConnection,
    text: str,
    ears: Ears,
    stdin: bytes,
    silence: float | None,
) -> int:
    quiet = _Quiet()
    helping = [group.create_task(quiet.watch(silence))] if silence else []
    process: Process = await connection.create_process(text, encoding=None, window=WINDOW, request_pty=False)
    helping.append(group.create_task(_give(process, stdin)))
    listening = [
        group.create_task(_listen(process.stdout, ears.output, quiet)),
        group.create_task(_listen(process.stderr, ears.errors, quiet)),
    ]
    for task in listening:
        await task
    await process.wait_closed()
    for task in helping:
        task.cancel()
    return _status(process)


async def _give(process: Process, stdin: bytes) -> None:
    """A command that does not read to the end is no fault of ours."""
    try:
        for start in range(0, len(stdin), CHUNK):
            process.stdin.write(stdin[start : start + CHUNK])
            await process.stdin.drain()
        process.stdin.write_eof()
    except OSError:
        return


async def _listen(reader: Reader, hear: Hear, quiet: _Quiet) -> None:
    lines = Lines()
    while octets := await reader.read(_ALL):
        await quiet.heard(hear, lines.feed(octets))
    await quiet.heard(hear, list(lines.end()))


class _Quiet:
    """How long nothing was heard on either stream, of which one is heard at a time. Time for which whoever hears was busy does
    not count."""

    def __init__(self) -> None:
        self._hearing = asyncio.Lock()
        self._last = asyncio.get_running_loop().time()

    async def heard(self, hear: Hear, lines: Sequence[str]) -> None:
        async with self._hearing:
            if lines:
                await hear(lines)
            self._last = asyncio.get_running_loop().time()

    async def watch(self, silence: float) -> None:
        """Raises TimedOut when it was quiet for so many seconds."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._last + silence - loop.time()
            if left <= 0 and not self._hearing.locked():
                raise TimedOut(f"nothing was heard of it for {silence:g} s, so it was given up: -t takes more seconds")
            await asyncio.sleep(max(left, silence / 10))


def _status(process: Process) -> int:
    status = process.returncode
    if status is None:
        raise Lost("the connection ended before the command did: look at the node, the command may still run there")
    return status if status >= 0 else _SIGNALLED - status


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, asyncssh.ChannelOpenError):
        return NodeError(f"it starts no command ({said(error)}): look at its sshd")
    if isinstance(error, OSError | asyncssh.Error):
        return Lost(f"the connection was lost while the command ran ({said(error)}): the command may still run there")
    return error
