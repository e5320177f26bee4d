"""`makedhcp` through a real daemon in a network namespace: machines in another one ask Kea for their addresses."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import SOURCE
from tests.helpers.dhcpsite import ARM64, BIOS, HTTP, IPXE, OPAL, UEFI, Site, dhcp_site, mac
from tests.helpers.program import moments
from tests.simulators.kea import Kea, kea

FILES = "http://${next-server}/tftpboot/xcat/xnba/nodes/${hostname}"
"""How Kea names a node's script; iPXE puts its own settings into it."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with dhcp_site(tmp_path_factory.mktemp("dhcp"), "kea") as made:
        yield made


@pytest.fixture(scope="module")
def kea_server(place: Site) -> Iterator[Kea]:
    with kea(place.mn.root, place.here.before) as server:
        yield server


@pytest.fixture
def site(place: Site, kea_server: Kea) -> Site:
    """All nodes are known to the server, and the tables are as at the beginning."""
    typed(place.mn, "makedhcp -n", "makedhcp -a -d", "makedhcp -a")
    return place


def test_machines_get_what_the_tables_say(site: Site) -> None:
    known, stranger = site.lease(3, BIOS), site.lease(77, BIOS)
    assert known["address"] == "10.0.0.13"
    assert known["next-server"] == "10.0.0.1"
    options = {int(code): bytes.fromhex(value) for code, value in known["options"].items()}
    assert options[3] == bytes((10, 0, 0, 254))
    assert options[6] == options[42] == options[7] == bytes((10, 0, 0, 1))
    assert options[12] == b"n3"
    assert options[15] == b"c.net"
    assert options[26] == (9000).to_bytes(2)
    assert options[51] == (43200).to_bytes(4)
    assert stranger["address"] == "10.0.200.1"


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
    assert site.file(2, BIOS, IPXE) == FILES
    assert site.file(2, UEFI, IPXE) == f"{FILES}.uefi"
    assert site.file(2, UEFI, f"77={b'xNBA'.hex()}") == f"{FILES}.uefi"
    assert site.file(2, UEFI, f"77=04{b'iPXE'.hex()}") == f"{FILES}.uefi"
    unknown = "http://10.0.0.1/tftpboot/xcat/xnba/nets/10.0.0.0_16"
    assert site.file(77, BIOS, IPXE) == unknown
    assert site.file(77, UEFI, IPXE) == f"{unknown}.uefi"


def test_nodes_with_other_loaders(site: Site) -> None:
    typed(
        site.mn,
        "nodech n4 noderes.netboot=grub2",
        "nodech n5 noderes.netboot=petitboot",
        "nodech n6 noderes.netboot=pxe",
    )
    typed(site.mn, "nodech n6 noderes.tftpserver=10.0.0.7", "makedhcp n4,n5,n6")
    assert site.file(4, UEFI) == site.file(4, BIOS) == "/boot/grub2/grub2-n4"
    assert bytes.fromhex(site.lease(5, OPAL)["options"]["209"]) == b"http://10.0.0.1/tftpboot/petitboot/n5"
    other = site.lease(6, BIOS)
    assert (other["file"], other["next-server"]) == ("pxelinux.0", "10.0.0.7")
    typed(site.mn, *(f"chtab -d node=n{number} noderes" for number in (4, 5, 6)))


def test_a_client_of_the_distribution_takes_it(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\nenv >>{tmp_path}/told\n")
    script.chmod(0o755)
    (tmp_path / "conf").write_text(
        f"request; send dhcp-lease-time 60; option arch code 93 = unsigned integer 16; send arch 7;\n"
        f'interface "up0" {{ hardware ethernet {mac(8)}; }}\n'
    )
    site.machines.ip("link", "set", "up0", "address", mac(8))
    words = ["dhclient", "-1", "-4", "-d", "-cf", str(tmp_path / "conf"), "-lf", str(tmp_path / "leases")]
    words += ["-pf", str(tmp_path / "pid"), "-sf", str(script), "up0"]
    client = subprocess.Popen([*site.machines.before, *words], stderr=subprocess.DEVNULL)
    try:
        until(
            lambda: "new_ip_address=" in ((tmp_path / "told").read_text() if (tmp_path / "told").exists() else ""),
            "a lease",
        )
    finally:
        client.kill()
        client.wait()
    told = dict(line.split("=", 1) for line in (tmp_path / "told").read_text().splitlines() if "=" in line)
    assert told["new_ip_address"] == "10.0.0.18"
    assert told["new_filename"] == "xcat/xnba.efi"
    assert told["new_next_server"] == "10.0.0.1"


@pytest.mark.endurance
def test_a_real_ipxe_asks_for_the_script_of_its_node(site: Site, tmp_path: Path) -> None:
    """The ROM of QEMU's network card puts its own settings into the name of the script."""
    script = tmp_path / "tftpboot/xcat/xnba/nodes/n2"
    script.parent.mkdir(parents=True)
    script.write_text("#!ipxe\nshell\n")
    with (
        http_server(site, tmp_path) as log,
        plugged_in(site) as tap,
        machine(site, tap, mac(2), tmp_path / "console") as console,
    ):
        for _ in moments(f"iPXE to ask for its script; its console: {console}"):
            if "GET /tftpboot/xcat/xnba/nodes/n2 " in log.read_text():
                break


@contextlib.contextmanager
def http_server(site: Site, folder: Path) -> Iterator[Path]:
    """Gives out a folder on the management node's address; yields its log."""
    path = folder / "http.log"
    words = [sys.executable, "-u", "-m", "http.server", "80", "--bind", "10.0.0.1", "--directory", str(folder)]
    with path.open("wb") as log, running([*site.here.before, *words], log):
        yield path


@contextlib.contextmanager
def plugged_in(site: Site) -> Iterator[str]:
    """A tap on the network of the machines."""
    site.machines.ip("tuntap", "add", "tap0", "mode", "tap")
    site.machines.bridge("br0")
    for interface in ("tap0", "up0"):
        site.machines.ip("link", "set", interface, "master", "br0", "up")
    try:
        yield "tap0"
    finally:
        site.machines.ip("link", "set", "up0", "nomaster")
        site.machines.ip("link", "del", "br0")
        site.machines.ip("link", "del", "tap0")


@contextlib.contextmanager
def machine(site: Site, tap: str, address: str, console: Path) -> Iterator[Path]:
    """QEMU with nothing but a network card with its ROM; yields what its console shows."""
    words = [
        "qemu-system-x86_64",
        "-machine",
        "q35,graphics=off",
        "-accel",
        "tcg,tb-size=64",
        "-m",
        "256",
        "-nodefaults",
    ]
    words += ["-no-user-config", "-display", "none", "-serial", f"file:{console}"]
    words += ["-netdev", f"tap,id=n,ifname={tap},script=no,downscript=no"]
    words += ["-device", f"virtio-net-pci,netdev=n,mac={address},bootindex=1"]
    with running([*site.machines.before, *words], subprocess.DEVNULL):
        yield console


@contextlib.contextmanager
def running(words: Sequence[str], output: IO[bytes] | int) -> Iterator[None]:
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.kill()
        process.wait()


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


def test_doing_it_again_sends_nothing(site: Site, kea_server: Kea) -> None:
    before = kea_server.conf.stat(), kea_server.times_configured()
    assert typed(site.mn, "makedhcp -a", "makedhcp n1-n3", "makedhcp -n") == ""
    after = kea_server.conf.stat(), kea_server.times_configured()
    assert (after[0].st_ino, after[1]) == (before[0].st_ino, before[1])


def test_nodes_are_shown_and_removed(site: Site) -> None:
    shown = typed(site.mn, "makedhcp -q n1,n2")
    assert shown.splitlines() == [
        f"n{number}: ip-address = 10.0.0.1{number}, hardware-address = {mac(number)}" for number in (1, 2)
    ]
    typed(site.mn, "makedhcp -d n1")
    assert typed(site.mn, "makedhcp -q n1") == ""
    assert site.lease(1, BIOS)["address"].startswith("10.0.200.")
    assert site.lease(2, BIOS)["address"] == "10.0.0.12"


def test_a_mac_without_an_address_gets_none(site: Site) -> None:
    typed(site.mn, f"nodech n7 mac.mac='{mac(7)}|{mac(73)}!*NOIP*'", "makedhcp n7")
    assert site.lease(7, BIOS)["address"] == "10.0.0.17"
    assert site.lease(73, BIOS) is None
    typed(site.mn, "chtab -d node=n7 mac")


def test_several_macs_and_names(site: Site) -> None:
    typed(
        site.mn,
        "nodeadd two groups=odd hosts.ip=10.0.1.2",
        "chdef two nicips.ib0=10.0.77.2",
        f"nodech two mac.mac='{mac(70)}|{mac(71)}|{mac(72)}!two-ib0'",
        "makedhcp two",
    )
    assert [site.lease(number, BIOS)["address"] for number in (71, 72)] == ["10.0.1.2", "10.0.77.2"]
    assert len(typed(site.mn, "makedhcp -q two", "makedhcp -q two").splitlines()) == 3
    typed(site.mn, "makedhcp -d two", "noderm two")


def test_a_dry_run_shows_the_difference_and_changes_nothing(site: Site, kea_server: Kea) -> None:
    before = kea_server.conf.read_bytes()
    shown = typed(site.mn, "makedhcp -d n2 --dry-run").splitlines()
    assert [line for line in shown[2:] if line[0] in "-+"] == [
        f'-{{"hw-address": "{mac(2)}", "ip-address": "10.0.0.12", "hostname": "n2", "client-classes": ["xcat-scripted"], '
        '"user-context": {"xcat": "n2"}},'
    ]
    assert kea_server.conf.read_bytes() == before


def test_what_is_wrong_with_some_nodes_does_not_stop_the_rest(site: Site) -> None:
    typed(
        site.mn,
        "nodeadd bad[1-7] groups=odd",
        f"nodech bad1 hosts.ip=10.0.0.13 mac.mac={mac(41)}",
        f"nodech bad2 hosts.ip=10.0.5.2 mac.mac={mac(3)}",
        f"nodech bad3 hosts.ip=10.0.200.5 mac.mac={mac(43)}",
        f"nodech bad4 hosts.ip=192.0.2.4 mac.mac={mac(44)}",
        "nodech bad5 hosts.ip=10.0.5.5",
        f"nodech bad6 mac.mac={mac(46)}",
        f"nodech bad7 hosts.ip=10.9.0.7 mac.mac={mac(47)}",
        "makedhcp -d n9",
    )
    said = site.fails("makedhcp odd,n9")
    typed(site.mn, "noderm odd")
    assert said == [
        "Warning: [mn1]: Unable to find mac address for bad5",
        "Warning: [mn1]: The hostname bad6 of node bad6 could not be resolved.",
        "Error: [mn1]: Node bad3 has IP 10.0.200.5 which is inside the DHCP dynamic range. Move the node IP outside the dynamic "
        "range or adjust the range in the networks table.",
        "Error: [mn1]: Node bad4 has IP 192.0.2.4, which is in no network of table networks: run makenetworks",
        "Error: [mn1]: Node bad1 has the IP address 10.0.0.13 of node n3: correct table hosts",
        f"Error: [mn1]: Node bad2 has the MAC address {mac(3)} of node n3: correct table mac",
    ]
    assert site.lease(9, BIOS)["address"] == "10.0.0.19"


def test_a_mac_that_moved_to_another_node_goes_with_it(site: Site) -> None:
    assert site.lease(2, BIOS)["address"] == "10.0.0.12"
    typed(site.mn, f"nodech n1 mac.mac={mac(51)}", f"nodech n2 mac.mac={mac(1)}")
    done = site.mn.run("makedhcp", "n2")
    assert (done.stdout, done.returncode) == ("", 0)
    assert done.stderr == (
        f"Warning: [mn1]: 10.0.0.12, which is kept for {mac(1)}, was on lease to {mac(2)}: the lease is taken back, and that "
        "machine has the address until it asks again\n"
    )
    assert site.lease(1, BIOS)["address"] == "10.0.0.12"
    assert site.lease(2, BIOS)["address"].startswith("10.0.200.")
    typed(site.mn, "chtab -d node=n1 mac", "chtab -d node=n2 mac")
    site.mn.run("makedhcp", "n1,n2")


def test_what_the_server_refuses_does_not_replace_what_it_has(site: Site, kea_server: Kea) -> None:
    before = kea_server.conf.read_bytes()
    typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=70000")
    (said,) = site.fails("makedhcp -n")
    typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=9000")
    assert said.startswith("Error: [mn1]: The DHCP server refuses the new configuration and goes on with the old one: ")
    assert "interface-mtu" in said or "70000" in said
    assert kea_server.conf.read_bytes() == before
    assert site.lease(3, BIOS)["address"] == "10.0.0.13"


def test_a_server_that_does_not_run(site: Site, kea_server: Kea) -> None:
    kea_server.stop()
    sentence = "Error: [mn1]: dhcp server is not running.  please start the dhcp server."
    try:
        assert site.fails("makedhcp n1") == site.fails("makedhcp -q n1") == [sentence]
        typed(site.mn, "chtab key=dhcplease site.value=600")
        (said,) = site.fails("makedhcp -n")
        assert said == f"{sentence} The new configuration is in {kea_server.conf}."
    finally:
        kea_server.start()
        typed(site.mn, "chtab -d key=dhcplease site")
    assert bytes.fromhex(site.lease(3, BIOS)["options"]["51"]) == (600).to_bytes(4)


def test_words_that_make_no_sense_together(site: Site) -> None:
    assert site.fails("makedhcp -q n1 -d") == ["Error: [mn1]: The -q option cannot be used with other options."]
    assert site.fails("makedhcp -n -a") == ["Error: [mn1]: The -n option cannot be used with other options."]
    (said,) = site.fails("makedhcp n1 -s 'option foo 1;'")
    assert said.endswith("this host has Kea: set site.dhcpbackend to isc")


def test_interfaces_and_gateways_that_are_not_there(site: Site) -> None:
    typed(
        site.mn,
        "chtab key=dhcpinterfaces site.value='mn1|up0,eth7'",
        "chtab net=10.0.0.0,mask=255.255.0.0 networks.gateway=10.7.0.1",
    )
    said = site.fails("makedhcp -n")
    typed(
        site.mn,
        "chtab key=dhcpinterfaces site.value='mn1|up0'",
        "chtab net=10.0.0.0,mask=255.255.0.0 networks.gateway=10.0.0.254",
    )
    assert said == [
        "Error: [mn1]: site.dhcpinterfaces names eth7, an interface that this host does not have",
        "Error: [mn1]: Specified gateway 10.7.0.1 is not valid for 10.0.0.0/255.255.0.0, must be on same network",
    ]
    assert "3" not in site.lease(3, BIOS)["options"]


def test_the_rights_that_the_unit_leaves_are_enough(site: Site, kea_server: Kea) -> None:
    """Kea's packages run it under an account of its own: its socket is that account's."""
    rights = ",".join(("-all", *capabilities()))
    site.mn.stop()
    site.mn.before = (*site.here.before, "setpriv", "--no-new-privs", "--bounding-set", rights)
    site.mn.start(wait=False)
    until(lambda: site.mn.run("nodels").returncode == 0, "its tables")
    os.chown(kea_server.socket, 65534, 65534)
    kea_server.socket.chmod(0o755)
    typed(site.mn, "makedhcp -d n3")
    assert typed(site.mn, "makedhcp -q n3") == ""


def capabilities() -> list[str]:
    """Those that the unit leaves, as setpriv spells them."""
    unit = (SOURCE / "systemd/xcatd.service").read_text()
    found = re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.MULTILINE)[0]
    return [f"+{name.removeprefix('cap_')}" for name in found.lower().split()]
