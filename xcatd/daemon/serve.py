"""The daemon put together: who knows whom is written here and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.api import Host
from xcatd.daemon import handover
from xcatd.daemon.listeners import Listener, from_socket, listen
from xcatd.daemon.logs import LogFile, keep_flushing
from xcatd.daemon.notify import given_sockets, notify
from xcatd.daemon.paths import Paths
from xcatd.daemon.recorder import Recorder
from xcatd.daemon.settings import Settings, split_address
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.version import version_line
from xcatd.dispatch import Hall, Locks, Registry
from xcatd.errors import AlreadyRunning, Malformed, StoreError, TrustError
from xcatd.hardware import Controllers
from xcatd.hierarchy import Dialler, Feed, Forwarder, Link, Links, Me, RemoteStore, hello, read_hello
from xcatd.model import Role
from xcatd.protocol.frames import Kind
from xcatd.server import Connection, Door, DoorLimits
from xcatd.store import SqlStore, Store, open_store
from xcatd.tls import RevocationList, peer_context, server_context

log = logging.getLogger(__name__)

PORT = 3001


@dataclass(slots=True)
class Daemon:
    """One running daemon."""

    paths: Paths
    settings: Settings
    services: bool
    """Whether the services of the servicenode table are reconciled at the start; `xcatd -r` leaves them alone."""
    lock: handover.Lock
    log_file: LogFile
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    links: Links = field(default_factory=Links)
    context: ssl.SSLContext = field(init=False)
    feed: Feed | None = None
    accepting: list[asyncio.Task[None]] = field(default_factory=list)
    handed_over: bool = False

    @property
    def name(self) -> str:
        """This host's name in the cluster."""
        return self.settings.name or socket.gethostname()

    @property
    def role(self) -> Role:
        """A daemon that has one above it is a service node; its certificate must say the same, or it is not let in there."""
        return Role.SERVICE if self.settings.master else Role.MANAGEMENT

    async def run(self, take_over: bool) -> None:
        """Serve until told to stop; `take_over` from a daemon that runs. Raises XcatError when it cannot start."""
        self.context = server_context(self.paths.tls)
        revocations = RevocationList(self.paths.revocations)
        if self.role is Role.SERVICE:
            remote = RemoteStore(lambda: self.links.above)
            await self._serve(remote, None, remote, revocations, take_over)
            return
        store = await open_store(self.paths.database)
        try:
            self.feed = Feed(store, self._revocations)
            await self._serve(store, store, None, revocations, take_over)
        finally:
            await store.close()

    async def _serve(
        self,
        store: Store,
        local: SqlStore | None,
        remote: RemoteStore | None,
        revocations: RevocationList,
        take_over: bool,
    ) -> None:
        async with Controllers() as controllers, Supervisor() as supervisor:
            recorder = Recorder(store)
            hall = self._hall(store, controllers, recorder)
            door = Door(
                hall=hall,
                context=lambda: self.context,
                revocations=revocations,
                welcome=self._welcome(hall, supervisor),
                spawn=supervisor.spawn,
                limits=DoorLimits(connections=self.settings.connections),
            )
            listeners = await self._listeners(store, take_over)
            supervisor.keep(keep_flushing(self.log_file), "log")
            recording = supervisor.keep(recorder.keep(), "audit log")
            if local is not None:
                supervisor.keep(local.watch(0.5), "watch for other writers")
            if remote is not None:
                supervisor.keep(self._dialler(hall, remote, supervisor).keep(), "link to the daemon above")
            supervisor.keep(self._watch_trust(door), "certificates")
            self.accepting = [
                supervisor.keep(door.serve(each.socket, secure=each.secure), "door") for each in listeners
            ]
            supervisor.keep(self._offer(listeners), "handing over")
            self._signals()
            # What is there now stays for good: later collections need not look at it, so they are cheap and come in time.
            gc.collect()
            gc.freeze()
            notify("READY=1", "STATUS=serving", f"MAINPID={os.getpid()}")
            log.info("started", extra={"facts": {"node": self.name, "role": str(self.role), "services": self.services}})
            await self.stopping.wait()
            await self._drain(door, supervisor, listeners)
            recording.cancel()
            await recorder.flush()

    # -- parts ----------------------------------------------------------------------------------------------------

    def _hall(self, store: Store, controllers: Controllers, recorder: Recorder) -> Hall:
        registry = Registry(self.paths.plugins)
        host = Host(
            name=self.name.partition(".")[0],
            role=self.role,
            version=version_line(),
            store=store,
            controllers=controllers,
            rescan=registry.rescan,
            names=registry.names,
        )
        names = {self.name, host.name, *self.settings.addresses}
        me = Me(host.name, self.role, frozenset(names))
        return Hall(
            host=host,
            me=me,
            registry=registry,
            forwarder=Forwarder(host.name, self.links),
            locks=Locks(),
            audit=recorder.record,
            above_alive=lambda: self.links.above is not None,
        )

    def _dialler(self, hall: Hall, store: RemoteStore, supervisor: Supervisor) -> Dialler:
        return Dialler(
            address=split_address(self.settings.master, PORT),
            context=lambda: peer_context(self.paths.tls),
            greeting=hello(self.name, hall.host.version),
            links=self.links,
            store=store,
            runner=hall,
            spawn=supervisor.spawn,
            revocation_file=self.paths.revocations,
        )

    def _welcome(self, hall: Hall, supervisor: Supervisor) -> Callable[[Connection, bytes], Link]:
        feed = self.feed

        def note(link: Link, kind: Kind, stream: int, payload: bytes) -> None:
            if kind is Kind.UPDATE and feed is not None:
                supervisor.spawn(feed.write(link, stream, payload), f"a write of {link.name}")
            elif kind is not Kind.GOAWAY:
                raise Malformed(f"A frame of kind {kind.name} from {link.name} was not expected")

        async def live(link: Link) -> None:
            """A link from below, from its greeting to its end."""
            self.links.join(link)
            log.info("link from %s is up", link.name)
            feeding = None if feed is None else supervisor.spawn(feed.follow(link), f"tables for {link.name}")
            try:
                await link.beat()
            finally:
                self.links.leave(link)
                if feeding is not None:
                    feeding.cancel()
                log.warning("link from %s ended", link.name)

        def welcome(connection: Connection, payload: bytes) -> Link:
            greeting = read_hello(payload)
            identity = connection.identity
            if identity is None:
                raise Malformed("A link needs a certificate")
            link = Link(connection, identity, dialled=False, runner=hall, spawn=supervisor.spawn, note=note)
            link.version = greeting["version"]
            if link.version != hall.host.version:
                log.warning("%s runs %s, this daemon %s", link.name, link.version, hall.host.version)
            connection.write(hello(self.name, hall.host.version))
            supervisor.spawn(live(link), f"link from {link.name}")
            return link

        return welcome

    def _revocations(self) -> str:
        try:
            return self.paths.revocations.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    async def _watch_trust(self, door: Door) -> None:
        """Take a renewed certificate into use; enforce a new revocation list on those inside, and pass it down."""
        certificate, revoked = _stamp(self.paths.tls.certificate), _stamp(self.paths.revocations)
        while True:
            await asyncio.sleep(1.0)
            if certificate != (certificate := _stamp(self.paths.tls.certificate)):
                self._renew()
            if revoked != (revoked := _stamp(self.paths.revocations)):
                door.recheck()
                if self.feed is not None:
                    self.feed.revoked()

    def _renew(self) -> None:
        try:
            self.context = server_context(self.paths.tls)
            log.info("the renewed certificate is in use")
        except TrustError as error:
            log.warning("the certificate in use stays: %s", error)

    # -- beginning and end ----------------------------------------------------------------------------------------

    async def _listeners(self, store: Store, take_over: bool) -> list[Listener]:
        given = [from_socket(each) for each in given_sockets()]
        if not self.lock.take():
            holder = self.lock.holder()
            if not take_over:
                raise AlreadyRunning(
                    f"Process {holder} already serves {self.paths.root}; stop it, or take over from it with: xcatd -r"
                )
            listeners = handover.ask(self.paths.handover, holder)
            await self.lock.wait(handover.PATIENCE)
            return listeners
        port = self.settings.port or _site_port(store)
        return given or listen(self.settings.addresses, port, self.paths.socket)

    async def _offer(self, listeners: list[Listener]) -> None:
        def taken() -> None:
            self.handed_over = True
            for task in self.accepting:
                task.cancel()
            self.lock.free()

        await handover.offer(self.paths.handover, listeners, taken)
        self.stopping.set()

    def _signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._succeed)

    def _succeed(self) -> None:
        """SIGHUP, what `systemctl reload` sends: start a successor, which takes over from this process."""
        notify("RELOADING=1")
        command = [sys.executable, "-m", "xcatd", "-r", "--root", str(self.paths.root)]
        subprocess.Popen(command, close_fds=True, stdin=subprocess.DEVNULL)

    async def _drain(self, door: Door, supervisor: Supervisor, listeners: list[Listener]) -> None:
        """Let nobody in any more, ask other daemons to connect elsewhere, and give requests time to end."""
        log.info("stopping")
        notify("STOPPING=1" if not self.handed_over else "STATUS=handed over")
        for task in self.accepting:
            task.cancel()
        if not self.handed_over:
            for listener in listeners:
                listener.socket.close()
            self.paths.socket.unlink(missing_ok=True)
        for link in self.links:
            link.say_goodbye(f"{self.name} stops" if not self.handed_over else f"{self.name} has a successor")
        try:
            async with asyncio.timeout(self.settings.drain):
                await door.quiet()
                for link in self.links:
                    await link.wind_up()
        except TimeoutError:
            log.warning("requests are cut off after %d s", self.settings.drain)
        for connection in list(door.inside):
            connection.close()


def _site_port(store: Store) -> int:
    try:
        text = store.snapshot.site("xcatdport")
    except StoreError:
        return PORT  # a service node whose tables have not arrived yet
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else PORT


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino
