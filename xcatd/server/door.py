"""The door for callers: listening sockets, handshakes, and who is inside."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from xcatd.dispatch import Hall
from xcatd.errors import TrustError
from xcatd.hierarchy import Link
from xcatd.hierarchy.accepting import Accepting
from xcatd.hierarchy.complaints import Complaints
from xcatd.hierarchy.link import Spawn
from xcatd.model import Caller
from xcatd.server.connection import Connection, Talk
from xcatd.server.frame_talk import FrameTalk
from xcatd.server.limits import DoorLimits
from xcatd.server.peers import Peers
from xcatd.server.records import Ids
from xcatd.server.xml_talk import XmlTalk
from xcatd.tls import RevocationList, answer, explain

log = logging.getLogger(__name__)

_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""Of callers' sockets. Who looks at a console may be silent for days: that his host has gone is noticed after 20 + 3 * 5 s
(tcp(7))."""


@dataclass(slots=True, eq=False)
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
    _accepting: Accepting = field(init=False)
    _entering: int = 0
    """Callers whose handshake is not over."""
    _fresh: set[Connection] = field(default_factory=set)
    """Callers who have not asked for anything yet."""
    _working: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _repeated: Complaints = field(default_factory=lambda: Complaints(log.warning))

    def __post_init__(self) -> None:
        self._accepting = Accepting(lambda: len(self.inside) + self._entering >= self.limits.connections)

    # -- letting in -----------------------------------------------------------------------------------------------

    def open(self, listener: socket.socket, *, secure: bool) -> None:
        """Accept callers from now on. `secure`: they must speak TLS (the port), else they are local (the socket)."""
        self._accepting.open(listener, partial(self._take, secure=secure))

    def shut(self) -> None:
        """Accept nobody any more."""
        self._accepting.shut()

    def _take(self, caller: socket.socket, address: object, *, secure: bool) -> None:
        self._entering += 1
        self.spawn(self._let_in(caller, address, secure=secure), "a caller at the door")

    async def _let_in(self, caller: socket.socket, address: object, *, secure: bool) -> None:
        try:
            if secure:
                for level, option, value in _OPTIONS:
                    caller.setsockopt(level, option, value)
                await answer(caller, Connection(self), self.context(), self.limits.handshake)
            else:
                await asyncio.get_running_loop().connect_accepted_socket(lambda: Connection(self), caller)
        except (OSError, TrustError) as error:
            caller.close()
            self._repeated.about(f"no handshake with {_shown(address)}: {explain(error)}")
        finally:
            self._entering -= 1
            self._left()

    def talk(self, connection: Connection, *, frames: bool) -> Talk:
        return FrameTalk(self, connection) if frames else XmlTalk(self, connection)

    async def known(self, connection: Connection) -> Caller:
        """The caller with the name of its host."""
        if connection.address and not connection.caller.host:
            host = await self.peers.name(connection.address)
            connection.caller = replace(connection.caller, host=host)
        return connection.caller

    # -- who is inside --------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        self.inside.add(connection)
        self._fresh.add(connection)

    def closed(self, connection: Connection) -> None:
        self.inside.discard(connection)
        self._fresh.discard(connection)
        self._left()

    def _left(self) -> None:
        self._news.set()
        self._accepting.left()

    def linked(self, connection: Connection) -> None:
        """This one is another daemon."""
        self._fresh.discard(connection)
        self._news.set()

    def began(self, connection: Connection) -> None:
        """A request is being answered."""
        self._working += 1
        self._fresh.discard(connection)

    def ended(self) -> None:
        """It has been answered."""
        self._working -= 1
        self._news.set()

    async def quiet(self, patience: float) -> None:
        """Wait until no request is being answered. Those who have come in and not asked yet get `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._until(lambda: not (self._entering or self._fresh))
        await self._until(lambda: not self._working)

    async def _until(self, is_true: Callable[[], bool]) -> None:
        while not is_true():
            self._news.clear()
            await self._news.wait()

    def complain(self, connection: Connection, sentence: str) -> None:
        """Log why a caller is not served."""
        who, where = connection.caller.name or "without a name", connection.address or "this host"
        say = self._repeated.about if connection.caller.may_vouch else log.warning  # a daemon tries again and again
        say(f"caller {who} from {where}: {sentence}")

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
