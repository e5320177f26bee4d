"""`makenetworks` on hosts with networks of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.namespaces import cable, namespaces
from tests.helpers.servicehosts import stop_servers

PORT = 3001

MANAGEMENT = """
#From mn1.
10_0_0_0-255_255_252_0:
    objtype=network
    net=10.0.0.0
    mask=255.255.252.0
    gateway=10.0.1.254
    mgtifname=br0
    mtu=9000
    tftpserver=10.0.0.5

#From mn1.
10_7_0_0-255_255_255_0:
    objtype=network
    net=10.7.0.0
    mask=255.255.255.0
    gateway=<xcatmaster>
    mgtifname=up0
    mtu=1500
    tftpserver=10.7.0.1

#From mn1.
10_88_0_0-255_255_0_0:
    objtype=network
    net=10.88.0.0
    mask=255.255.0.0
    gateway=<xcatmaster>
    mgtifname=br0
    mtu=9000

#From mn1.
2001:db8:7::/64:
    objtype=network
    net=2001:db8:7::/64
    mask=/64
    mgtifname=br0
"""

SERVICE = """
#From sn1.
10_7_0_0-255_255_255_0:
    objtype=network
    net=10.7.0.0
    mask=255.255.255.0
    gateway=<xcatmaster>
    mgtifname=up0
    mtu=1500
    tftpserver=10.7.0.2

#From sn1.
192_168_1_0-255_255_255_0:
    objtype=network
    net=192.168.1.0
    mask=255.255.255.0
    gateway=<xcatmaster>
    mgtifname=br1
    mtu=1500
    tftpserver=192.168.1.1
"""

NOTE = "# Note: An equivalent xCAT network definition already exists.\n\n"

COLUMNS = "net mask mgtifname gateway mtu tftpserver"


@dataclass(frozen=True)
class Hosts:
    """A management node and a service node, on a network that both are on; each has others."""

    mn: Daemon
    sn: Daemon


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("networks")
    with namespaces("mn", "sn") as (here, there):
        cable(here, there, "up0")
        here.up("up0", "10.7.0.1/24")
        there.up("up0", "10.7.0.2/24")
        here.bridge("br0", "10.0.0.5/22", "2001:db8:7::5/64", "fe80::5/64", mtu=9000)
        here.ip("route", "add", "10.88.0.0/16", "dev", "br0")
        for aside in ("10.99.0.0/16 via 10.0.0.9", "10.98.0.7/32 dev br0", "169.254.0.0/16 dev br0"):
            here.ip("route", "add", *aside.split())
        here.ip("route", "add", "default", "via", "10.0.1.254")
        here.ip("-6", "route", "add", "unreachable", "2001:db8:9::/64")
        here.ip("-6", "route", "add", "default", "via", "2001:db8:7::1")
        there.bridge("br1", "192.168.1.1/24")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        sn = join(mn, Daemon(folder / "sn1", "sn1", "10.7.0.2", PORT, master=mn.host, before=there.before))
        try:
            start(mn)
            start(sn)
            yield Hosts(mn, sn)
        finally:
            sn.stop()
            mn.stop()
            for daemon in (mn, sn):
                stop_servers(daemon.root)


def start(daemon: Daemon) -> None:
    """Start it and wait until it has its tables: from outside its network only its socket can be reached."""
    daemon.start(wait=False)
    until(lambda: daemon.run("nodels").returncode == 0, f"the tables of {daemon.name}")


@pytest.fixture(autouse=True)
def no_networks(hosts: Hosts) -> None:
    """Nothing is defined, and nobody is above anybody."""
    clear(hosts.mn)
    for table in ("nodelist", "noderes", "servicenode"):
        typed(hosts.mn, f"tabch -d node=sn1 {table}", f"tabch -d node=n1 {table}")


def clear(daemon: Daemon) -> None:
    for name in defined(daemon):
        typed(daemon, f"tabch -d netname={name} networks")


def defined(daemon: Daemon) -> dict[str, list[str]]:
    """The rows of table networks by name: their cells in COLUMNS."""
    rows = [line.replace('"', "").split(",") for line in typed(daemon, "tabdump networks").splitlines()]
    header = [name.lstrip("#") for name in rows[0]]
    places = [header.index(column) for column in COLUMNS.split()]
    return {row[0]: [row[place] for place in places] for row in rows[1:]}


def test_definitions_are_shown_and_nothing_is_changed(hosts: Hosts) -> None:
    assert typed(hosts.mn, "makenetworks -d") == MANAGEMENT
    assert typed(hosts.mn, "makenetworks --display -V").count("#From mn1.") == 4
    assert defined(hosts.mn) == {}


def test_networks_are_defined(hosts: Hosts) -> None:
    assert typed(hosts.mn, "makenetworks") == ""
    assert defined(hosts.mn) == {
        "10_7_0_0-255_255_255_0": ["10.7.0.0", "255.255.255.0", "up0", "<xcatmaster>", "1500", "<xcatmaster>"],
        "10_0_0_0-255_255_252_0": ["10.0.0.0", "255.255.252.0", "br0", "10.0.1.254", "9000", "<xcatmaster>"],
        "10_88_0_0-255_255_0_0": ["10.88.0.0", "255.255.0.0", "br0", "<xcatmaster>", "9000", ""],
        "2001:db8:7::/64": ["2001:db8:7::/64", "/64", "br0", "", "", ""],
    }


def test_what_is_shown_can_be_given_to_mkdef(hosts: Hosts) -> None:
    shown = typed(hosts.mn, "makenetworks -d")
    done = hosts.mn.run("mkdef", "-z", stdin=shown)
    assert (done.stdout, done.stderr, done.returncode) == (
        "4 object definitions have been created or modified.\n",
        "",
        0,
    )
    by_mkdef = {name: cells[:5] for name, cells in defined(hosts.mn).items()}
    clear(hosts.mn)
    typed(hosts.mn, "makenetworks")
    assert by_mkdef == {name: cells[:5] for name, cells in defined(hosts.mn).items()}


def test_what_is_defined_stays_as_it_is(hosts: Hosts) -> None:
    typed(
        hosts.mn,
        "chtab net=10.7.0.0,mask=255.255.255.0 networks.netname=backbone",
        "chtab net=10.0.0.0,mask=255.255.0.0 networks.netname=10_0_0_0-255_255_252_0 networks.mgtifname=eth9",
        "chtab net=2001:0db8:7:0::/64,mask=64 networks.netname=six",
    )
    hosts.mn.run("chtab", "net=junk,mask=junk", "networks.netname=junk")
    done = hosts.mn.run("makenetworks")
    name = "10_0_0_0-255_255_252_0"
    warning = (
        f"Warning: [mn1]: The network entry '{name}' already exists in xCAT networks table. "
        f"Cannot create a definition for '{name}'\n"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", warning, 0)
    rows = defined(hosts.mn)
    assert set(rows) == {"backbone", name, "six", "junk", "10_88_0_0-255_255_0_0"}
    assert rows[name][2] == "eth9"
    shown = typed(hosts.mn, "makenetworks -d")
    assert shown.count(NOTE) == 3
    assert f"    tftpserver=10.7.0.1\n{NOTE}" in shown


def test_networks_that_overlap_are_defined_with_a_warning(hosts: Hosts) -> None:
    typed(hosts.mn, "chtab net=10.0.0.0,mask=255.0.0.0 networks.netname=ten", "chtab netname=ten networks.disable=1")
    assert typed(hosts.mn, "makenetworks --dry-run").count("would be added") == 4
    typed(hosts.mn, "chtab netname=ten networks.disable=")
    done = hosts.mn.run("makenetworks")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr.splitlines() == [
        f"Warning: [mn1]: The network '{name}' overlaps the network 'ten' (10.0.0.0/8): an address in both counts for the "
        "smaller one. Remove or disable the one that the cluster does not use."
        for name in ("10_0_0_0-255_255_252_0", "10_7_0_0-255_255_255_0", "10_88_0_0-255_255_0_0")
    ]
    assert len(defined(hosts.mn)) == 5


def test_a_dry_run_defines_nothing(hosts: Hosts) -> None:
    lines = typed(hosts.mn, "makenetworks --dry-run").splitlines()
    assert [line.partition(": would be added")[0] for line in lines] == [
        "networks net=10.0.0.0,mask=255.255.252.0",
        "networks net=10.7.0.0,mask=255.255.255.0",
        "networks net=10.88.0.0,mask=255.255.0.0",
        "networks net=2001:db8:7::/64,mask=/64",
    ]
    assert defined(hosts.mn) == {}


@pytest.mark.parametrize(
    "entries",
    [
        ("nodeadd sn1 groups=service servicenode.nfsserver=1",),
        ("nodeadd sn1 groups=service", "nodech sn1 servicenode.nfsserver=1 noderes.servicenode=mn1"),
        ("nodeadd sn1,n1 groups=all", "nodech n1 noderes.servicenode=sn1"),
    ],
)
def test_service_nodes_define_their_networks_too(hosts: Hosts, entries: tuple[str, ...]) -> None:
    typed(hosts.mn, *entries)
    assert typed(hosts.mn, "makenetworks -d") == MANAGEMENT + SERVICE
    done = hosts.mn.run("makenetworks")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr == (
        "Warning: [sn1]: The network entry '10_7_0_0-255_255_255_0' already exists in xCAT networks table. "
        "Cannot create a definition for '10_7_0_0-255_255_255_0'\n"
    )
    rows = defined(hosts.mn)
    assert len(rows) == 5
    assert rows["10_7_0_0-255_255_255_0"][2] == "up0"
    assert rows["192_168_1_0-255_255_255_0"] == [
        "192.168.1.0", "255.255.255.0", "br1", "<xcatmaster>", "1500", "<xcatmaster>"
    ]  # fmt: skip


def test_typed_on_a_service_node_it_starts_at_the_management_node(hosts: Hosts) -> None:
    typed(hosts.mn, "nodeadd sn1 groups=service servicenode.nfsserver=1")
    done = hosts.sn.run("makenetworks", "-d")
    assert (done.stdout, done.stderr, done.returncode) == (MANAGEMENT + SERVICE, "", 0)


def test_a_service_node_that_is_away_is_named_and_the_others_do_their_part(hosts: Hosts) -> None:
    typed(hosts.mn, "nodeadd sn1,sn9 groups=service servicenode.nfsserver=1")
    done = hosts.mn.run("makenetworks", "-d")
    typed(hosts.mn, "noderm sn9")
    assert (done.stdout, done.returncode) == (MANAGEMENT + SERVICE, 1)
    assert done.stderr == (
        "Error: [mn1]: Failed to dispatch command to any of the following service nodes: sn9 "
        "(sn9 has not connected since this daemon started)\n"
    )
