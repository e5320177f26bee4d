"""`makedhcp` on a management node and a service node, each with a Kea of its own."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.namespaces import cable, namespaces
from tests.simulators.kea import Kea, kea

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
            with kea(mn.root, here.before) as above, kea(sn.root, there.before) as below:
                yield Cluster(mn, sn, (above, below))
        finally:
            sn.stop()
            mn.stop()


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
    typed(cluster.mn, "chtab key=disjointdhcps site.value=1")
    typed(cluster.mn, *(f"chdef -t network {name} dhcpserver=mn1" for name in ("both", "rack")))
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


def test_one_host_only(cluster: Cluster) -> None:
    typed(cluster.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -l -a")
    assert cluster.known() == (["n2", "n3"], [])
    typed(cluster.sn, "makedhcp n1,n3")
    assert cluster.known() == (["n2", "n3"], ["n1", "n3"])
    assert typed(cluster.sn, "makedhcp -q n1") == "n1: ip-address = 10.5.0.11, hardware-address = 02:00:00:00:00:01\n"


def test_a_service_node_whose_server_does_not_run(cluster: Cluster) -> None:
    typed(cluster.mn, "makedhcp -n", "makedhcp -a -d")
    cluster.servers[1].stop()
    try:
        done = cluster.mn.run(*shlex.split("makedhcp n2"))
    finally:
        cluster.servers[1].start()
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "Error: [sn1]: dhcp server is not running.  please start the dhcp server.\n"
    assert cluster.known() == (["n2"], [])
