"""`makedhcp` with ISC's server, which the daemon starts: machines in another network namespace ask it for their addresses."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.dhcpsite import ARM64, BIOS, HTTP, IPXE, OPAL, UEFI, Site, dhcp_site, mac


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with dhcp_site(tmp_path_factory.mktemp("isc"), "isc") as made:
        try:
            yield made
        finally:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                os.kill(number(made), signal.SIGKILL)


@pytest.fixture
def site(place: Site) -> Site:
    """All nodes are known to the server, and the tables are as at the beginning."""
    typed(place.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -a")
    return place


def number(site: Site) -> int:
    """The process number of the server."""
    return int((site.mn.root / "run/dhcpd.pid").read_text())


def conf(site: Site) -> Path:
    return site.mn.root / "etc/dhcp/dhcpd.conf"


def test_machines_get_what_the_tables_say(site: Site) -> None:
    known, stranger = site.lease(3, BIOS), site.lease(77, BIOS)
    assert (known["address"], known["next-server"]) == ("10.0.0.13", "10.0.0.1")
    options = {int(code): bytes.fromhex(value) for code, value in known["options"].items()}
    assert options[3] == bytes((10, 0, 0, 254))
    assert options[6] == options[42] == options[7] == bytes((10, 0, 0, 1))
    assert (options[12], options[15], options[26]) == (b"n3", b"c.net", (9000).to_bytes(2))
    assert options[51] == (43200).to_bytes(4)
    assert stranger["address"].startswith("10.0.200.")


def test_each_kind_of_machine_gets_its_loader(site: Site) -> None:
    assert site.file(1, BIOS) == site.file(77, BIOS) == "xcat/xnba.kpxe"
    assert site.file(1, UEFI) == site.file(77, UEFI) == "xcat/xnba.efi"
    assert site.file(77, ARM64) == "boot/grub2/grub2.aarch64"
    http = site.lease(1, HTTP, f"60={b'HTTPClient'.hex()}")
    assert http["file"] == "http://10.0.0.1/tftpboot/xcat/xnba.efi"
    assert bytes.fromhex(http["options"]["60"]) == b"HTTPClient"
    opal = bytes.fromhex(site.lease(77, OPAL)["options"]["209"])
    assert opal == b"http://10.0.0.1/tftpboot/pxelinux.cfg/p/10.0.0.0_16"


def test_ipxe_gets_the_script_of_the_node_or_of_the_network(site: Site) -> None:
    script, unknown = (f"http://10.0.0.1/tftpboot/xcat/xnba/{one}" for one in ("nodes/n2", "nets/10.0.0.0_16"))
    assert [site.file(2, BIOS, IPXE), site.file(2, UEFI, IPXE)] == [script, f"{script}.uefi"]
    assert [site.file(77, BIOS, IPXE), site.file(77, UEFI, IPXE)] == [unknown, f"{unknown}.uefi"]


def test_nodes_with_other_loaders(site: Site) -> None:
    typed(site.mn, "nodech n4 noderes.netboot=grub2", "nodech n5 noderes.netboot=petitboot", "makedhcp n4,n5")
    assert site.file(4, UEFI) == "/boot/grub2/grub2-n4"
    assert bytes.fromhex(site.lease(5, OPAL)["options"]["209"]) == b"http://10.0.0.1/tftpboot/petitboot/n5"
    typed(site.mn, "chtab -d node=n4 noderes", "chtab -d node=n5 noderes")


def test_statements_for_nodes(site: Site) -> None:
    typed(site.mn, "makedhcp n6 -s 'option root-path \"10.0.0.1:/install\";'")
    assert bytes.fromhex(site.lease(6, BIOS)["options"]["17"]) == b"10.0.0.1:/install"
    before, server = conf(site).read_bytes(), number(site)
    (said,) = site.fails("makedhcp n6 -s 'no such statement;'")
    assert said.startswith(
        "Error: [mn1]: The DHCP server refuses the new configuration and goes on with the old one: line "
    )
    assert (conf(site).read_bytes(), number(site)) == (before, server)
    assert site.lease(6, BIOS)["address"] == "10.0.0.16"


def test_a_network_behind_a_relay(site: Site) -> None:
    site.machines.up("up0", "10.0.0.2/16")
    site.machines.bridge("far0", "10.6.0.9/24")
    site.here.ip("route", "add", "10.6.0.0/24", "via", "10.0.0.2")
    try:
        typed(
            site.mn,
            "mkdef -t network far net=10.6.0.0 mask=255.255.255.0 mgtifname='!remote!up0' dynamicrange=10.6.0.200-10.6.0.210 "
            "domain=far.net gateway=10.6.0.254",
            f"nodeadd far1 groups=odd hosts.ip=10.6.0.1 mac.mac={mac(61)} noderes.netboot=xnba",
            "makedhcp -n",
            "makedhcp far1",
        )
        known, stranger = (site.lease(number, UEFI, way="10.6.0.9>10.0.0.1") for number in (61, 78))
        assert (known["address"], known["next-server"], known["file"]) == ("10.6.0.1", "10.0.0.1", "xcat/xnba.efi")
        assert bytes.fromhex(known["options"]["3"]) == bytes((10, 6, 0, 254))
        assert bytes.fromhex(known["options"]["15"]) == b"far.net"
        assert stranger["address"].startswith("10.6.0.2")
    finally:
        typed(site.mn, "rmdef -t network far", "noderm far1", "makedhcp -n")
        site.here.ip("route", "del", "10.6.0.0/24")
        site.machines.ip("link", "del", "far0")
        site.machines.ip("addr", "flush", "dev", "up0")


def test_doing_it_again_restarts_nothing(site: Site) -> None:
    before = conf(site).stat().st_ino, number(site)
    assert typed(site.mn, "makedhcp -a", "makedhcp n1-n3", "makedhcp -n") == ""
    assert (conf(site).stat().st_ino, number(site)) == before


def test_nodes_are_shown_and_removed(site: Site) -> None:
    assert typed(site.mn, "makedhcp -q n1") == f"n1: ip-address = 10.0.0.11, hardware-address = {mac(1)}\n"
    typed(site.mn, f"nodech n7 mac.mac='{mac(7)}|{mac(73)}!*NOIP*'", "makedhcp n7", "makedhcp -d n1")
    assert typed(site.mn, "makedhcp -q n1") == ""
    assert site.lease(1, BIOS)["address"].startswith("10.0.200.")
    assert site.lease(7, BIOS)["address"] == "10.0.0.17"
    assert site.lease(73, BIOS) is None
    typed(site.mn, "chtab -d node=n7 mac")


def test_a_server_that_does_not_run_is_started_by_n_only(site: Site) -> None:
    os.kill(number(site), signal.SIGKILL)
    sentence = "Error: [mn1]: dhcp server is not running.  please start the dhcp server."
    assert site.fails("makedhcp n1") == site.fails("makedhcp -q n1") == [sentence]
    defaults = site.mn.root / "etc/default/isc-dhcp-server"
    defaults.parent.mkdir()
    defaults.write_text('INTERFACESv4=""\n')
    typed(site.mn, "makedhcp -n")
    assert defaults.read_text() == 'INTERFACESv4="up0"\n'
    assert site.lease(3, BIOS)["address"] == "10.0.0.13"
