"""A cluster whose tables are on a database server, with a network between the two that a test can break."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.helpers.alone import until
from tests.helpers.cluster import Cluster, Daemon, OnCluster
from tests.helpers.dbserver import DatabaseServer
from tests.helpers.proxy import Proxy
from xcatd.store import Location, moving


@dataclass(frozen=True)
class OnServer(OnCluster):
    """`location` is the database itself; daemons reach it by `wire`."""

    server: DatabaseServer
    location: Location
    wire: Proxy


@contextlib.contextmanager
def on_server(server: DatabaseServer, cluster: Cluster) -> Iterator[OnServer]:
    """The daemons, which are set up, run on a new database; they are stopped at the end, and the database is dropped."""
    location = server.create()
    try:
        with Proxy((location.host, location.port)) as wire:
            seen = replace(location, port=int(wire.place.rpartition(":")[2]))
            asyncio.run(moved(cluster.management, location))
            for daemon in cluster.all:
                name_database(daemon, seen)
            try:
                for daemon in cluster.all:
                    daemon.start()
                linked(cluster)
                yield OnServer(cluster, server, location, wire)
            finally:
                cluster.stop()
    finally:
        if not server.pids:  # it was stopped, and then something failed
            server.start()
        server.drop(location)


def name_database(daemon: Daemon, location: Location) -> None:
    """Write cfgloc."""
    path = daemon.root / "etc/xcat/cfgloc"
    path.write_text(f"{location.line()}\n")
    path.chmod(0o600)


def linked(cluster: Cluster) -> None:
    """Wait until the management node has links to its service nodes."""
    for daemon in cluster.services:
        until(lambda name=daemon.name: f"link {name}: up" in cluster.management.run("lsdaemons").stdout, daemon.name)


async def moved(daemon: Daemon, target: Location) -> None:
    """Move the tables of a daemon that does not run."""
    source = Location.of_file(daemon.root / "etc/xcat/xcat.sqlite")
    async with moving(source, target):
        pass
