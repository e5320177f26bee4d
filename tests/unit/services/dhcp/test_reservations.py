"""What is kept for nodes, from their tables."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, ip_address

import pytest

from tests.unit.services.dhcp.site import COMPUTE, FAR, HOST, Row, site
from xcatd.objects import World
from xcatd.services.dhcp.boot import Boot, boot_of
from xcatd.services.dhcp.reservations import Found, Reservation, macs_of, macs_of_all, names_to_look_up, reservations_of
from xcatd.services.dhcp.subnets import served

GRUB_URLS = tuple(
    (kind, f"http://10.0.0.1:8080/tftpboot/boot/grub2/grub2.{arch}.efi")
    for kind, arch in ((16, "x86_64"), (19, "aarch64"))
)


def found(
    world: World, *nodes: str, resolved: dict[str, str] | None = None, statements: str = "", version: int = 4
) -> Found:
    host = replace(HOST, resolved={name: ip_address(text) for name, text in (resolved or {}).items()})
    return reservations_of(world, host, served(world, host, version), macs_of(world, nodes), statements)


def kept(world: World, *nodes: str, **resolved: str) -> list[str]:
    return [f"{one.node} {one.mac} {one.address}" for one in found(world, *nodes, resolved=resolved).reservations]


def macs(**texts: str) -> World:
    rows: list[Row] = [{"node": node, "mac": text} for node, text in texts.items()]
    return site(COMPUTE, FAR, mac=rows, nics=[{"node": "n1", "nicips": "ib0!10.0.2.1,far!10.6.0.5"}])


def test_a_node_with_the_values_of_its_group() -> None:
    assert found(site(COMPUTE), "n3").reservations == [
        Reservation(
            "n3", "02:00:00:00:00:03", IPv4Address("10.0.1.3"), boot=Boot("http://10.0.0.1/tftpboot/xcat/xnba/nodes/n3")
        )
    ]


def test_several_macs_with_and_without_names() -> None:
    text = "02-00-00-00-00-0A| 02:00:00:00:00:0b!n1-ib0 |02:00:00:00:00:0c!n1-far|02:00:00:00:00:0d!*NOIP*||!x"
    assert kept(macs(n1=text), "n1") == [
        "n1 02:00:00:00:00:0a 10.0.1.1",
        "n1 02:00:00:00:00:0b 10.0.2.1",
        "n1 02:00:00:00:00:0c 10.6.0.5",
        "n1 02:00:00:00:00:0d None",
    ]


def test_names_that_the_tables_do_not_know_are_looked_up() -> None:
    world = macs(n1="02:00:00:00:00:0a!elsewhere|02:00:00:00:00:0b!n2|02:00:00:00:00:0c!n1-ib0")
    assert list(names_to_look_up(world, macs_of(world, ["n1"]))) == ["elsewhere"]
    assert kept(world, "n1", elsewhere="10.0.9.9")[:2] == [
        "n1 02:00:00:00:00:0a 10.0.9.9",
        "n1 02:00:00:00:00:0b 10.0.1.2",
    ]
    assert found(world, "n1").unresolved == ["The hostname elsewhere of node n1 could not be resolved."]


def test_nothing_is_looked_up_that_the_tables_know() -> None:
    assert list(names_to_look_up(site(COMPUTE), macs_of(site(COMPUTE), ["n1", "n2", "sn1"]))) == []


def test_all_nodes_with_a_mac() -> None:
    assert list(macs_of_all(site(COMPUTE))) == ["n1", "n2", "n3", "n4"]
    assert list(macs_of_all(macs(n4="02:00:00:00:00:04", n2="", n1="02:00:00:00:00:01"))) == ["n1", "n4"]


@pytest.mark.parametrize("mac", ["02:00:00:00:00", "02:00:00:00:00:0g", "020000000001", "02:00-00:00:00:01", "x"])
def test_macs_that_are_none(mac: str) -> None:
    said = found(macs(n1=f"{mac}|02:00:00:00:00:01"), "n1")
    assert said.problems == [("n1", f"Invalid mac address {mac} for n1")]
    assert len(said.reservations) == 1


def test_infiniband_has_longer_ones() -> None:
    long = "80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:00:01"
    assert kept(macs(n1=long), "n1") == [f"n1 {long} 10.0.1.1"]


def test_addresses_that_cannot_be_kept() -> None:
    world = site(
        COMPUTE,
        {"net": "10.9.0.0", "mask": "255.255.0.0"},
        hosts=[
            {"node": "n1", "ip": "10.0.200.7"},
            {"node": "n2", "ip": "10.9.0.2"},
            {"node": "n3", "ip": "172.16.0.3"},
        ],
    )
    said = found(world, "n1", "n2", "n3", "n4", "sn1")
    assert said.reservations == []
    assert said.problems == [
        (
            "n1",
            "Node n1 has IP 10.0.200.7 which is inside the DHCP dynamic range. Move the node IP outside the dynamic range or "
            "adjust the range in the networks table.",
        ),
        ("n3", "Node n3 has IP 172.16.0.3, which is in no network of table networks: run makenetworks"),
    ]
    assert said.warnings == ["Unable to find mac address for sn1"]
    assert said.unresolved == ["The hostname n4 of node n4 could not be resolved."]


@pytest.mark.parametrize(
    ("row", "server"),
    [
        ({}, ""),
        ({"tftpserver": "<xcatmaster>"}, ""),
        ({"xcatmaster": "10.0.0.7"}, "10.0.0.7"),
        ({"xcatmaster": "sn1"}, "10.0.0.2"),
        ({"tftpserver": "sn1", "xcatmaster": "10.0.0.7"}, "10.0.0.2"),
        ({"tftpserver": "<xcatmaster>", "xcatmaster": "boot.net"}, "192.0.2.7"),
    ],
)
def test_the_server_of_a_node(row: dict[str, str], server: str) -> None:
    world = site(COMPUTE, noderes=[{"node": "n1", **row}])
    assert [one.server for one in found(world, "n1", resolved={"boot.net": "192.0.2.7"}).reservations] == [server]


def test_servers_that_cannot_be_found() -> None:
    world = site(COMPUTE, noderes=[{"node": "n1", "tftpserver": "gone"}, {"node": "n2", "xcatmaster": "gone"}])
    assert list(names_to_look_up(world, macs_of(world, ["n1", "n2"]))) == ["gone", "gone"]
    said = found(world, "n1", "n2")
    assert (said.reservations, [text for _, text in said.problems]) == (
        [],
        [
            "Unable to resolve the tftpserver for n1: noderes.tftpserver is gone",
            'Unable to determine the tftpserver for n2, verify "xcatmaster" is set correctly',
        ],
    )


@pytest.mark.parametrize(
    ("netboot", "boot"),
    [
        ("", Boot()),
        ("xnba", Boot("http://10.0.0.1:8080/tftpboot/xcat/xnba/nodes/n1")),
        ("pxe", Boot(file="pxelinux.0")),
        ("yaboot", Boot(file="/yb/node/yaboot-n1")),
        ("grub2", Boot(file="/boot/grub2/grub2-n1", urls=GRUB_URLS)),
        ("grub2-http", Boot(file="/boot/grub2/grub2-n1", urls=GRUB_URLS)),
        ("petitboot", Boot(options=((209, "http://10.0.0.1:8080/tftpboot/petitboot/n1"),))),
        ("onie", Boot(options=((114, "http://10.0.0.1:8080/install/onie/cumulus"),))),
    ],
)
def test_how_a_node_boots(netboot: str, boot: Boot) -> None:
    world = site(
        COMPUTE,
        keys={"httpport": "8080"},
        noderes=[{"node": "n1", "netboot": netboot}],
        nodetype=[{"node": "n1", "provmethod": "switchos"}],
        linuximage=[{"imagename": "switchos", "pkgdir": "/install/onie/cumulus,/other"}],
    )
    assert [one.boot for one in found(world, "n1").reservations] == [boot]


def test_onie_without_an_image() -> None:
    world = site(COMPUTE, noderes=[{"node": "n1", "netboot": "onie"}])
    assert found(world, "n1").reservations[0].boot.options == ((114, "http://10.0.0.1/install/onie/onie-installer"),)


BOTH: Row = {"netname": "six", "net": "fd00::", "mask": "/64", "mgtifname": "eth1"}


def of_v6(*nics: Row, **ips: str) -> World:
    return site(
        COMPUTE,
        BOTH,
        hosts=[{"node": node, "ip": ip} for node, ip in ips.items()],
        nics=nics,
        noderes=[{"node": "n1", "netboot": "xnba", "tftpserver": "10.0.0.7"}],
    )


@pytest.mark.parametrize(
    ("world", "address"),
    [
        (of_v6(n1="fd00::11"), "fd00::11"),
        (of_v6({"node": "n1", "nicips": "eth0!10.0.1.1|fd00::12"}, n1="10.0.1.1"), "fd00::12"),
        (of_v6({"node": "n1", "nicips": "eth0!10.0.9.1|fd00::12"}, n1="10.0.1.1"), ""),
        (of_v6(n1="10.0.1.1"), ""),
    ],
)
def test_ipv6_addresses_of_nodes(world: World, address: str) -> None:
    said = found(world, "n1", version=6)
    assert [str(one.address) for one in said.reservations] == [address] * bool(address)
    assert (said.problems, said.unresolved) == ([], [])


def test_an_interface_may_have_a_name_for_each_version() -> None:
    text = "02:00:00:00:00:0a|02:00:00:00:00:0a!n1-six"
    world = site(COMPUTE, BOTH, mac=[{"node": "n1", "mac": text}], nics=[{"node": "n1", "nicips": "six!fd00::5"}])
    assert [str(one.address) for one in found(world, "n1").reservations] == ["10.0.1.1"]
    assert [str(one.address) for one in found(world, "n1", version=6).reservations] == ["fd00::5"]


def test_the_resolver_is_asked_for_each_version() -> None:
    world = of_v6()
    assert [str(one.address) for one in found(world, "n1", resolved={"n1": "fd00::9"}, version=6).reservations] == [
        "fd00::9"
    ]
    assert found(world, "n1", version=6).unresolved == ["The hostname n1 of node n1 could not be resolved."]


def test_files_are_named_by_urls_in_ipv6() -> None:
    """A server that has no IPv6 address is not the one that is meant there."""
    (one,) = found(of_v6(n1="fd00::11"), "n1", version=6).reservations
    assert (one.server, one.boot) == ("", Boot("http://[fd00::1]/tftpboot/xcat/xnba/nodes/n1"))
    world = site(COMPUTE, BOTH, hosts=[{"node": "n1", "ip": "fd00::11"}], noderes=[{"node": "n1", "netboot": "grub2"}])
    assert found(world, "n1", version=6).reservations[0].boot == Boot(file="tftp://[fd00::1]/boot/grub2/grub2-n1")
    assert boot_of("n1", "petitboot", "fd00::1", "80") == boot_of("n1", "pxe", "fd00::1", "80") == Boot()
