"""`makedhcp` on a management node and a service node, each with a Kea of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.servicehosts import stop_servers
from tests.simulators.kea import Kea

PORT = 3001
TABLES = (
    "chtab key=domain site.value=c.net",
    "chtab key=nameservers site.value='<xcatmaster>'",
    "chtab key=dhcpbackend site.value=kea",
    "mkdef -t network both net=10.7.0.0 mask=255.255.0.0 dynamicrange=10.7.200.1-10.7.200.9 dhcpserver=sn1",
    "mkdef -t network rack net=10.5.0.0 mask=255.255.0.0 dynamicrange=10.5.200.1-10.5.200.9 dhcpserver=sn1",
    "nodeadd sn1 groups=service servicenode.dhcpserver=1 hosts.ip=10.7.0.2",
    "nodeadd n1 groups=compute noderes.servicenode=sn1 hosts.ip=10.5.0.11 mac.mac=02:00:00:00:00:01",
    "nodeadd n2 groups=compute noderes.servicenode=sn1 hosts.ip=10.7.0.12 mac.mac=02:00:00:00:00:02",
    "nodeadd n3 groups=compute hosts.ip=10.7.0.13 mac.mac=02:00:00:00:00:03",
)


@dataclass(frozen=True)
class Cluster:
    mn: Daemon
    sn: Daemon
    servers: tuple[Kea, Kea]

    def known(self) -> tuple[list[str], list[str]]:
        """The nodes that the two servers know."""
        return tuple(sorted(one["hostname"] for one in self._kept(server)) for server in self.servers)  # type: ignore[return-value]

    def ranges(self) -> tuple[list[str], list[str]]:
        """The dynamic ranges of the two servers."""
        found = []
        for server in self.servers:
            subnets = server.ask("config-get")["arguments"]["Dhcp4"]["subnet4"]
            found.append(sorted(pool["pool"] for one in subnets for pool in one["pools"]))
        return found[0], found[1]

    def _kept(self, server: Kea) -> list[Any]:
        subnets = server.ask("config-get")["arguments"]["Dhcp4"]["subnet4"]
        return [entry for one in subnets for entry in one["reservations"]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("dhcp")
    with namespaces("mn", "sn") as (here, there):
        cable(here, there, "up0")
        here.up("up0", "10.7.0.1/16")
        there.up("up0", "10.7.0.2/16")
        there.bridge("br1", "10.5.0.1/16")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        sn = join(mn, Daemon(folder / "sn1", "sn1", "10.7.0.2", PORT, master=mn.host, before=there.before))
        try:
            for daemon in (mn, sn):
                daemon.start(wait=False)
                until(lambda daemon=daemon: daemon.run("nodels").returncode == 0, f"the tables of {daemon.name}")  # type: ignore[misc]
            typed(mn, *TABLES)
            typed(mn, "makedhcp -n")
            until(lambda: "running" in mn.run("xcatstatus", "sn1").stdout, "the service node's server")
            yield Cluster(mn, sn, (Kea(mn.root, here.before), Kea(sn.root, there.before)))
        finally:
            for daemon in (sn, mn):
                daemon.stop()
                stop_servers(daemon.root)


def test_the_owner_of_a_range_must_be_named(cluster: Cluster) -> None:
    typed(cluster.mn, "chdef -t network rack dhcpserver=")
    done = cluster.mn.run("makedhcp", "-n")
    typed(cluster.mn, "chdef -t network rack dhcpserver=sn1")
    assert (done.stdout, done.returncode) == ("", 1)
    assert (
        done.stderr == "Error: [mn1]: Hierarchy requested, therefore networks.dhcpserver must be set for net=10.5.0.0\n"
    )


def test_all_servers_know_all_nodes_of_their_networks(cluster: Cluster) -> None:
    typed(cluster.mn, "makedhcp -n", "makedhcp -a")
    assert cluster.ranges() == ([], ["10.5.200.1-10.5.200.9", "10.7.200.1-10.7.200.9"])
    assert cluster.known() == (["n2", "n3"], ["n1", "n2", "n3"])


def test_a_service_node_may_know_only_its_own_nodes(cluster: Cluster) -> None:
    typed(cluster.mn, *(f"chdef -t network {name} dhcpserver=mn1" for name in ("both", "rack")))
    typed(cluster.mn, "chtab key=disjointdhcps site.value=1")
    until(lambda: cluster.known()[1] == ["n1", "n2"], "the service node to follow the last change of the tables")
    typed(cluster.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -a")
    assert cluster.ranges() == (["10.7.200.1-10.7.200.9"], [])
    assert cluster.known() == (["n2", "n3"], ["n1", "n2"])
    typed(cluster.mn, "makedhcp -d n2,n3")
    assert cluster.known() == ([], ["n1"])
    typed(cluster.mn, "nodech n1 noderes.servicenode=mn1", "makedhcp -a")
    assert cluster.known() == (["n2", "n3"], ["n2"])
    typed(cluster.mn, "nodech n1 noderes.servicenode=sn1")
    typed(cluster.mn, *(f"chdef -t network {name} dhcpserver=sn1" for name in ("both", "rack")))
    typed(cluster.mn, "chtab -d key=disjointdhcps site")
    until(lambda: cluster.known()[1] == ["n1", "n2", "n3"], "the service node to follow the last change of the tables")


def test_one_host_only(cluster: Cluster) -> None:
    typed(cluster.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -l -a")
    assert cluster.known() == (["n2", "n3"], [])
    typed(cluster.sn, "makedhcp n1,n3")
    assert cluster.known() == (["n2", "n3"], ["n1", "n3"])
    assert typed(cluster.sn, "makedhcp -q n1") == "n1: ip-address = 10.5.0.11, hardware-address = 02:00:00:00:00:01\n"


def test_what_changes_in_the_tables_reaches_the_service_nodes_server_by_itself(cluster: Cluster) -> None:
    typed(cluster.mn, "nodeadd n4 groups=compute noderes.servicenode=sn1 hosts.ip=10.5.0.14 mac.mac=02:00:00:00:00:04")
    until(lambda: "n4" in cluster.known()[1], "the new node")
    assert "n4" not in cluster.known()[0]  # the management node has no row that says so
    typed(cluster.mn, "noderm n4")
    until(lambda: "n4" not in cluster.known()[1], "the end of it")


def test_a_server_that_dies_on_a_service_node_comes_back_with_what_it_had(cluster: Cluster) -> None:
    typed(cluster.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp n1")
    pidfile = cluster.sn.root / "run/xcat/services/kea-dhcp4.pid"
    number = pidfile.read_text()
    os.kill(int(number.split()[0]), signal.SIGKILL)
    until(lambda: pidfile.exists() and pidfile.read_text() != number, "another process")
    until(lambda: " running " in cluster.mn.run("xcatstatus", "sn1").stdout, "the state")
    assert "n1" in cluster.known()[1]
