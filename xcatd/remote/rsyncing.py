"""The rsync of this host while it runs, and its talk with the one on the node."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from xcatd.errors import NodeError
from xcatd.remote.connecting import said
from xcatd.remote.rsyncfar import far_side, keep, lines_of
from xcatd.remote.rsyncsaid import Change, change_in
from xcatd.remote.running import Lost
from xcatd.remote.silence import Silence, bounded
from xcatd.services.processes import started

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

_RELAY = Path(__file__).with_name("relay.py")
_LEAVING = 5.0
"""Seconds that the far side may take when the rsync here has ended."""
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""No variable of the daemon changes what rsync does (rsync(1), ENVIRONMENT VARIABLES)."""


@dataclass(slots=True)
class Outcome:
    """What rsync said. `status`: of the rsync here; `far`: of the command on the node, None when none was started. `errors`: the
    first lines of both on standard error."""

    changes: list[Change] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    status: int = 0
    far: int | None = None


async def here(words: Sequence[str], names: bytes) -> Outcome:
    """Run rsync with these words, `names` as its standard input, between folders of this host. Raises OSError."""
    outcome = Outcome()
    async with _started(words, names) as process:
        await _heard(process, names, outcome)
    return outcome


async def across(connection: SSHClientConnection, words: Sequence[str], names: bytes, silence: float | None) -> Outcome:
    """Run rsync with these words, of which the last names a host, with the rsync of the node as its other side.

    Raises OSError (rsync cannot be started here), TimedOut, Lost or NodeError; the rsync of this host has ended then, too.
    """
    near, shell = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with near, shell:
        near.setblocking(False)
        relay = f'--rsh="{sys.executable}" -I -S "{_RELAY}" {shell.fileno()}'
        async with _started([words[0], relay, *words[1:]], names, shell) as process:
            shell.close()
            try:
                return await bounded(silence, partial(_both, process, connection, near, names))
            except (OSError, asyncssh.Error) as error:
                raise _translated(error) from None


async def _both(
    process: Process, connection: SSHClientConnection, near: socket.socket, names: bytes, quiet: Silence
) -> Outcome:
    outcome = Outcome()
    async with asyncio.TaskGroup() as group:
        far = group.create_task(far_side(connection, near, outcome.errors, quiet))
        await _heard(process, names, outcome)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEAVING):
                outcome.far = await far
    return outcome


def _started(
    words: Sequence[str], names: bytes, shell: socket.socket | None = None
) -> AbstractAsyncContextManager[Process]:
    """rsync and what it starts, which are gone at the end, whatever happens."""
    options = {"stdin": PIPE if names else DEVNULL, "stdout": PIPE, "stderr": PIPE, "env": _ENVIRONMENT}
    return started(words, pass_fds=() if shell is None else (shell.fileno(),), **options)


async def _heard(process: Process, names: bytes, outcome: Outcome) -> None:
    """All that the rsync here says, until it has ended."""
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.TaskGroup() as group:
        if process.stdin is not None:
            group.create_task(_feed(process.stdin, names))
        group.create_task(keep(process.stderr, outcome.errors))
        async for line in lines_of(process.stdout):
            change = change_in(line)
            if change is not None:
                outcome.changes.append(change)
    outcome.status = await process.wait()


async def _feed(writer: asyncio.StreamWriter, octets: bytes) -> None:
    with contextlib.suppress(OSError):  # one that ends early says why
        writer.write(octets)
        await writer.drain()
    writer.close()


def _translated(error: BaseException) -> NodeError:
    if isinstance(error, asyncssh.ChannelOpenError):
        return NodeError(f"it starts no command ({said(error)}): look at its sshd")
    return Lost(
        f"the connection was lost while files were copied ({said(error)}): run it again, each is whole or as it was"
    )
