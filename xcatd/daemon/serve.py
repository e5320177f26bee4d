"""One running daemon: its beginning, its doors, what goes on in it, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import ssl
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xcatd.daemon import handover
from xcatd.daemon.active import Active, Part
from xcatd.daemon.listeners import Listener, listen
from xcatd.daemon.logs import LogFile, keep_flushing
from xcatd.daemon.memory import give_back_memory
from xcatd.daemon.metrics import prepare, show
from xcatd.daemon.moves import tell_open_moves
from xcatd.daemon.nodeport import NodePort
from xcatd.daemon.notify import notify
from xcatd.daemon.parts import Own, Parts
from xcatd.daemon.paths import Paths, stamp, text_of
from xcatd.daemon.ports import PORT, given_listeners, site_port
from xcatd.daemon.renewal import Renewal
from xcatd.daemon.scripts import bring_program, bring_scripts
from xcatd.daemon.settings import Settings, names_of, places_of
from xcatd.daemon.successor import successor
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.tables import Tables, opened_tables
from xcatd.daemon.welcome import Welcome, nothing
from xcatd.errors import AlreadyRunning, ConfigError, TrustError
from xcatd.hardware import Controllers
from xcatd.hierarchy import Dialler, Feed, Links, RemoteStore
from xcatd.model import Role
from xcatd.monitor import NodeDoor
from xcatd.objects.attributes import TYPES
from xcatd.server import Door, DoorLimits
from xcatd.store import Schema, Store, read_site_schema
from xcatd.tls import RevocationList, server_context

log = logging.getLogger(__name__)

GRACE = 3.0
"""Seconds for which callers of a service node wait outside for its tables, that it keeps its link for a successor, and in
which the programs of the notification table hear of the last changes."""
AGAIN = 5.0
"""Seconds until a successor is tried again that could not start."""
NEWCOMERS = 2.0
"""Seconds that a daemon which stops gives callers who have come in to say what they want."""


@dataclass(slots=True)
class Daemon:
    """One running daemon."""

    paths: Paths
    settings: Settings
    services: bool
    """Whether the services of the servicenode table are reconciled at the start; `xcatd -r` leaves them alone."""
    lock: handover.Lock
    log_file: LogFile
    pidfile: Path | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    links: Links = field(default_factory=Links)
    context: ssl.SSLContext = field(init=False)
    feed: Feed = field(init=False)
    handed_over: bool = False

    @property
    def name(self) -> str:
        """This host's name in the cluster."""
        return self.settings.name or socket.gethostname()

    def _names(self) -> Sequence[str]:
        """What the tables may call this host."""
        own = (self.name, self.short, *self.settings.addresses)
        return tuple(dict.fromkeys((*own, *names_of(self.settings.management_nodes))))

    @property
    def short(self) -> str:
        """The name without the domain."""
        return self.name.partition(".")[0]

    @property
    def role(self) -> Role:
        """A daemon that has one above it is a service node; its certificate must say the same, or it is not let in there."""
        return Role.SERVICE if self.settings.master else Role.MANAGEMENT

    async def run(self, take_over: bool) -> None:
        """Serve until told to stop; `take_over` from a daemon that runs. Raises XcatError when it cannot start."""
        give_back_memory()
        gc.disable()  # reading the tables makes nothing that could be collected, but a quarter of its time would be looking
        self.context = server_context(self.paths.tls)
        if self.settings.metrics:
            prepare()
        revocations = RevocationList(self.paths.revocations)
        schema = await asyncio.to_thread(self._schema)
        async with opened_tables(self.paths, self.role, schema, self.links, self._candidate()) as tables:
            self.feed = Feed(tables.store, lambda: text_of(self.paths.revocations))
            await self._serve(tables, revocations, take_over)

    async def _serve(self, tables: Tables, revocations: RevocationList, take_over: bool) -> None:
        # Name look-ups run in threads; a name server that hangs must not stop those of other nodes.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32, "look-up"))
        async with Controllers(authority=self.paths.tls.ca) as controllers, Supervisor() as supervisor:
            active = self._active(tables)
            own = Own(self.name, self._names(), self.role, self.paths, self.settings, self.links, active)
            parts = Parts(own, tables, controllers, supervisor)
            notifier = parts.notifier if active is None else None  # it hears of changes from now on
            door, nodes = self._door(parts, revocations), NodeDoor(parts.hearing, supervisor.spawn)
            if active is not None and take_over:
                await active.beside()
            self._signals(supervisor)  # before it can be seen from outside
            listeners = await self._listeners(tables.store, take_over)
            self._keep(parts, door, nodes, listeners)
            self._write_pid()
            self._begin()
            if await self._leads(active, supervisor):
                notifier = parts.notifier
                self._lead(parts, nodes, listeners)
            await self.stopping.wait()
            if parts.takeover is not None:
                parts.takeover.close()
            parts.consoles.close(f"{self.name} {'has a successor' if self.handed_over else 'stops'}")
            await self._drain(door, nodes, listeners, parts)
            if notifier is not None:
                await notifier.finish(GRACE)
            await parts.spool.close()
            if active is not None:
                active.close()
            if self.pidfile is not None and not self.handed_over:
                self.pidfile.unlink(missing_ok=True)

    # -- parts ----------------------------------------------------------------------------------------------------

    def _door(self, parts: Parts, revocations: RevocationList) -> Door:
        local, spawn = parts.tables.local, parts.supervisor.spawn
        look = local.nudge if local else nothing
        gate = parts.own.active.gate_link if parts.own.active else nothing
        return Door(
            hall=parts.hall,
            context=lambda: self.context,
            revocations=revocations,
            welcome=Welcome(self.name, parts.hall, self.links, self.feed, spawn, look, gate),
            spawn=spawn,
            limits=DoorLimits(connections=self.settings.connections),
        )

    def _keep(self, parts: Parts, door: Door, nodes: NodeDoor, listeners: list[Listener]) -> None:
        """Start what goes on by itself, also in a management node that stands by."""
        store, remote, supervisor = parts.tables.store, parts.tables.remote, parts.supervisor
        supervisor.keep(keep_flushing(self.log_file), "log")
        supervisor.keep(parts.recorder.keep(), "audit log")
        if self.settings.metrics:
            supervisor.keep(show(parts.controllers.meter, self.settings.metrics, parts.health), "metrics")
        parts.tables.keep(supervisor)
        supervisor.keep(parts.spool.deliver(store.write), "reports")
        if parts.dialler is not None:
            supervisor.keep(parts.dialler.keep(), "link to the daemon above")
            renewal = Renewal(self.paths.tls, parts.hall, parts.dialler, supervisor.spawn)
            supervisor.keep(renewal.keep(), "the renewal of the certificate")
        supervisor.keep(self._watch_trust(door, parts.dialler), "certificates")
        supervisor.keep(self._open(door, listeners, remote), "opening the door")
        supervisor.keep(self._offer(listeners, door, nodes), "handing over")

    def _lead(self, parts: Parts, nodes: NodeDoor, listeners: list[Listener]) -> None:
        """Start what a service node does, and of several management nodes the active one only."""
        store, remote, supervisor, active = parts.tables.store, parts.tables.remote, parts.supervisor, parts.own.active
        if self.role is Role.MANAGEMENT:
            parts.tables.tidy(supervisor)
            supervisor.keep(parts.boot_missed.keep(), "boot files that service nodes have missed")
            tell_open_moves(store.snapshot)
        port = NodePort(store, store.on_change, self.settings.addresses, listeners, nodes)
        supervisor.keep(port.keep(), "the port for nodes")
        supervisor.spawn(self._bring_scripts(store, remote), "bringing postscripts")
        at_start = self.services or (active is not None and active.is_new)
        if parts.fence is not None:  # before what it holds up
            supervisor.keep(parts.fence.keep(), "what waits for current tables")
        supervisor.keep(parts.services.keep(at_start=at_start), "services of this host")
        supervisor.keep(parts.consoles.keep(), "consoles")
        supervisor.keep(parts.absences.keep(), "who is away")
        supervisor.keep(parts.health.keep(), "how service nodes are")
        if parts.takeover is not None:
            supervisor.keep(parts.takeover.keep(), "takeovers")

    def _begin(self) -> None:
        """All is there. What is there now stays for good: later collections need not look at it, so they are cheap and come in
        time."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(5000, 20, 20)
        gc.enable()
        notify("READY=1", "STATUS=serving", f"MAINPID={os.getpid()}")
        log.info("started", extra={"facts": {"node": self.name, "role": str(self.role), "services": self.services}})

    def _schema(self) -> Schema:
        """The tables, with what the site adds. Reads files."""
        known = {name: kind.names for name, kind in TYPES.items()}
        return read_site_schema(Path(self.settings.schema) if self.settings.schema else self.paths.schema, known)

    async def _watch_trust(self, door: Door, dialler: Dialler | None) -> None:
        """Take a renewed certificate into use; enforce a new revocation list on all connections, and pass it down."""
        certificate, revoked = stamp(self.paths.tls.certificate), stamp(self.paths.revocations)
        while True:
            await asyncio.sleep(1.0)
            if certificate != (certificate := stamp(self.paths.tls.certificate)):
                self._renew()
            if revoked != (revoked := stamp(self.paths.revocations)):
                door.recheck()
                if dialler is not None:
                    dialler.recheck()
                self.feed.revoked()

    def _renew(self) -> None:
        try:
            self.context = server_context(self.paths.tls)
            log.info("the renewed certificate is in use")
        except TrustError as error:
            log.warning("the certificate in use stays: %s", error)

    # -- several management nodes ---------------------------------------------------------------------------------

    def _candidate(self) -> str:
        """The name of this host among several management nodes, "" when it is the only one. Raises ConfigError."""
        if not self.settings.management_nodes:
            return ""
        if self.role is Role.SERVICE:
            raise ConfigError(
                "xcatd.yaml has a master, as service nodes have, and management_nodes: remove one of the two"
            )
        if self.short not in places_of(self.settings.management_nodes, PORT):
            raise ConfigError(
                f"management_nodes in xcatd.yaml does not name this host, {self.short}: add it on all of them"
            )
        return self.short

    def _active(self, tables: Tables) -> Active | None:
        if tables.lead is None or tables.local is None:
            return None
        nodes = places_of(self.settings.management_nodes, self.settings.port or site_port(tables.store))
        return Active(self.short, nodes, tables.local, tables.lead, self.paths.term, self._doubt)

    async def _leads(self, active: Active | None, supervisor: Supervisor) -> bool:
        """Wait until this daemon has something to lead: only one of several management nodes waits. False: it stops."""
        if active is None:
            return True
        notify("STATUS=standing by")
        if not await self._unless_stopped(active.wait()):
            return False
        supervisor.keep(self._hold(active), "being the active management node")
        if not await self._unless_stopped(active.rise()) or active.part is not Part.LEADING:
            return False
        self.links.begin()
        notify("STATUS=serving as the active management node")
        return True

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        async with asyncio.TaskGroup() as group:
            tasks = {group.create_task(work), group.create_task(self.stopping.wait())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        return not self.stopping.is_set()

    async def _hold(self, active: Active) -> None:
        """Lead until another one does; then a successor stands by in the place of this daemon."""
        await active.hold()
        while not self.handed_over:
            self._doubt()
            await self._reload()
            await asyncio.sleep(AGAIN)

    def _doubt(self) -> None:
        """The daemons below look for another one; what is under way on their links ends there."""
        for link in self.links.below:
            link.say_goodbye(f"{self.name} cannot be sure that it is the active management node")

    # -- beginning and end ----------------------------------------------------------------------------------------

    async def _listeners(self, store: Store, take_over: bool) -> list[Listener]:
        port = self.settings.port or site_port(store)
        given = given_listeners(store, port)
        if not self.lock.take():
            if not take_over:
                raise AlreadyRunning(
                    f"Process {self.lock.holder()} already serves {self.paths.root}; stop it, or take over from it with: "
                    "xcatd -r"
                )
            if listeners := await handover.take_over(self.paths.handover, self.lock):
                return listeners
        return given or listen(self.settings.addresses, port, self.paths.socket)

    async def _open(self, door: Door, listeners: list[Listener], remote: RemoteStore | None) -> None:
        """Let callers in; a service node not before it has the tables, as long as that takes only a moment."""
        if remote is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await remote.arrived()
        for each in listeners:
            if not each.nodes:
                door.open(each.socket, secure=each.secure)

    async def _bring_scripts(self, store: Store, remote: RemoteStore | None) -> None:
        """A service node needs the tables to know where."""
        if remote is not None:
            await remote.arrived()
        await bring_scripts(store.snapshot, self.paths.root, is_master=self.role is Role.MANAGEMENT)
        if self.role is Role.MANAGEMENT:
            await bring_program(store.snapshot, self.paths.root)

    async def _offer(self, listeners: list[Listener], door: Door, nodes: NodeDoor) -> None:
        def taken(process: int) -> None:
            self.handed_over = True
            notify(f"MAINPID={process}")  # now: systemd takes the end of its main process for the end of the service
            door.shut()
            nodes.shut()
            self.lock.free()

        await handover.offer(self.paths.handover, listeners, taken)
        self.stopping.set()

    def _write_pid(self) -> None:
        """Not before it serves: a second daemon that is refused must not overwrite the first one's file."""
        if self.pidfile is None:
            return
        try:
            self.pidfile.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as error:
            raise ConfigError(f"The pid file {self.pidfile} cannot be written: {error.strerror}") from error

    def _signals(self, supervisor: Supervisor) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: supervisor.spawn(self._reload(), "a successor"))

    async def _reload(self) -> None:
        """SIGHUP, what `systemctl reload` sends: start a successor, which takes over from this process."""
        notify("RELOADING=1")
        await successor(self.paths.root, self.pidfile)
        if not self.handed_over:
            log.error("the successor could not start, so this daemon goes on: see what it said on standard error")
            notify("READY=1", "STATUS=serving; the last reload failed")

    async def _drain(self, door: Door, nodes: NodeDoor, listeners: list[Listener], parts: Parts) -> None:
        """Let nobody in any more, ask the daemons below to connect elsewhere, and give requests time to end.

        The link to the daemon above goes last: requests and the audit log may need it.
        """
        log.info("stopping")
        dialler, recorder, active = parts.dialler, parts.recorder, parts.own.active
        patience = self.settings.drain if active is None or active.part is not Part.OVER else NEWCOMERS
        notify("STOPPING=1" if not self.handed_over else "STATUS=handed over")
        door.shut()
        nodes.shut()
        if not self.handed_over:
            for listener in listeners:
                listener.socket.close()  # the file of the Unix socket stays: it may be systemd's, which goes on listening
        if dialler is not None:
            dialler.retire()
        self._say_goodbye()
        try:
            async with asyncio.timeout(patience):
                await door.quiet(patience if self.handed_over else NEWCOMERS)
                await nodes.quiet()
                if self.handed_over and dialler is not None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(GRACE):
                            await dialler.replaced()
                for link in self.links.below:
                    await link.wind_up()
                await recorder.leave()
                if self.links.above is not None:
                    await self.links.above.wind_up()
        except TimeoutError:
            log.warning("requests are cut off after %d s", patience)
            await recorder.leave()
        for connection in list(door.inside):
            connection.close()

    def _say_goodbye(self) -> None:
        reason = f"{self.name} {'has a successor' if self.handed_over else 'stops'}"
        for link in self.links.below:
            link.say_goodbye(reason)
        if self.links.above is not None and not self.handed_over:
            self.links.above.refuse(reason)
