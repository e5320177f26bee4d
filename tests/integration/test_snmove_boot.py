"""`snmove` and what nodes boot: the new service node has their boot files when the command ends, with its own address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.bootsite import FILES, FOLDER, IMAGE, NODES, SITE, boots
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.media import lay
from tests.helpers.namespaces import Namespace, cable, namespaces
from tests.helpers.servicehosts import stop_servers
from tests.simulators.kea import Kea

PORT = 3001
TABLES = (
    *SITE,
    "chtab key=disjointdhcps site.value=1",
    "mkdef -t network up net=10.7.0.0 mask=255.255.0.0 dynamicrange=10.7.200.1-10.7.200.9 dhcpserver=mn1",
    "nodeadd sn[1-2] groups=service servicenode.tftpserver=1 'hosts.ip=|sn(\\d+)|10.7.0.(1+$1)|'",
    "nodeadd n[1-3] groups=compute noderes.netboot=xnba noderes.servicenode=sn1 noderes.xcatmaster=10.7.0.2",
    *NODES,
    f"nodeset n1,n2 osimage={IMAGE}",
)


@dataclass(frozen=True)
class Cluster:
    mn: Daemon
    sn1: Daemon
    sn2: Daemon
    dhcp: Kea
    """That of the management node, once there is one."""

    @property
    def all(self) -> tuple[Daemon, ...]:
        return self.mn, self.sn1, self.sn2


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("snmoveboot")
    with namespaces("mn", "one", "two") as (here, one, two):
        here.bridge("up0", "10.7.0.1/16")
        _plug(here, one, "up1", "10.7.0.2/16")
        _plug(here, two, "up2", "10.7.0.3/16")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        sn1 = join(mn, Daemon(folder / "sn1", "sn1", "10.7.0.2", PORT, master=mn.host, before=one.before))
        sn2 = join(mn, Daemon(folder / "sn2", "sn2", "10.7.0.3", PORT, master=mn.host, before=two.before))
        cluster = Cluster(mn, sn1, sn2, Kea(mn.root, here.before))
        try:
            for daemon in cluster.all:
                lay(daemon.root, FILES)
                daemon.start(wait=False)
                until(lambda daemon=daemon: daemon.run("nodels").returncode == 0, f"the tables of {daemon.name}")  # type: ignore[misc]
            for name in ("sn1", "sn2"):
                until(lambda name=name: f"link {name}: up" in mn.run("lsdaemons").stdout, "the link")  # type: ignore[misc]
            typed(mn, *TABLES)
            yield cluster
        finally:
            for daemon in cluster.all:
                daemon.stop()
                stop_servers(daemon.root)


def _plug(here: Namespace, there: Namespace, interface: str, address: str) -> None:
    cable(here, there, interface)
    here.ip("link", "set", interface, "master", "up0")
    here.up(interface)
    there.up(interface, address)


def test_the_new_service_node_has_the_boot_files_of_nodes_that_boot_images(cluster: Cluster) -> None:
    assert "http://10.7.0.2/" in boots(cluster.sn1, "n1")
    assert (boots(cluster.sn2, "n1"), boots(cluster.sn2, "n3")) == ("", "")
    done = cluster.mn.run("snmove", "n1,n3", "-d", "sn2", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert "n1: moved from sn1 to sn2 (10.7.0.3)\n" in done.stdout
    assert "http://10.7.0.3/" in boots(cluster.sn2, "n1") and "10.7.0.2" not in boots(cluster.sn2, "n1")
    assert boots(cluster.sn2, "n3") == ""
    assert typed(cluster.mn, "nodeset n1,n3 stat --ordered") == ("n1: netboot rocky9.4-x86_64-compute\nn3: undefined\n")


def test_files_that_cannot_be_made_are_said_and_made_by_the_command_again(cluster: Cluster) -> None:
    rootimg = cluster.sn2.root / FOLDER / "rootimg.sfs"
    rootimg.rename(rootimg.with_name("aside"))
    done = cluster.mn.run("snmove", "n2", "-d", "sn2", "-i")
    rootimg.with_name("aside").rename(rootimg)
    assert (done.returncode, boots(cluster.sn2, "n2")) == (1, "")
    assert "n2: [sn2]: Error: " in done.stderr and "has no rootimg.sfs" in done.stderr
    assert "n2: [mn1]: Error: moved from sn1 to sn2 (10.7.0.3) in the tables, and stays so" in done.stderr
    _, told, again = done.stderr.partition("but this is not done: nodeset enact; do it again by: ")
    assert told
    done = cluster.mn.run(*again.split())
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "n2: moved from sn1 to sn2 (10.7.0.3)")
    assert "http://10.7.0.3/" in boots(cluster.sn2, "n2")


def kept(dhcp: Kea) -> dict[str, Any]:
    """The servers from which the nodes that it knows load, by their names."""
    subnets = dhcp.ask("config-get")["arguments"]["Dhcp4"]["subnet4"]
    return {entry["hostname"]: entry["next-server"] for one in subnets for entry in one["reservations"]}


def test_the_dhcp_server_of_the_management_node_names_the_new_one_for_nodes_that_it_knows(cluster: Cluster) -> None:
    common = "groups=compute noderes.netboot=xnba noderes.servicenode=sn1 noderes.xcatmaster=10.7.0.2 noderes.tftpserver=10.7.0.2"
    typed(
        cluster.mn,
        f"nodeadd n4 {common} hosts.ip=10.7.0.14 mac.mac=02:00:00:00:00:04",
        f"nodeadd n5 {common} hosts.ip=10.7.0.15 mac.mac=02:00:00:00:00:05",
        "chtab key=dhcpbackend site.value=kea",
        "makedhcp -n",
        "makedhcp n4",
    )
    assert kept(cluster.dhcp) == {"n4": "10.7.0.2"}
    done = cluster.mn.run("snmove", "n4,n5", "-d", "sn2", "-i")
    assert (done.returncode, done.stderr) == (0, "")
    assert kept(cluster.dhcp) == {"n4": "10.7.0.3"}
    assert typed(cluster.mn, "nodels n5 noderes.tftpserver") == "n5: 10.7.0.3\n"
    typed(cluster.mn, f"snmove --rollback {newest(cluster)}")
    assert kept(cluster.dhcp) == {"n4": "10.7.0.2"}


def newest(cluster: Cluster) -> str:
    """The number of the last move."""
    return typed(cluster.mn, "snmove --list").partition(":")[0]


def test_boot_files_go_back_with_the_nodes(cluster: Cluster) -> None:
    node = {"groups": "compute", "noderes.servicenode": "sn1,sn2", "noderes.netboot": "xnba"}
    typed(
        cluster.mn,
        f"nodeadd n7 {' '.join(f'{name}={text}' for name, text in node.items())}",
        "chdef n7 ip=10.7.0.17 mac=02:00:00:00:00:07 arch=x86_64",
        f"nodeset n7 osimage={IMAGE}",
    )
    first = boots(cluster.sn1, "n7")
    typed(cluster.mn, "snmove n7 -i")
    assert "http://10.7.0.3/" in boots(cluster.sn2, "n7")
    typed(cluster.mn, f"snmove --rollback {newest(cluster)}")
    assert boots(cluster.sn1, "n7") == first
    assert typed(cluster.mn, "nodels n7 noderes.servicenode noderes.xcatmaster") == (
        "n7: noderes.servicenode: sn1,sn2\nn7: noderes.xcatmaster: \n"
    )


def test_nodes_leave_a_service_node_that_is_dead(cluster: Cluster) -> None:
    typed(
        cluster.mn,
        "nodeadd n6 groups=compute noderes.netboot=xnba noderes.servicenode=sn1,sn2 noderes.xcatmaster=10.7.0.2",
        "chdef n6 ip=10.7.0.16 mac=02:00:00:00:00:06 arch=x86_64",
        f"nodeset n6 osimage={IMAGE}",
    )
    cluster.sn1.stop()
    until(lambda: "link sn1: up" not in cluster.mn.run("lsdaemons").stdout, "the end of the link")
    done = cluster.mn.run("snmove", "n6", "-i")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "n6: moved from sn1 to sn2 (10.7.0.3)")
    assert "Warning: [mn1]: " in done.stderr and "sn1" in done.stderr and "Error" not in done.stderr
    assert "http://10.7.0.3/" in boots(cluster.sn2, "n6") and "10.7.0.2" not in boots(cluster.sn2, "n6")
