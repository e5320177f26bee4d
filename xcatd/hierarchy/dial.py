"""A service node's call to the daemon above it: dial, greet, stay; when it breaks, dial again."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import ssl
from collections.abc import Callable
from pathlib import Path

from xcatd.errors import Malformed, TrustError
from xcatd.hierarchy.link import Link, Note, Runner, Spawn, read_hello
from xcatd.hierarchy.links import Links
from xcatd.hierarchy.remote import RemoteStore
from xcatd.hierarchy.wire import Wire
from xcatd.model import Role
from xcatd.protocol.frames import Frame, FrameReader, Kind
from xcatd.protocol.limits import PEER_FRAME
from xcatd.tls import Identity, explain, identify

log = logging.getLogger(__name__)

SOONEST, LATEST = 0.05, 2.0
"""Seconds before the next attempt: doubled from the first to the second, with jitter."""


class _Upward(Wire):
    """The dialled connection: greets, then belongs to a Link."""

    def __init__(self, made: Callable[[_Upward, Identity], Link], greeting: bytes) -> None:
        super().__init__()
        self._made = made
        self._greeting = greeting
        self._frames = FrameReader(PEER_FRAME)
        self.link: Link | None = None
        self.greeted: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()
        """Set when the connection is lost or the other side has said goodbye."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.write(self._greeting)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._frames.feed(data):
                self._frame(frame)
            self._frames.feed(b"")  # what is wrong behind whole frames is said now
        except (Malformed, TrustError, ValueError) as error:
            self._fail(TrustError(str(error)))
            self.abort()

    def _frame(self, frame: Frame) -> None:
        if self.link is not None:
            self.link.received(frame)
        elif frame.kind == Kind.GOAWAY:
            self._fail(TrustError(json.loads(frame.payload)["reason"]))
        elif frame.kind == Kind.HELLO and self._transport is not None:
            identity = identify(self._transport.get_extra_info("peercert"))
            if identity.role not in (Role.MANAGEMENT, Role.SERVICE):
                raise TrustError(
                    f"The daemon above shows the certificate of {identity.name} with the role {identity.role}, "
                    "which may not lead a service node; check the address of the master"
                )
            self.link = self._made(self, identity)
            self.link.version = read_hello(frame.payload)["version"]
            self.greeted.set_result(self.link)
        else:
            raise Malformed("The daemon above did not greet")

    def _fail(self, error: Exception) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._fail(exc or ConnectionResetError("it closed the connection"))
        self.greeted.exception()
        if self.link is not None:
            self.link.ended()
        self.over.set()


class Dialler:
    """Keeps the link to the daemon above."""

    def __init__(
        self,
        address: tuple[str, int],
        context: Callable[[], ssl.SSLContext],
        greeting: bytes,
        links: Links,
        store: RemoteStore,
        runner: Runner,
        spawn: Spawn,
        revocation_file: Path,
    ) -> None:
        self._address = address
        self._context = context
        self._greeting = greeting
        self._links = links
        self._store = store
        self._runner = runner
        self._spawn = spawn
        self._revocation_file = revocation_file

    async def keep(self) -> None:
        """Dial for ever."""
        wait, complaint = SOONEST, ""
        while True:
            try:
                await self._stay()
                wait, complaint = SOONEST, ""
            except (OSError, TrustError, TimeoutError) as error:
                reason = str(error) if isinstance(error, TrustError) else explain(error)
                if reason != complaint:
                    complaint = reason
                    log.warning("no link to %s port %d: %s", *self._address, reason)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the calls, keeps no secret
            wait = min(wait * 2, LATEST)

    async def _stay(self) -> None:
        host, port = self._address
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(15):
            _, wire = await loop.create_connection(
                lambda: _Upward(self._made, self._greeting), host, port, ssl=self._context(), server_hostname=host
            )
            link = await wire.greeted
        self._store.restart()
        self._links.rise(link)
        log.info("link to %s is up", link.name)
        beating = self._spawn(link.beat(), f"heartbeat to {link.name}")
        try:
            await wire.over.wait()
        finally:
            beating.cancel()
            self._links.leave(link)
            self._store.cut()
            self._spawn(link.wind_up(), f"last requests of {link.name}")
        log.warning("link to %s ended", link.name)

    def _made(self, wire: _Upward, identity: Identity) -> Link:
        return Link(wire, identity, dialled=True, runner=self._runner, spawn=self._spawn, note=self._noted(wire))

    def _noted(self, wire: _Upward) -> Note:
        def note(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
            if kind == Kind.SNAPSHOT and stream == 1:
                self._revoked(payload)
            elif kind == Kind.SNAPSHOT:
                self._store.take(payload)
            elif kind == Kind.UPDATE:
                self._store.answered(stream, str(json.loads(payload)["error"]))
            elif kind == Kind.GOAWAY:
                log.info("%s asks to connect anew: %s", link.name, json.loads(payload).get("reason"))
                wire.over.set()
            else:
                raise Malformed(f"A frame of kind {kind.name} from {link.name} was not expected")

        return note

    def _revoked(self, text: bytes) -> None:
        """Keep the authority's revocation list; whether it is genuine is checked by whoever reads it.

        That there is none above does not make one go away here: what was revoked stays revoked.
        """
        if text:
            new = self._revocation_file.with_suffix(".new")
            new.write_bytes(text)
            new.replace(self._revocation_file)
