"""What a daemon is made of besides its doors: each part is told here what it needs of the others, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from xcatd.api import Host
from xcatd.daemon.active import Active
from xcatd.daemon.advance import Advance
from xcatd.daemon.asitself import AsItself
from xcatd.daemon.bootmissed import BootMissed
from xcatd.daemon.condition import Condition
from xcatd.daemon.consoles import KeptConsoles
from xcatd.daemon.facts import Facts
from xcatd.daemon.fence import Fence, Missed, Surroundings
from xcatd.daemon.handout import HandOut
from xcatd.daemon.health import KeptHealth
from xcatd.daemon.healthrounds import LookRounds
from xcatd.daemon.nodelogs import KeepLog
from xcatd.daemon.notifications import Notifier
from xcatd.daemon.paths import Paths
from xcatd.daemon.ports import PORT
from xcatd.daemon.recorder import Recorder
from xcatd.daemon.reports import Reports
from xcatd.daemon.services import KeptServices
from xcatd.daemon.settings import Settings, split_addresses
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.tables import Tables
from xcatd.daemon.takeover import Around, Mover, Notices, Takeover
from xcatd.daemon.version import version_line
from xcatd.dispatch import Hall, Locks, Registry, open_gate
from xcatd.hardware import Controllers
from xcatd.hierarchy import Dialler, Forwarder, Links, Looking, Master, Me, RemoteStore, Routes
from xcatd.hierarchy.absences import Absences
from xcatd.model import Role
from xcatd.objects import world_of
from xcatd.remote.syncing.wishes import Wishes
from xcatd.services.nodes import Hearing
from xcatd.services.postscripts.deed import Postscripts
from xcatd.store import Snapshot
from xcatd.store.spool import Spool
from xcatd.tls import peer_context


@dataclass(frozen=True)
class Own:
    """Who a daemon is: its name in the cluster, all names that the tables may have for its host, its part in the hierarchy, its
    places, settings and links."""

    name: str
    names: Sequence[str]
    role: Role
    paths: Paths
    settings: Settings
    links: Links
    active: Active | None = None
    """Whether this is the active management node; None where there are no others."""


@dataclass(frozen=True)
class Parts:
    """Made when they are first asked for; `tables`, `controllers` and `supervisor` are open meanwhile."""

    own: Own
    tables: Tables
    controllers: Controllers
    supervisor: Supervisor

    def snapshot(self) -> Snapshot:
        """The tables now. StoreError before there are any."""
        return self.tables.store.snapshot

    @cached_property
    def upward(self) -> RemoteStore | Looking | None:
        """What comes on the link to the daemon above; None on a management node, which has none."""
        tables = self.tables
        if self.own.role is Role.MANAGEMENT:
            return None
        if tables.remote is not None or tables.local is None:
            return tables.remote
        looking = Looking(tables.local.nudge)
        tables.local.on_change(looking.changed)
        return looking

    @cached_property
    def spool(self) -> Spool:
        return Spool(self.own.paths.spool)

    @cached_property
    def recorder(self) -> Recorder:
        return Recorder(self.tables.store, self.spool.append)

    @cached_property
    def notifier(self) -> Notifier | None:
        """Programs hear of a change once, on the management node."""
        if self.tables.local is None or self.own.role is not Role.MANAGEMENT:
            return None
        return Notifier(self.tables.local, self.supervisor.spawn)

    @cached_property
    def hearing(self) -> Hearing:
        root = self.own.paths.root
        wishes = Wishes(self.snapshot, root, is_service_node=self.own.role is Role.SERVICE)
        advance = Advance(lambda: self.hall, self.supervisor.spawn)
        keep_log = KeepLog(lambda: self.hall, root)
        deeds = Postscripts(self.snapshot, root, wishes.bring, advance, HandOut(lambda: self.hall), keep_log)
        return Hearing(self.tables.store, self.spool.append, deeds)

    @cached_property
    def consoles(self) -> KeptConsoles:
        return KeptConsoles(
            snapshot=self.snapshot,
            on_change=self.tables.store.on_change,
            names=self.own.names,
            is_master=self.own.role is Role.MANAGEMENT,
            root=self.own.paths.root,
            controllers=self.controllers,
            supervisor=self.supervisor,
        )

    @cached_property
    def services(self) -> KeptServices:
        return KeptServices(
            snapshot=self.snapshot,
            on_change=self.tables.store.on_change,
            names=self.own.names,
            is_master=self.own.role is Role.MANAGEMENT,
            root=self.own.paths.root,
            spawn=self.supervisor.spawn,
            hold=self.fence,
        )

    @cached_property
    def me(self) -> Me:
        return Me(self.own.name.partition(".")[0], self.own.role, frozenset(self.own.names))

    @cached_property
    def hall(self) -> Hall:
        registry, links = Registry(self.own.paths.plugins), self.own.links
        return Hall(
            host=self._host(registry),
            me=self.me,
            registry=registry,
            forwarder=Forwarder(self.me.name, links),
            locks=Locks(),
            audit=self.recorder.record,
            above_alive=lambda: links.above is not None,
            gate=open_gate if self.own.active is None else self.own.active.gate,
        )

    def _host(self, registry: Registry) -> Host:
        return Host(
            name=self.me.name,
            role=self.own.role,
            version=version_line(),
            store=self.tables.store,
            controllers=self.controllers,
            rescan=registry.rescan,
            names=registry.names,
            find=registry.find,
            location=self.tables.location,
            report=Reports(self.spool, self.tables.store),
            run=lambda request, sink: self.hall.run(request, sink),  # noqa: PLW0108 - the hall is there later
            root=self.own.paths.root,
            services=self.services,
            consoles=self.consoles,
            hearing=self.hearing,
            about=self._facts(),
            health=self.health,
        )

    def _facts(self) -> Facts:
        upward = self.upward
        return Facts(
            paths=self.own.paths,
            role=self.own.role,
            version=version_line(),
            links=self.own.links,
            below=self.below,
            trouble=lambda: upward.trouble if upward is not None else "",
            active=self.own.active,
            requests=lambda: self.hall.underway.others(),  # noqa: PLW0108 - the hall is there later
            condition=Condition(self.tables.store, lambda: self.tables.local is not None, self.health),
        )

    def below(self) -> Sequence[str]:
        """The names of the daemons that should be directly below. Raises XcatError when nobody can say."""
        snapshot = self.snapshot()
        return snapshot.cached(("below", self.me), lambda: Routes(world_of(snapshot), self.me).below())

    @cached_property
    def health(self) -> KeptHealth:
        own = self.own
        run = lambda request, sink: self.hall.run(request, sink)  # noqa: E731, PLW0108 - the hall is there later
        rounds = LookRounds(self.me.name, own.role, own.paths.tls, own.links, self.snapshot, run)
        return KeptHealth(own.links, self.below, rounds, self.supervisor.spawn)

    @cached_property
    def fence(self) -> Fence | None:
        """Of a service node."""
        if self.own.role is Role.MANAGEMENT:
            return None
        own, links, store = self.own, self.own.links, self.tables.store
        around = Surroundings(
            names=own.names,
            snapshot=self.snapshot,
            outage=lambda: store.outage,
            is_linked=lambda: links.above is not None,
            is_above_down=lambda: links.above_is_down,
            missed=Missed(self.snapshot, own.paths.tls),
        )
        return Fence(around, lambda nodes: self.consoles.withhold(nodes))  # noqa: PLW0108 - they are there later

    @cached_property
    def boot_missed(self) -> BootMissed:
        """For a management node."""
        own, hall = self.own, self.hall
        leads = lambda: own.active is None or own.active.is_sure  # noqa: E731
        linked = lambda name: own.links.find(name) is not None  # noqa: E731
        return BootMissed(AsItself(hall.run, own.name), self.snapshot, linked, leads)

    @cached_property
    def takeover(self) -> Takeover | None:
        """Of a management node."""
        own, hall = self.own, self.hall
        if own.role is not Role.MANAGEMENT:
            return None
        around = Around(
            snapshot=self.snapshot,
            health=self.health,
            names=own.names,
            linked=lambda name: own.links.find(name) is not None,
            moving=hall.host.moving,
            spawn=self.supervisor.spawn,
            leads=lambda: own.active is None or own.active.is_sure,
        )
        notices = Notices(self.me.name, self.snapshot, hall.host.report, self.supervisor.spawn)
        return Takeover(around, Mover(AsItself(hall.run, own.name)), notices)

    @cached_property
    def absences(self) -> Absences:
        return Absences(self.own.links, self.below, self.consoles.without)

    @cached_property
    def dialler(self) -> Dialler | None:
        """None where there is no daemon above."""
        if self.upward is None:
            return None
        own = self.own
        places = split_addresses(own.settings.master, PORT)
        context = lambda: peer_context(own.paths.tls)  # noqa: E731 - it is renewed
        master = Master(places, context, own.name, version_line(), own.paths.revocations)
        return Dialler(master, own.links, self.upward, self.hall, self.supervisor.spawn, self.consoles.without)
