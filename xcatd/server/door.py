"""The door for callers: listening sockets, handshakes, and who is inside."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from xcatd.dispatch import Hall
from xcatd.errors import TrustError
from xcatd.hierarchy import Link
from xcatd.hierarchy.link import Spawn
from xcatd.model import Caller
from xcatd.server.connection import Connection, Talk
from xcatd.server.frame_talk import FrameTalk
from xcatd.server.limits import DoorLimits
from xcatd.server.peers import Peers
from xcatd.server.records import Ids
from xcatd.server.xml_talk import XmlTalk
from xcatd.tls import RevocationList, explain

log = logging.getLogger(__name__)

_TRANSIENT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(slots=True)
class Door:
    """Lets callers in. `context` gives the TLS settings of the moment, so that renewed certificates need no restart.

    `welcome` takes in another daemon: it gets the connection and the name and version of its greeting.
    """

    hall: Hall
    context: Callable[[], ssl.SSLContext]
    revocations: RevocationList
    welcome: Callable[[Connection, bytes], Link]
    spawn: Spawn
    limits: DoorLimits = field(default_factory=DoorLimits)
    peers: Peers = field(default_factory=Peers)
    ids: Ids = field(default_factory=Ids)
    inside: set[Connection] = field(default_factory=set)
    _room: asyncio.Semaphore = field(init=False)
    _working: int = 0
    _quiet: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.limits.connections)
        self._quiet.set()

    async def serve(self, listener: socket.socket, *, secure: bool) -> None:
        """Accept callers until cancelled. `secure`: they must speak TLS (the port), else they are local (the socket)."""
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                caller, address = await loop.sock_accept(listener)
            except OSError as error:
                self._room.release()
                if error.errno not in _TRANSIENT:
                    raise
                log.warning("cannot accept a connection: %s", error.strerror)
                await asyncio.sleep(0.1)
                continue
            except asyncio.CancelledError:
                self._room.release()
                raise
            self.spawn(self._let_in(caller, address, secure=secure), "a caller at the door")

    async def _let_in(self, caller: socket.socket, address: object, *, secure: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            if secure:
                caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.connect_accepted_socket(
                lambda: Connection(self),
                caller,
                ssl=self.context() if secure else None,
                ssl_handshake_timeout=self.limits.handshake if secure else None,
                ssl_shutdown_timeout=1.0 if secure else None,
            )
        except (OSError, TrustError) as error:
            self._room.release()
            caller.close()
            log.warning("no handshake with %s: %s", _shown(address), explain(error))

    def began(self) -> None:
        """A request is being answered."""
        self._working += 1
        self._quiet.clear()

    def ended(self) -> None:
        """It has been answered."""
        self._working -= 1
        if not self._working:
            self._quiet.set()

    async def quiet(self) -> None:
        """Wait until no request is being answered."""
        await self._quiet.wait()

    def talk(self, connection: Connection, *, frames: bool) -> Talk:
        return FrameTalk(self, connection) if frames else XmlTalk(self, connection)

    async def known(self, connection: Connection) -> Caller:
        """The caller with the name of its host."""
        if connection.address and not connection.caller.host:
            host = await self.peers.name(connection.address)
            connection.caller = replace(connection.caller, host=host)
        return connection.caller

    def opened(self, connection: Connection) -> None:
        self.inside.add(connection)

    def closed(self, connection: Connection) -> None:
        if connection in self.inside:
            self.inside.remove(connection)
            self._room.release()

    def complain(self, connection: Connection, sentence: str) -> None:
        log.warning("caller %s from %s: %s", connection.caller.name, connection.address or "this host", sentence)

    def recheck(self) -> None:
        """Turn out whoever's certificate has been revoked meanwhile."""
        for connection in list(self.inside):
            if connection.identity is not None:
                try:
                    self.revocations.check(connection.identity)
                except TrustError as error:
                    connection.dismiss(str(error))


def _shown(address: object) -> str:
    return str(address[0]) if isinstance(address, tuple) else "this host"
