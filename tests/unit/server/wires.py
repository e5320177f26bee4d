"""A real connection of which the test holds the other end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from xcatd.hierarchy import Wire
from xcatd.server import Connection


@dataclass(frozen=True)
class Ends:
    """`connection` is the daemon's end, of which an outbox needs what every wire has; `caller` is the other one."""

    connection: Connection
    caller: socket.socket

    def seen(self) -> bytes:
        """What has arrived by now."""
        pieces = []
        with contextlib.suppress(BlockingIOError):
            while piece := self.caller.recv(1 << 20):
                pieces.append(piece)
        return b"".join(pieces)


@contextlib.asynccontextmanager
async def ends() -> AsyncIterator[Ends]:
    ours, its = socket.socketpair()
    with its:
        its.setblocking(False)
        transport, wire = await asyncio.get_running_loop().create_connection(Wire, sock=ours)
        yield Ends(cast(Connection, wire), its)
        transport.abort()
        await asyncio.sleep(0)  # the transport closes its socket in the next turn


async def turn() -> None:
    """One turn of the loop: what was put off to its end has happened."""
    await asyncio.sleep(0)
