"""A management node and two service nodes as hosts of their own, whose networks, disks and clocks a test can spoil.

Each has two networks: 10.7.0.0/16 between the daemons, by cables that can be cut, and 10.9.0.0/16 with the nodes, where their BMCs
and their sshd are.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.bootsite import FILES, FOLDER, IMAGE
from tests.helpers.cluster import Cluster, Daemon, OnCluster, join, made, unmeasured
from tests.helpers.databases import private_postgres
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.entering import entered
from tests.helpers.media import lay
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.onserver import moved, name_database
from tests.helpers.proxy import Proxy
from tests.helpers.servicehosts import stop_servers
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from tests.helpers.stage import Bench
from tests.helpers.tmpfs import mounted
from tests.helpers.wire import Wire, wire
from tests.simulators.miniature import Miniature
from tests.simulators.responder import Responder

PORT = 3001
SIZE = "64m"
"""Of the disk of each daemon, with all that is below its root."""
HOSTS = {"mn1": 1, "sn1": 2, "sn2": 3}
"""The last numbers of their addresses, in both networks."""
POOLS = {"a1": "sn1,sn2", "a2": "sn1,sn2", "b1": "sn2,sn1", "x1": "sn1", "x2": "sn2"}
"""Each node's servicenode."""
ALONE = {"x1": "sn1", "x2": "sn2"}
"""Nodes without a pool: they are served when their service node is there."""
CONSOLE = """#!{python}
import os, termios, tty
tty.setraw(0, termios.TCSANOW)
os.write(1, b"console by {name}\\r\\n")
while octets := os.read(0, 4096):
    os.write(1, b"{name} heard " + octets)
"""


@dataclass(frozen=True, slots=True)
class Base:
    """The server of the database, and the way to it."""

    server: DatabaseServer
    wire: Proxy


@dataclass(frozen=True)
class Site(OnCluster):
    """`wires` lead from service nodes to the management node; `clocks` are files that set the clocks of hosts. `journal` has what
    commands on nodes have noted."""

    hosts: Mapping[str, Namespace]
    wires: Mapping[str, Wire]
    bmcs: Mapping[str, Responder]
    clocks: Mapping[str, Path]
    journal: Path
    base: Base | None = None

    def daemon(self, name: str) -> Daemon:
        return next(each for each in self.cluster.all if each.name == name)

    def sources(self, asked: Daemon, nodes: Sequence[str] = tuple(POOLS)) -> dict[str, str]:
        """Which daemon answers for each node now, where one does."""
        done = asked.run("rpower", ",".join(nodes), "stat", XCATSHOWSVR="1")
        lines = [line.split(": ") for line in done.stdout.splitlines()]
        return {node: source.strip("[]") for node, source, _ in lines}

    def is_whole(self, asked: Daemon) -> bool:
        """Whether every node is served by the first of its pool."""
        return self.sources(asked) == {node: pool.partition(",")[0] for node, pool in POOLS.items()}

    def is_linked(self, asked: Daemon) -> bool:
        """Whether both service nodes serve, whatever has been moved, and the tables are there."""
        return self.sources(asked, tuple(ALONE)) == ALONE and not asked.run("nodels").stderr

    def clock(self, name: str, days: int) -> None:
        """Set the clock of a host wrong by so many days, and wait until its daemon has that time."""
        self.clocks[name].write_text(f"{days:+d}d\n")
        until(lambda: round(self._ahead(name)) == days, f"the clock of {name}")

    def _ahead(self, name: str) -> float:
        """Days by which a daemon's clock is ahead of ours."""
        (line,) = [
            line
            for line in self.daemon(name).run("lsdaemons").stdout.splitlines()
            if line.startswith(f"{name}: time: ")
        ]
        return (datetime.fromisoformat(line.rpartition(" ")[2]) - datetime.now(UTC)) / timedelta(days=1)


@contextlib.contextmanager
def site(folder: Path, *, on_postgres: bool = False) -> Iterator[Site]:
    """It runs, and every node is served by the first of its pool. `on_postgres`: the management node's tables are in PostgreSQL."""
    (folder / "journal").mkdir()
    with contextlib.ExitStack() as stack, unmeasured():
        *hosts, rack = stack.enter_context(namespaces("mn", "sna", "snb", "rack"))
        names = dict(zip(HOSTS, hosts, strict=True))
        wires = _networks(stack, names, rack)
        daemons = [_daemon(stack, folder, name, names[name]) for name in HOSTS]
        with entered(rack):
            bench = stack.enter_context(Bench())
            server = stack.enter_context(sshd(folder / "sshd"))
        bmcs = {node: bench.bmc(Miniature(), f"10.9.2.{number}", 623) for number, node in enumerate(POOLS, 1)}
        clocks = {name: folder / f"{name}.clock" for name in HOSTS}
        base = _base(stack, daemons[0], names["mn1"]) if on_postgres else None
        built = Site(Cluster(daemons[0], daemons[1:]), names, wires, bmcs, clocks, folder / "journal", base)
        _begin(built, server)
        yield built


def _networks(stack: contextlib.ExitStack, hosts: Mapping[str, Namespace], rack: Namespace) -> dict[str, Wire]:
    """The cables between the daemons; all hosts, BMCs and nodes have a second one in the rack."""
    wires = {}
    nodes = [f"10.9.{net}.{number}/16" for net in (1, 2) for number in range(1, len(POOLS) + 1)]
    rack.bridge("rack0", *nodes)
    mn = hosts["mn1"]
    mn.bridge("up0", f"10.7.0.{HOSTS['mn1']}/16")
    for name, host in hosts.items():
        cable(rack, host, f"rack{name}")
        rack.ip("link", "set", f"rack{name}", "master", "rack0", "up")
        host.up(f"rack{name}", f"10.9.0.{HOSTS[name]}/16")
        if host is not mn:
            wires[name] = stack.enter_context(wire(mn, host, (f"to{name}", "up0")))
            mn.ip("link", "set", f"to{name}", "master", "up0", "up")
            host.up("up0", f"10.7.0.{HOSTS[name]}/16")
    return wires


def _daemon(stack: contextlib.ExitStack, folder: Path, name: str, host: Namespace) -> Daemon:
    """Set up, with a disk and a clock of its own."""
    root, clock = folder / name, folder / f"{name}.clock"
    root.mkdir()
    stack.enter_context(mounted(root, SIZE))
    clock.write_text("+0d\n")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    wrong = (f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_CACHE_DURATION=1")
    before = (*host.before, "env", *wrong, "FAKETIME_DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1")
    master = "" if name == "mn1" else f"10.7.0.1:{PORT}"
    daemon = Daemon(root, name, f"10.7.0.{HOSTS[name]}", PORT, master, before=before)
    stack.callback(stop_servers, root)
    stack.callback(daemon.stop)
    return made(daemon) if name == "mn1" else join(_only(folder), daemon)


def _base(stack: contextlib.ExitStack, mn: Daemon, host: Namespace) -> Base:
    """A server on the management node's host, with its tables."""
    with entered(host):
        server = stack.enter_context(private_postgres())
        location = server.create()
        wire = stack.enter_context(Proxy((location.host, location.port)))
        asyncio.run(moved(mn, location))
    name_database(mn, replace(location, port=int(wire.place.rpartition(":")[2])))
    stack.callback(mn.stop)
    return Base(server, wire)


def _only(folder: Path) -> Daemon:
    """The management node, as far as signing needs it."""
    return Daemon(folder / "mn1", "mn1")


def _begin(site: Site, server: Sshd) -> None:
    for daemon in site.cluster.all:
        key_for_root(daemon)
        acquaint(daemon, {"*": server.port}, ed25519=server)
        lay(daemon.root, FILES)
        program = daemon.root / "etc/xcat/cons/lab"
        program.parent.mkdir(parents=True)
        program.write_text(CONSOLE.format(python=sys.executable, name=daemon.name))
        program.chmod(0o755)
        start(daemon)
    keys = [(each.root / "root/.ssh/id_ed25519.pub").read_text() for each in site.cluster.all]
    server.authorized.write_text("".join(keys))
    typed(site.mn, *_tables(site))
    until(lambda: site.is_whole(site.mn), "the service nodes")
    typed(site.mn, "makeknownhosts compute")


def _tables(site: Site) -> tuple[str, ...]:
    return (
        "chtab key=domain site.value=c.net",
        "chtab key=installdir site.value=/install",
        "chtab key=tftpdir site.value=/tftpboot",
        "chtab key=sharedtftp site.value=0",
        "chtab key=ipmi passwd.username=admin passwd.password=secret",
        "mkdef -t network up net=10.7.0.0 mask=255.255.0.0",
        "mkdef -t network rack net=10.9.0.0 mask=255.255.0.0",
        *(f"nodeadd {name} groups=service hosts.ip=10.7.0.{HOSTS[name]}" for name in ("sn1", "sn2")),
        *(f"chdef {name} nicips.rack0=10.9.0.{HOSTS[name]} nictypes.rack0=Ethernet" for name in ("sn1", "sn2")),
        "chdef sn1,sn2 servicenode=mn1 setuptftp=1",
        f"nodeadd {','.join(POOLS)} groups=compute nodehm.mgt=ipmi nodehm.cons=lab noderes.netboot=xnba",
        *(
            f"chdef {node} servicenode={pool} bmc=10.9.2.{number} ip=10.9.1.{number} mac=02:00:00:00:00:0{number} arch=x86_64"
            for number, (node, pool) in enumerate(POOLS.items(), 1)
        ),
        f"mkdef -t osimage {IMAGE} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
        f"osname=Linux rootimgdir=/{FOLDER}",
    )


def start(daemon: Daemon) -> None:
    """Start it and wait until it has the tables: at its port nobody can ask from here."""
    daemon.start(wait=False)
    until(lambda: daemon.run("nodels").returncode == 0, f"the tables of {daemon.name}")


def certify(site: Site, name: str, *words: str) -> None:
    """A new certificate for the key of a service node; words for `xcatcert sign`."""
    daemon = site.daemon(name)
    signed = daemon.root / "signed.pem"
    request = daemon.root / "etc/xcat/cert/server-req.pem"
    for who, line in (
        (site.mn, ("sign", "sn", name, str(request), "--out", str(signed), *words)),
        (daemon, ("install", str(signed), "--ca", str(site.mn.root / "etc/xcat/cert/ca.pem"))),
    ):
        done = who.xcatcert(*line)
        assert done.returncode == 0, done.stderr


def fill(daemon: Daemon) -> None:
    """Leave no byte free on its disk."""
    subprocess.run(["dd", "if=/dev/zero", f"of={daemon.root}/ballast", "bs=64k"], capture_output=True)
    assert shutil.disk_usage(daemon.root).free == 0


def make_room(daemon: Daemon) -> None:
    (daemon.root / "ballast").unlink(missing_ok=True)
