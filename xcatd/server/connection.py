"""One caller's connection: who it is, which language it speaks, and the end of it."""

from __future__ import annotations

import asyncio
import pwd
import socket
import ssl
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from xcatd.errors import TrustError
from xcatd.hierarchy import Wire
from xcatd.model import Caller, Role
from xcatd.tls import ALPN, Identity, identify

if TYPE_CHECKING:
    from xcatd.server.door import Door


class Talk(Protocol):
    """A language spoken over a connection."""

    def received(self, data: bytes) -> None: ...

    def refuse(self, sentence: str) -> None:
        """Tell the caller why it is not served; the connection is closed after it."""
        ...

    def ended(self) -> None: ...


class Connection(Wire):
    """A caller at the door. The handshake is over when it is made."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self._door = door
        self.identity: Identity | None = None
        self.caller = Caller("", Role.ANONYMOUS)
        self.address = ""
        self.talk: Talk | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        frames = tls is None or tls.selected_alpn_protocol() == ALPN
        mistrust = ""
        try:
            self._recognise(transport, tls)
        except TrustError as error:
            mistrust = str(error)
        self.talk = self._door.talk(self, frames=frames)
        self._door.opened(self)
        if mistrust:
            self.dismiss(mistrust)

    def _recognise(self, transport: asyncio.BaseTransport, tls: ssl.SSLObject | None) -> None:
        if tls is None:
            self.caller = local_caller(transport.get_extra_info("socket"))
            return
        self.address = str(transport.get_extra_info("peername")[0])
        certificate = transport.get_extra_info("peercert")
        if certificate:
            self.identity = identify(certificate)
            self.caller = Caller(self.identity.name, self.identity.role, peer=self.address)
            self._door.revocations.check(self.identity)
        else:
            self.caller = Caller("", Role.ANONYMOUS, peer=self.address)

    def dismiss(self, sentence: str) -> None:
        """End the connection with one sentence to the caller and one line in the log; nothing when it ends already."""
        if self._transport is None or self._transport.is_closing():
            return
        self._door.complain(self, sentence)
        if self.talk is not None:
            self.talk.refuse(sentence)
        self.close()

    def data_received(self, data: bytes) -> None:
        if self.talk is not None and self._transport is not None and not self._transport.is_closing():
            self.talk.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._door.closed(self)
        if self.talk is not None:
            self.talk.ended()
            self.talk = None


def local_caller(connection: socket.socket) -> Caller:
    """The account at the other end of a Unix socket, as the kernel vouches for it (SO_PEERCRED, unix(7))."""
    process, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return Caller(account(user), Role.USER, host="localhost", peer=f"process {process}")


@lru_cache(maxsize=256)
def account(user: int) -> str:
    """The name of a user id; `uid<number>` when the host knows none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"uid{user}"
