"""`makedhcp` with Kea, see dhcpserving.py."""

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
from tests.helpers.dhcpsite import BIOS, Site, mac
from tests.helpers.program import moments
from tests.integration.dhcpcontract import KeaContract
from tests.integration.dhcpserving import DhcpContract


class TestKea(KeaContract, DhcpContract):
    servers, files = ("kea-dhcp4",), ("etc/kea/kea-dhcp4.conf",)
    script = "http://${next-server}/tftpboot/xcat/xnba/nodes/${hostname}"
    """iPXE puts its own settings into it."""

    @pytest.mark.endurance
    def test_a_real_ipxe_asks_for_the_script_of_its_node(self, site: Site, tmp_path: Path) -> None:
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

    def test_a_mac_that_moved_to_another_node_goes_with_it(self, site: Site) -> None:
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

    def test_what_the_server_refuses_does_not_replace_what_it_has(self, site: Site) -> None:
        before = self.state(site)
        typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=70000")
        (said,) = site.fails("makedhcp -n")
        typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=9000")
        assert said.startswith(
            "Error: [mn1]: The DHCP server refuses the new configuration and goes on with the old one: "
        )
        assert "interface-mtu" in said or "70000" in said
        assert self.state(site) == before
        assert site.lease(3, BIOS)["address"] == "10.0.0.13"

    def test_words_that_make_no_sense_together(self, site: Site) -> None:
        assert site.fails("makedhcp -q n1 -d") == ["Error: [mn1]: The -q option cannot be used with other options."]
        assert site.fails("makedhcp -n -a") == ["Error: [mn1]: The -n option cannot be used with other options."]
        (said,) = site.fails("makedhcp n1 -s 'option foo 1;'")
        assert said.endswith("this host has Kea: set site.dhcpbackend to isc")

    def test_the_rights_that_the_unit_leaves_are_enough(self, site: Site) -> None:
        """Kea's packages run it under an account of its own: its socket is that account's."""
        rights = ",".join(("-all", *capabilities()))
        site.mn.stop()
        site.mn.before = (*site.here.before, "setpriv", "--no-new-privs", "--bounding-set", rights)
        site.mn.start(wait=False)
        until(lambda: site.mn.run("nodels").returncode == 0, "its tables")
        socket = site.mn.root / "run/kea/kea4-ctrl-socket"
        os.chown(socket, 65534, 65534)
        socket.chmod(0o755)
        typed(site.mn, "makedhcp -d n3")
        assert typed(site.mn, "makedhcp -q n3") == ""


@contextlib.contextmanager
def http_server(site: Site, folder: Path) -> Iterator[Path]:
    """Gives out a folder on the management node's address; yields its log."""
    path = folder / "http.log"
    words = [sys.executable, "-u", "-m", "http.server", "80", "--bind", "10.0.0.1", "--directory", str(folder)]
    with path.open("wb") as log, running([*site.here.before, *words], log):
        until(lambda: "Serving HTTP" in path.read_text(), "the server")
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


def capabilities() -> list[str]:
    """Those that the unit leaves, as setpriv spells them."""
    unit = (SOURCE / "systemd/xcatd.service").read_text()
    found = re.findall(r"^CapabilityBoundingSet=(.*)", unit, re.MULTILINE)[0]
    return [f"+{name.removeprefix('cap_')}" for name in found.lower().split()]
