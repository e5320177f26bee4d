"""What machines in a network namespace get by DHCPv6 from a server that a real daemon in another one keeps beside that for IPv4:
the same with both servers."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.dhcpclient import dhclient
from tests.helpers.dhcpsite import BIOS, Site, mac
from tests.integration.dhcpcontract import ServingContract, relayed

UEFI, UEFI_BC, ARM64, HTTP, HTTP_ARM64 = (f"61={number:04x}" for number in (7, 9, 11, 16, 19))
IPXE = f"15=0004{b'iPXE'.hex()}"
LOADERS = {
    UEFI: "tftp://[fd00::1]/xcat/xnba.efi",
    UEFI_BC: "tftp://[fd00::1]/xcat/xnba.efi",
    ARM64: "tftp://[fd00::1]/boot/grub2/grub2.aarch64",
}
NETWORK = "http://[fd00::1]/tftpboot/xcat/xnba/nets/fd00::_64.uefi"
V6_NOT_RUNNING = (
    "Error: [mn1]: The DHCPv6 server is not running, and nothing has changed for IPv6: run makedhcp -n to start it"
)


class Dhcp6Contract(ServingContract):
    v6 = True

    def test_machines_get_what_the_tables_say(self, site: Site) -> None:
        known, stranger = site.lease6(3), site.lease6(77)
        assert known["address"] == "fd00::13"
        assert stranger["address"].startswith("fd00::1")
        assert len(stranger["address"]) == len("fd00::100")
        server = "fd" + "0" * 29 + "1"
        for told in (known, stranger):
            assert (told["options"]["23"], told["options"]["31"]) == (server, server)
            assert bytes.fromhex(told["options"]["24"]) == b"\x01c\x03net\x00"
        assert site.lease(3, BIOS)["address"] == "10.0.0.13"

    def test_each_kind_of_machine_gets_its_loader(self, site: Site) -> None:
        for number in (1, 77):
            assert {firmware: site.lease6(number, firmware)["file"] for firmware in LOADERS} == LOADERS

    def test_firmware_that_speaks_http_gets_urls(self, site: Site) -> None:
        for firmware, file in ((HTTP, "xcat/xnba.efi"), (HTTP_ARM64, "boot/grub2/grub2.aarch64.efi")):
            for number in (1, 77):
                told = site.lease6(number, firmware)
                assert told["file"] == f"http://[fd00::1]/tftpboot/{file}"
                assert bytes.fromhex(told["options"]["16"])[6:] == b"HTTPClient"

    def test_ipxe_gets_the_script_of_the_node_or_of_the_network(self, site: Site) -> None:
        for number, script in ((2, self.script), (77, NETWORK)):
            assert [site.lease6(number, IPXE, *more)["file"] for more in ((), (UEFI,))] == [script, script]

    def test_nodes_with_another_loader(self, site: Site) -> None:
        typed(site.mn, "nodech n4 noderes.netboot=grub2", "makedhcp n4")
        assert site.lease6(4, UEFI)["file"] == "tftp://[fd00::1]/boot/grub2/grub2-n4"
        typed(site.mn, "chtab -d node=n4 noderes")

    def test_a_client_of_the_distribution_gets_its_address(self, site: Site, tmp_path: Path) -> None:
        site.machines.ip("link", "set", "up0", "address", mac(8))
        site.here.ip("neigh", "flush", "dev", "up0")  # the link-local address has another MAC now
        told = dhclient(site.machines, tmp_path, "-6")
        assert told["new_ip6_address"] == "fd00::18"
        assert told["new_dhcp6_name_servers"] == "fd00::1"
        assert told["new_dhcp6_domain_search"] == "c.net."

    def test_a_network_behind_a_relay(self, site: Site) -> None:
        network = "net=fd00:6:: mask=/64 dynamicrange=fd00:6::200/120"
        with relayed(site, "fd00::2/64", "fd00:6::9/64", network, "fd00:6::1"):
            known, stranger = (site.lease6(number, UEFI, way="fd00:6::9>fd00::1") for number in (61, 78))
            assert (known["address"], known["file"]) == ("fd00:6::1", LOADERS[UEFI])
            assert bytes.fromhex(known["options"]["24"]).startswith(b"\x03far\x03net\x00")
            assert stranger["address"].startswith("fd00:6::2")

    def test_nodes_are_shown_and_removed_from_both(self, site: Site) -> None:
        assert typed(site.mn, "makedhcp -q n1").splitlines() == [
            f"n1: ip-address = {address}, hardware-address = {mac(1)}" for address in ("10.0.0.11", "fd00::11")
        ]
        typed(site.mn, "makedhcp -d n1")
        assert typed(site.mn, "makedhcp -q n1") == ""
        assert site.lease(1, BIOS)["address"].startswith("10.0.200.")
        assert len(site.lease6(1)["address"]) == len("fd00::100")
        assert site.lease6(2)["address"] == "fd00::12"

    def test_a_change_of_one_version_leaves_the_other_server_alone(self, site: Site) -> None:
        before = self.state(site)
        typed(site.mn, "chdef n1 nicips.up0='10.0.0.11|fd00::51'", "makedhcp n1")
        after = self.state(site)
        assert site.lease6(1)["address"] == "fd00::51"
        typed(site.mn, "chdef n1 nicips.up0='10.0.0.11|fd00::11'")
        assert after[0] == before[0]
        assert after[1] != before[1]

    def test_a_node_with_an_ipv6_address_only(self, site: Site) -> None:
        typed(site.mn, f"nodeadd six1 groups=odd hosts.ip=fd00::61 mac.mac={mac(62)}", "makedhcp six1")
        assert typed(site.mn, "makedhcp -q six1") == f"six1: ip-address = fd00::61, hardware-address = {mac(62)}\n"
        typed(site.mn, "makedhcp -d six1", f"nodech six1 hosts.ip=fd00::1ff mac.mac={mac(62)}")
        (said,) = site.fails("makedhcp six1")
        assert said.startswith("Error: [mn1]: Node six1 has IP fd00::1ff which is inside the DHCP dynamic range.")
        typed(site.mn, "noderm six1")

    def test_a_server_that_has_died_does_not_hold_up_ipv4(self, site: Site) -> None:
        os.kill(site.process(self.servers[1]), signal.SIGKILL)
        typed(site.mn, f"nodech n1 mac.mac={mac(51)}")
        until(lambda: V6_NOT_RUNNING in site.mn.run(*shlex.split("makedhcp n1")).stderr, "the daemon to see it")
        assert site.lease(51, BIOS)["address"] == "10.0.0.11"
        typed(site.mn, "chtab -d node=n1 mac", "makedhcp -n")
        site.mn.run("makedhcp", "n1")
        assert site.lease6(1)["address"] == "fd00::11"

    def test_a_network_that_goes_is_served_no_more(self, site: Site) -> None:
        typed(site.mn, "chtab -d netname=six networks", "makedhcp -n")
        try:
            assert site.is_ignored6(3)
            assert site.lease(3, BIOS)["address"] == "10.0.0.13"
            assert typed(site.mn, "makedhcp -n", "makedhcp -a") == ""
        finally:
            typed(site.mn, "mkdef -t network six net=fd00:: mask=/64 mgtifname=up0 dynamicrange=fd00::100-fd00::1ff")
        assert site.mn.run("makedhcp", "n3").stderr.count("run makedhcp -n") == 1
        typed(site.mn, "makedhcp -n", "makedhcp -a")
        assert site.lease6(3)["address"] == "fd00::13"
