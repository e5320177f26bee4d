"""A service node's call to the daemon above it: dial, greet, stay; when it breaks, dial again."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import Malformed, TrustError, XcatError
from xcatd.hierarchy.absences import nobody_cares, read_absent
from xcatd.hierarchy.feed import DIGESTS, LOOK, REVOKED, SYNC, TABLES
from xcatd.hierarchy.greeting import Greeting, hello, read_hello
from xcatd.hierarchy.link import Link, Runner, Spawn
from xcatd.hierarchy.links import Links
from xcatd.hierarchy.looking import Looking
from xcatd.hierarchy.remote import RemoteStore
from xcatd.hierarchy.versions import Side
from xcatd.hierarchy.wire import Wire
from xcatd.model import Role
from xcatd.protocol.frames import Frame, FrameReader, Kind
from xcatd.protocol.limits import PEER_FRAME
from xcatd.tls import Identity, RevocationList, dial, explain, identify

log = logging.getLogger(__name__)

SOONEST, LATEST = 0.05, 2.0
"""Seconds before the next attempt: doubled from the first to the second, with jitter."""
PATIENCE = 15.0
"""Seconds for a connection, from the first packet to the greeting."""
HASTE = 3.0
"""The same at first where there are several places: one of them may hang. Doubled after each round, up to PATIENCE."""


class _Upward(Wire):
    """The dialled connection: greets, then belongs to a Link."""

    def __init__(self, dialler: Dialler, greeting: bytes) -> None:
        super().__init__()
        self._dialler = dialler
        self._greeting = greeting
        self._frames = FrameReader(PEER_FRAME, skips=True)
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
        except (XcatError, ValueError) as error:
            if self.link is not None:
                log.warning("link to %s: %s", self.link.name, error)
            self._fail(TrustError(str(error)))
            self.abort()

    def _frame(self, frame: Frame) -> None:
        if self.link is not None:
            self.link.received(frame)
        elif frame.kind in (Kind.ERR, Kind.EXIT):
            return  # what a caller would be shown; the reason follows
        elif frame.kind == Kind.GOAWAY:
            raise TrustError(str(json.loads(frame.payload)["reason"]))
        elif frame.kind == Kind.HELLO and self._transport is not None:
            identity = identify(self._transport.get_extra_info("peercert"))
            if identity.role not in (Role.MANAGEMENT, Role.SERVICE):
                raise TrustError(
                    f"The daemon above shows the certificate of {identity.name} with the role {identity.role}, "
                    "which may not lead a service node; check the address of the master"
                )
            self._dialler.believe(identity)
            greeting = read_hello(frame.payload)
            self._dialler.meet(identity, greeting)
            self.link = self._dialler.made(self, identity)
            self.link.version, self.link.above = greeting.version, greeting.above
            self.greeted.set_result(self.link)
        else:
            raise Malformed("The daemon above did not greet")

    def _fail(self, error: Exception) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(error)
            self.greeted.exception()  # it may be that nobody waits for it any more

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._fail(exc or ConnectionResetError("it closed the connection"))
        if self.link is not None:
            self._dialler.lost(self.link)
        self.over.set()


Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Master:
    """The daemon above as the settings name it, and what a link to it takes.

    `places`: host and port, of each where it may be. `me` and `version` are for the greeting; `revocations` is the file for the
    authority's list.
    """

    places: Sequence[Place]
    context: Callable[[], ssl.SSLContext]
    me: str
    version: str
    revocations: Path


class Dialler:
    """Keeps the link to the daemon above."""

    def __init__(
        self,
        master: Master,
        links: Links,
        store: RemoteStore | Looking,
        runner: Runner,
        spawn: Spawn,
        absent: Callable[[Collection[str]], None] = nobody_cares,
    ) -> None:
        self._master = master
        self._links = links
        self._store = store
        self._runner = runner
        self._spawn = spawn
        self._absent = absent
        self._list = RevocationList(master.revocations)
        self._retired = False
        self._places = list(master.places)
        """The one that let us in last comes first."""
        self._wire: _Upward | None = None
        """The connection on which we stay."""

    async def keep(self) -> None:
        """Dial for ever, or until it is retired."""
        wait = SOONEST
        haste = PATIENCE if len(self._places) == 1 else HASTE
        while not self._retired:
            if await self._round(haste):
                wait = SOONEST
            else:
                haste = min(haste * 2, PATIENCE)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the calls, keeps no secret
            wait = min(wait * 2, LATEST)

    async def _round(self, patience: float) -> bool:
        """Try the places one after the other, and stay at the first that lets us in; False when none does."""
        troubles, refused = [], 0
        for place in tuple(self._places):
            try:
                await self._stay(place, patience)
            except (OSError, XcatError, TimeoutError, ValueError) as error:
                refused += isinstance(error, ConnectionRefusedError)
                troubles.append(f"{_shown(place)}: {explain(error) if isinstance(error, OSError) else error}")
            else:
                return True
        self._links.above_is_down |= refused == len(self._places)
        self._complain("; ".join(troubles))
        return False

    def believe(self, identity: Identity) -> None:
        """Raises TrustError when the certificate of the daemon above is revoked."""
        self._list.check(identity)

    def meet(self, identity: Identity, greeting: Greeting) -> None:
        """Raises OtherVersion when the daemon above has a version with which this one does not link."""
        me = Side(self._master.me, self._master.version)
        self._links.meet(Side(identity.name, greeting.version), me)

    def recheck(self) -> None:
        """End the link when that certificate has been revoked meanwhile; dialling again will say so."""
        link = self._links.above
        if link is not None:
            try:
                self.believe(link.identity)
            except TrustError:
                link.wire.abort()

    def retire(self) -> None:
        """This daemon ends: the link stays for what is under way, and is not dialled again."""
        self._retired = True

    async def replaced(self) -> None:
        """Wait until the daemon above has a link to the successor of this daemon: then nothing new comes on ours."""
        link = self._links.above
        if link is not None:
            await link.dismissed.wait()

    async def anew(self) -> None:
        """Dial again, with the certificate that is in our file now; what is under way on the connection of before ends there."""
        link = self._links.above
        if link is None or self._wire is None:
            return  # the next call is with that certificate anyway
        self._wire.over.set()
        await link.dismissed.wait()
        await link.wind_up()

    def _complain(self, reason: str) -> None:
        trouble = f"no link to {reason}"
        if trouble != self._store.trouble:
            self._store.unreachable(trouble)
            log.warning(trouble)

    async def _stay(self, place: Place, patience: float) -> None:
        wire, link = await self._connect(place, patience)
        self._wire = wire
        self._places.sort(key=lambda each: each != place)
        self._store.trouble = ""
        log.info("link to %s is up", link.name)
        self._spawn(link.beat(), f"heartbeat to {link.name}")
        try:
            await wire.over.wait()
        finally:
            self._links.leave(link)
        log.warning("link to %s ended", link.name)

    async def _connect(self, place: Place, patience: float) -> tuple[_Upward, Link]:
        master = self._master
        wire = _Upward(
            self, hello(master.me, master.version, have=self._store.have, wants_tables=self._store.wants_tables)
        )
        risen = False
        try:
            async with asyncio.timeout(patience):
                await dial(*place, wire, master.context())
                link = await wire.greeted
            self._links.rise(link, master.me)
            risen = True
        finally:
            if not risen:
                wire.abort()
        return wire, link

    def made(self, wire: _Upward, identity: Identity) -> Link:
        """The link on a connection whose other side has greeted."""

        def note(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
            if kind == Kind.SNAPSHOT and stream == REVOKED:
                self._revoked(payload)
            elif kind == Kind.SNAPSHOT and stream == DIGESTS:
                self._spawn(self._compare(link, payload), f"comparing tables with {link.name}")
            elif kind == Kind.SNAPSHOT and stream == LOOK:
                self._store.look()
            elif kind == Kind.SNAPSHOT and stream == SYNC:
                self._store.synced(payload)
            elif kind == Kind.SNAPSHOT and stream == TABLES:
                self._store.take(link, payload)
            elif kind == Kind.SNAPSHOT:
                pass  # a newer version tells of more
            elif kind == Kind.UPDATE:
                outcome = json.loads(payload)
                self._store.answered(stream, str(outcome["error"]), str(outcome.get("code", "")))
            elif kind == Kind.AWAY:
                self._absent(read_absent(payload))
            elif kind == Kind.GOAWAY:
                self._dismissed(wire, link, str(json.loads(payload).get("reason")))
            else:
                raise Malformed(f"A frame of kind {kind.name} from {link.name} was not expected")

        link = Link(wire, identity, dialled=True, runner=self._runner, spawn=self._spawn, note=note)
        self._store.follow(link)
        return link

    async def _compare(self, link: Link, payload: bytes) -> None:
        """Say which tables of the daemon above differ from ours. Who does not understand each other ends the link."""
        try:
            link.send(Kind.SNAPSHOT, DIGESTS, await self._store.compare(link, payload))
        except Malformed as error:
            log.warning("link to %s: %s", link.name, error)
            link.wire.abort()

    def lost(self, link: Link) -> None:
        """The connection is gone."""
        link.ended()
        self._store.cut(link)

    def _dismissed(self, wire: _Upward, link: Link, reason: str) -> None:
        """The other side wants us to connect anew. The old connection goes on until it closes it.

        A daemon that ends does not dial again; it may have a successor that did.
        """
        log.info("%s asks to connect anew: %s", link.name, reason)
        # With several management nodes another one may be the active one in a moment.
        self._links.above_is_down |= self._wire is wire and len(self._places) == 1
        link.dismissed.set()
        if not self._retired:
            wire.over.set()

    def _revoked(self, text: bytes) -> None:
        """Keep the authority's revocation list; whether it is genuine is checked by whoever reads it.

        That there is none above does not make one go away here: what was revoked stays revoked.
        """
        if text:
            new = self._master.revocations.with_suffix(".new")
            new.write_bytes(text)
            new.replace(self._master.revocations)


def _shown(place: Place) -> str:
    host, port = place
    return f"{host} port {port}"
