"""The tables as the boot server's book."""

from __future__ import annotations

from ipaddress import IPv4Network

from tests.unit.objects.worlds import Rows, nodes
from tests.unit.services.places import place
from xcatd.services.place import Place
from xcatd.services.proxydhcp.book import Machine, dumped, loaded
from xcatd.services.proxydhcp.pages import example, names_of_servers, pages_of

MAC = "02:00:00:00:00:0"
NETWORKS: Rows = [
    {"netname": "a", "net": "10.0.0.0", "mask": "255.255.0.0"},
    {"netname": "b", "net": "10.1.0.0", "mask": "255.255.0.0", "tftpserver": "10.1.0.9"},
    {"netname": "c", "net": "fd00::", "mask": "/64"},
]


def here(noderes: Rows, mac: Rows, **tables: Rows) -> Place:
    names = {str(row["node"]): "all" for row in mac}
    return place(nodelist=nodes(sn1="service", **names), noderes=noderes, mac=mac, networks=NETWORKS, **tables)


def test_all_macs_of_a_node_get_what_the_node_gets() -> None:
    found = here(
        noderes=[{"node": "n1", "netboot": "xnba"}],
        mac=[{"node": "n1", "mac": f"{MAC}1|{MAC}2!n1-eth1|02-00-00-00-00-0A!*NOIP*"}],
    )
    machines = pages_of(found).book.machines
    assert machines == dict.fromkeys((f"{MAC}1", f"{MAC}2", f"{MAC}a"), Machine("n1", scripted=True))


def test_servers_of_nodes_and_networks() -> None:
    found = here(
        noderes=[
            {"node": "n1", "netboot": "pxe", "tftpserver": "10.0.0.7", "xcatmaster": "10.0.0.8"},
            {"node": "n2", "netboot": "pxe", "tftpserver": "<xcatmaster>", "xcatmaster": "sn1"},
            {"node": "n3", "netboot": "pxe", "xcatmaster": "nowhere"},
        ],
        mac=[{"node": f"n{number}", "mac": f"{MAC}{number}"} for number in (1, 2, 3)],
        hosts=[{"node": "sn1", "ip": "10.0.0.2"}],
    )
    pages = pages_of(found)
    assert pages.book.machines == {
        f"{MAC}1": Machine("n1", "10.0.0.7", "pxelinux.0"),
        f"{MAC}2": Machine("n2", "10.0.0.2", "pxelinux.0"),
        f"{MAC}3": Machine("n3", silent=True),
    }
    assert pages.problems == ["n3 is told nothing: its server nowhere has no address; set hosts.ip of nowhere"]
    assert list(names_of_servers(found)) == ["nowhere"]
    assert [area.server for area in pages.book.networks.values()] == ["<xcatmaster>", "10.1.0.9"]
    assert list(pages.book.networks) == [IPv4Network("10.0.0.0/16"), IPv4Network("10.1.0.0/16")]


def test_nodes_whose_firmware_does_not_do_it_are_left_out() -> None:
    found = here(
        noderes=[{"node": "n1", "proxydhcp": "no"}, {"node": "n2", "proxydhcp": "1"}],
        mac=[{"node": "n1", "mac": f"{MAC}1"}, {"node": "n2", "mac": f"{MAC}2"}],
    )
    book = pages_of(found).book
    assert [machine.silent for machine in book.machines.values()] == [True, False]
    assert example(book)[0] == f"{MAC}2"


def test_the_digest_tells_one_book_from_another() -> None:
    one, other = (
        here([{"node": "n1", "netboot": netboot}], [{"node": "n1", "mac": f"{MAC}1"}]) for netboot in ("pxe", "xnba")
    )
    assert pages_of(one).book.digest == pages_of(one).book.digest != pages_of(other).book.digest
    assert dumped(loaded(dumped(pages_of(one).book))) == dumped(pages_of(one).book)
