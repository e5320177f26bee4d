"""DHCPv6 with Kea, see dhcp6serving.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.dhcpsite import BIOS, Site, dhcp_site, mac
from tests.integration.dhcp6serving import Dhcp6Contract
from tests.integration.dhcpcontract import KeaContract

HIDDEN = ("unshare", "--mount", "sh", "-c", 'mount --bind /dev/null /usr/sbin/kea-dhcp6 && exec "$@"', "sh")
"""Before a command: for it the program of the server is not there."""


class TestKea(KeaContract, Dhcp6Contract):
    servers = ("kea-dhcp4", "kea-dhcp6")
    files = ("etc/kea/kea-dhcp4.conf", "etc/kea/kea-dhcp6.conf")
    script = "http://[fd00::1]/tftpboot/xcat/xnba/nodes/${hostname}.uefi"
    """iPXE puts its own setting into it."""

    def test_what_one_server_refuses_leaves_both_as_they_are(self, site: Site) -> None:
        before = self.state(site)
        typed(site.mn, "chdef -t network six dynamicrange='fd00::100-fd00::1ff;fd00::180-fd00::2ff'")
        typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=1400")
        (said,) = site.fails("makedhcp -n")
        assert said.startswith(
            "Error: [mn1]: The DHCP server refuses the new configuration and goes on with the old one: "
        )
        assert self.state(site) == before
        typed(site.mn, "chdef -t network six dynamicrange=fd00::100-fd00::1ff")
        typed(site.mn, "chtab net=10.0.0.0,mask=255.255.0.0 networks.mtu=9000")

    def test_a_mac_without_an_address_gets_none(self, site: Site) -> None:
        typed(site.mn, f"nodech n7 mac.mac='{mac(7)}|{mac(73)}!*NOIP*'", "makedhcp n7")
        assert site.lease6(7)["address"] == "fd00::17"
        assert site.is_ignored6(73)
        typed(site.mn, "chtab -d node=n7 mac")

    def test_an_address_that_became_another_machines_is_taken_back(self, site: Site) -> None:
        assert site.lease6(2)["address"] == "fd00::12"
        typed(site.mn, f"nodech n1 mac.mac={mac(51)}", f"nodech n2 mac.mac={mac(1)}")
        said = site.mn.run("makedhcp", "n2").stderr
        assert f"fd00::12, which is kept for {mac(1)}, was on lease to {mac(2)}: the lease is taken back" in said
        assert site.lease6(1)["address"] == "fd00::12"
        typed(site.mn, "chtab -d node=n1 mac", "chtab -d node=n2 mac")
        site.mn.run("makedhcp", "n1,n2")


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A management node on which no server for IPv6 is installed."""
    with dhcp_site(tmp_path_factory.mktemp("without"), "kea", v6=True, apart=HIDDEN) as made:
        yield made


def test_a_server_that_is_not_installed_is_named_and_ipv4_goes_on(without: Site, tmp_path: Path) -> None:
    sentence = (
        "Warning: [mn1]: No DHCPv6 server is installed (kea-dhcp6), and IPv6 networks are not served: install the package "
        "kea-dhcp6-server (Debian, Ubuntu) or kea (RHEL, SLES)\n"
    )
    for words in (["-n"], ["-a"]):
        done = without.mn.run("makedhcp", *words)
        assert (done.stdout, done.stderr, done.returncode) == ("", sentence, 0)
    assert without.lease(3, BIOS)["address"] == "10.0.0.13"
    assert not (without.mn.root / "etc/kea/kea-dhcp6.conf").exists()
    assert typed(without.mn, "makedhcp -q n3") == f"n3: ip-address = 10.0.0.13, hardware-address = {mac(3)}\n"
