"""The host whose services are kept."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

from tests.unit.objects.worlds import nodes
from tests.unit.services.places import place
from xcatd.services.place import read_place
from xcatd.store import Snapshot

TABLES = {
    "nodelist": nodes(sn1="service", n1="compute"),
    "hosts": [{"node": "n1", "ip": "10.0.0.11"}],
    "site": [{"key": "master", "value": "mn1"}, {"key": "installdir", "value": "/srv/install"}],
    "networks": [
        {"netname": "rack", "net": "10.0.0.0", "mask": "255.255.0.0"},
        {"netname": "far", "net": "10.9.0.0", "mask": "255.255.0.0"},
    ],
}


def test_who_is_above() -> None:
    assert place(**TABLES).above == "mn1"
    assert place(**TABLES, noderes=[{"node": "service", "xcatmaster": "mn1-c"}]).above == "mn1-c"
    assert place(**TABLES, is_master=True).above == ""


def test_a_host_that_is_no_node_has_no_values() -> None:
    stranger = place(node="mn1", **TABLES, servicenode=[{"node": "service", "tftpserver": "1"}])
    assert (stranger.node, stranger.value("servicenode", "tftpserver")) == ("", "")


def test_folders_are_below_the_root_once() -> None:
    here = place(Path("/r"), **TABLES)
    assert here.install == Path("/r/srv/install")
    assert here.tftpboot == Path("/r/tftpboot")
    assert here.below("/r/srv") == Path("/r/srv")
    assert place(**TABLES).install == Path("/srv/install")


def test_names_of_this_host() -> None:
    here = place(**TABLES)
    assert [word for word in ("sn1", "10.0.0.2", "service", "n1", "10.0.0.3", "x[") if here.is_me(word)] == [
        "sn1",
        "10.0.0.2",
        "service",
    ]


def test_addresses_come_from_the_text_then_the_tables_then_the_resolver() -> None:
    here = place(**TABLES)
    assert here.address("10.1.1.1") == ip_address("10.1.1.1")
    assert here.address("n1") == ip_address("10.0.0.11")
    assert here.address("mn1") is None
    assert here.facing(ip_network("10.0.0.0/8")) == ip_address("10.0.0.2")
    assert [one.name for one in here.networks()] == ["rack"]
    assert len(here.cluster_networks()) == 2


async def test_this_host_is_read_from_the_kernel() -> None:
    snapshot = Snapshot.from_tables({"nodelist": (["node", "groups"], [["sn1", ""], ["sn1.c.net", ""]])})
    here = await read_place(snapshot, ("sn1", "sn1.c.net", "10.0.0.2"), is_master=False, root=Path("/"))
    assert (here.name, here.node) == ("sn1.c.net", "sn1.c.net")
    assert ip_address("127.0.0.1") in set(here.ipv4())
    other = await read_place(snapshot, ("mn1",), is_master=True, root=Path("/"))
    assert (other.name, other.node) == ("mn1", "")
