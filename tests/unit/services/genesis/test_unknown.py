"""Files for machines that nobody knows: which networks, under which names, with whose address."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import IPv4Network, ip_address, ip_network
from pathlib import Path

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.objects import World, world_of
from xcatd.services.boot.arguments import Site
from xcatd.services.dhcp.host import Host
from xcatd.services.genesis.unknown import Image, Served, grub_names, served_here, unknown_files

NET = Served(ip_network("10.0.0.0/16"), "10.0.0.1")
ALL = Image(("x86_64", "x86", "aarch64", "ppc64"), Site(), ("0", "115200", ""), "10.0.0.1")
IPXE = """\
#!ipxe
#discover
imgfetch --name kernel http://10.0.0.1/tftpboot/xcat/genesis.kernel.x86_64 initrd=initrd quiet xcatd=10.0.0.1:3001 \
destiny=discover console=tty0 console=ttyS0,115200 BOOTIF=01-${netX/mac:hexhyp}
imgfetch --name initrd http://10.0.0.1/tftpboot/xcat/genesis.fs.x86_64.gz
imgexec kernel
"""


@pytest.mark.parametrize(
    ("network", "names"),
    [
        ("10.0.0.0/16", ["0A00"]),
        ("10.0.4.0/22", ["0A0004", "0A0005", "0A0006", "0A0007"]),
        ("10.0.0.128/25", ["0A00008 0A00009 0A0000A 0A0000B 0A0000C 0A0000D 0A0000E 0A0000F"]),
        ("10.0.0.7/32", ["0A000007"]),
        ("0.0.0.0/0", []),
    ],
)
def test_what_grub_looks_for(network: str, names: list[str]) -> None:
    assert list(grub_names(IPv4Network(network))) == [f"grub.cfg-{name}" for text in names for name in text.split()]


def test_a_network_of_ipv4() -> None:
    files = unknown_files(NET, ALL)
    nets = "xcat/xnba/nets"
    assert set(files) == {
        (nets, "10.0.0.0_16"),
        (nets, "10.0.0.0_16.uefi"),
        ("boot/grub2", "grub.cfg-0A00"),
        ("pxelinux.cfg/p", "10.0.0.0_16"),
    }
    assert files[nets, "10.0.0.0_16"] == files[nets, "10.0.0.0_16.uefi"] == IPXE
    assert "kernel http://10.0.0.1/tftpboot/xcat/genesis.kernel.ppc64\n" in files["pxelinux.cfg/p", "10.0.0.0_16"]


def test_grub_takes_the_image_of_its_kind_of_machine(tmp_path: Path) -> None:
    text = unknown_files(NET, ALL)["boot/grub2", "grub.cfg-0A00"]
    parts = dict(part.split("; then\n", 1) for part in text.split("\nif [ ")[1:])
    assert {
        tests: [arch for arch in ALL.arches if f"genesis.kernel.{arch} " in part] for tests, part in parts.items()
    } == {
        '"$grub_cpu" = "x86_64" -o "$grub_cpu" = "i386" ]': ["x86_64"],
        '"$grub_cpu" = "arm64" ]': ["aarch64"],
        '"$grub_cpu" = "powerpc" ]': ["ppc64"],
    }
    assert text.count(" BOOTIF=01-$net_default_mac") == 3
    path = tmp_path / "grub.cfg"
    path.write_text(text)
    checker = shutil.which("grub-script-check", path="/usr/bin:/usr/sbin")
    assert checker and subprocess.run([checker, path], capture_output=True, text=True).stderr == ""


def test_a_network_of_ipv6() -> None:
    files = unknown_files(Served(ip_network("fd00::/64"), "fd00::1"), ALL)
    [(place, text)] = files.items()
    assert place == ("xcat/xnba/nets", "fd00::_64.uefi")
    assert "http://[fd00::1]/tftpboot/xcat/genesis.kernel.x86_64" in text


def test_where_only_the_loader_knows_who_serves() -> None:
    files = unknown_files(Served(NET.network), ALL)
    assert "http://${next-server}/tftpboot/" in files["xcat/xnba/nets", "10.0.0.0_16"]
    assert "xcatd=${next-server}:3001" in files["xcat/xnba/nets", "10.0.0.0_16"]
    assert "xcatd=$net_default_server:3001" in files["boot/grub2", "grub.cfg-0A00"]


def test_kernels_from_another_server() -> None:
    text = unknown_files(Served(NET.network, "10.0.0.1", "10.0.0.9"), ALL)["xcat/xnba/nets", "10.0.0.0_16"]
    assert "http://10.0.0.9/tftpboot/" in text and "xcatd=10.0.0.1:3001" in text


def test_only_what_is_there() -> None:
    assert {folder for folder, _ in unknown_files(NET, Image(("aarch64",), Site()))} == {"boot/grub2"}
    thirty_two = unknown_files(NET, Image(("x86",), Site()))
    assert "genesis.kernel.x86 " in thirty_two["xcat/xnba/nets", "10.0.0.0_16"]


HOST = Host(
    "mn1",
    True,
    {"eth0": [ip_address("10.0.0.1")], "eth1": [ip_address("10.1.0.1")], "eth2": [ip_address("10.2.0.1")]},
    [(ip_network(f"10.{number}.0.0/16"), f"eth{number}") for number in range(3)],
)


def world(**site: str) -> World:
    nets = [(f"10.{number}.0.0", "") for number in (0, 1, 3)] + [("10.8.0.0", "!remote!eth2")]
    return world_of(
        snapshot_of(
            networks=[{"net": net, "mask": "255.255.0.0", "mgtifname": way} for net, way in nets],
            site=[{"key": key, "value": value} for key, value in site.items()],
        )
    )


def seen(found: World, *, everything: bool = False) -> dict[str, str]:
    return {one.label: one.own for one in served_here(found, HOST, everything=everything)}


def test_networks_of_this_host_and_those_behind_a_relay() -> None:
    assert seen(world()) == {"10.0.0.0_16": "10.0.0.1", "10.1.0.0_16": "10.1.0.1", "10.8.0.0_16": "10.2.0.1"}


def test_with_a_shared_folder_those_of_service_nodes_too() -> None:
    assert seen(world(), everything=True)["10.3.0.0_16"] == ""


def test_where_discovery_is_not_wished() -> None:
    assert seen(world(dhcpinterfaces="mn1|eth0,eth1:noboot,eth2")).keys() == {"10.0.0.0_16", "10.8.0.0_16"}
