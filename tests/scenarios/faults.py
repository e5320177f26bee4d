"""What goes wrong in the scenarios: each fault is struck, and mended again."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass

from tests.helpers.alone import until
from tests.helpers.cluster import Daemon
from tests.helpers.proxy import BOTH, Way
from tests.helpers.wire import WHOLE, Spoilt
from tests.scenarios.site import Base, Site, certify, fill, make_room, start


@dataclass(frozen=True, slots=True)
class Fault(ABC):
    """Of the host `name`. `strike` returns when it is there, which is mostly before a daemon has noticed."""

    name: str

    def prepare(self, site: Site) -> None:  # noqa: B027 - most need nothing
        """What must be so before it can strike."""

    @abstractmethod
    def strike(self, site: Site) -> None: ...

    @abstractmethod
    def mend(self, site: Site) -> None: ...


class Killed(Fault):
    """kill -9 of the daemon; mended, it is started again."""

    def strike(self, site: Site) -> None:
        site.daemon(self.name).stop(signal.SIGKILL)

    def mend(self, site: Site) -> None:
        start(site.daemon(self.name))


class Stopped(Fault):
    """SIGSTOP of the daemon, which keeps its connections."""

    def strike(self, site: Site) -> None:
        tell(site.daemon(self.name), signal.SIGSTOP)

    def mend(self, site: Site) -> None:
        tell(site.daemon(self.name), signal.SIGCONT)


def tell(daemon: Daemon, number: signal.Signals) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(number)


@dataclass(frozen=True, slots=True)
class Cut(Fault):
    """Frames between the daemons are lost without a word: on these ways. Of the management node: to all service nodes. The network
    with the nodes goes on."""

    ways: tuple[Way, ...] = BOTH

    def strike(self, site: Site) -> None:
        _spoil(site, self.name, Spoilt(frozenset(self.ways)))

    def mend(self, site: Site) -> None:
        _spoil(site, self.name, WHOLE)


class Slow(Fault):
    """A round trip takes 200 ms more, and 5 % of all frames are lost."""

    def strike(self, site: Site) -> None:
        _spoil(site, self.name, Spoilt(delay=0.1, loss=0.05))

    def mend(self, site: Site) -> None:
        _spoil(site, self.name, WHOLE)


def _spoil(site: Site, name: str, how: Spoilt) -> None:
    for below, wire in site.wires.items():
        if name in (below, "mn1"):
            wire.spoilt = how


class Unplugged(Fault):
    """The service node's interface to the management node is down, and it knows that."""

    def strike(self, site: Site) -> None:
        site.hosts[self.name].ip("link", "set", "up0", "down")

    def mend(self, site: Site) -> None:
        site.hosts[self.name].ip("link", "set", "up0", "up")


class Full(Fault):
    """No byte is free on the daemon's disk: database or copy of the tables, spool, logs, boot files."""

    def strike(self, site: Site) -> None:
        fill(site.daemon(self.name))

    def mend(self, site: Site) -> None:
        make_room(site.daemon(self.name))


@dataclass(frozen=True, slots=True)
class WrongClock(Fault):
    """The clock of the host jumps by so many days."""

    days: int

    def strike(self, site: Site) -> None:
        site.clock(self.name, self.days)

    def mend(self, site: Site) -> None:
        site.clock(self.name, 0)


class Revoked(Fault):
    """The certificate of a service node is revoked; mended, it gets another one."""

    def strike(self, site: Site) -> None:
        done = site.mn.xcatcert("revoke", self.name)
        assert done.returncode == 0, done.stderr

    def mend(self, site: Site) -> None:
        certify(site, self.name)


@dataclass(frozen=True, slots=True)
class Expired(Fault):
    """The certificate of a service node ends while it is connected: both clocks go on by three days. `links_anew`: then the link
    breaks once. Mended, it gets another one."""

    links_anew: bool

    def prepare(self, site: Site) -> None:
        certify(site, self.name, "--days", "2")
        daemon = site.daemon(self.name)
        daemon.stop()
        start(daemon)
        until(lambda: site.is_whole(site.mn), "the link with the short certificate")

    def strike(self, site: Site) -> None:
        self._clocks(site, 3)
        if self.links_anew:
            site.wires[self.name].cut()
            until(lambda: f"link {self.name}: up" not in site.mn.run("lsdaemons").stdout, "the end of the link")
            site.wires[self.name].spoilt = WHOLE

    def mend(self, site: Site) -> None:
        self._clocks(site, 0)
        certify(site, self.name)

    def _clocks(self, site: Site, days: int) -> None:
        for name in ("mn1", self.name):
            site.clock(name, days)


class DatabaseKilled(Fault):
    """All processes of the database server are killed."""

    def strike(self, site: Site) -> None:
        _base(site).server.kill()

    def mend(self, site: Site) -> None:
        _base(site).server.start()


class DatabaseStopped(Fault):
    """SIGSTOP of all of them: connections are kept, and accepted, and nobody answers."""

    def strike(self, site: Site) -> None:
        for pid in _base(site).server.pids:
            os.kill(pid, signal.SIGSTOP)

    def mend(self, site: Site) -> None:
        for pid in _base(site).server.pids:
            os.kill(pid, signal.SIGCONT)


class DatabaseCut(Fault):
    """What goes to the database, and comes from it, is held up; mended, old connections are reset."""

    def strike(self, site: Site) -> None:
        _base(site).wire.stall()

    def mend(self, site: Site) -> None:
        _base(site).wire.cut()
        _base(site).wire.resume()


def _base(site: Site) -> Base:
    assert site.base is not None
    return site.base
