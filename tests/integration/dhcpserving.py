"""What machines in a network namespace get from a DHCP server that a real daemon in another one keeps, and what is said to the one
who types `makedhcp`: the same with both servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.helpers.alone import typed, until
from tests.helpers.cluster import environment
from tests.helpers.dhcpclient import dhclient
from tests.helpers.dhcpsite import ARM64, BIOS, HTTP, HTTP_ARM64, IPXE, OPAL, POWER, UEFI, UEFI_BC, Site, mac
from tests.integration.dhcpcontract import ServingContract, relayed

NOT_RUNNING = "Error: [mn1]: dhcp server is not running.  please start the dhcp server."
HTTP_CLIENT = f"60={b'HTTPClient'.hex()}"
NETWORK = "http://10.0.0.1/tftpboot/xcat/xnba/nets/10.0.0.0_16"
FIRST_STAGE = {
    BIOS: "xcat/xnba.kpxe",
    UEFI: "xcat/xnba.efi",
    UEFI_BC: "xcat/xnba.efi",
    ARM64: "boot/grub2/grub2.aarch64",
    POWER: "/boot/grub2/grub2.ppc",
}
"""What firmware of each kind loads, of nodes and of other machines."""


class DhcpContract(ServingContract):
    def test_machines_get_what_the_tables_say(self, site: Site) -> None:
        known, stranger = site.lease(3, BIOS), site.lease(77, BIOS)
        assert (known["address"], known["next-server"]) == ("10.0.0.13", "10.0.0.1")
        options = {int(code): bytes.fromhex(value) for code, value in known["options"].items()}
        assert options[3] == bytes((10, 0, 0, 254))
        assert options[6] == options[42] == options[7] == bytes((10, 0, 0, 1))
        assert (options[12], options[15], options[26]) == (b"n3", b"c.net", (9000).to_bytes(2))
        assert options[51] == (43200).to_bytes(4)
        assert stranger["address"].startswith("10.0.200.")

    def test_each_kind_of_machine_gets_its_loader(self, site: Site) -> None:
        for number in (1, 77):
            assert {firmware: site.file(number, firmware) for firmware in FIRST_STAGE} == FIRST_STAGE

    def test_firmware_that_speaks_http_gets_urls(self, site: Site) -> None:
        for firmware, file in ((HTTP, "xcat/xnba.efi"), (HTTP_ARM64, "boot/grub2/grub2.aarch64.efi")):
            for number in (1, 77):
                told = site.lease(number, firmware, HTTP_CLIENT)
                assert told["file"] == f"http://10.0.0.1/tftpboot/{file}"
                assert bytes.fromhex(told["options"]["60"]) == b"HTTPClient"

    def test_opal_gets_the_file_of_its_network(self, site: Site) -> None:
        for number in (1, 77):
            option = bytes.fromhex(site.lease(number, OPAL)["options"]["209"])
            assert option == b"http://10.0.0.1/tftpboot/pxelinux.cfg/p/10.0.0.0_16"

    def test_ipxe_gets_the_script_of_the_node_or_of_the_network(self, site: Site) -> None:
        for number, script in ((2, self.script), (77, NETWORK)):
            for name in (IPXE, f"77={b'xNBA'.hex()}", f"77=04{b'iPXE'.hex()}"):
                assert site.file(number, BIOS, name) == script
                assert {site.file(number, kind, name) for kind in (UEFI, UEFI_BC, HTTP)} == {f"{script}.uefi"}

    def test_nodes_with_other_loaders(self, site: Site) -> None:
        typed(
            site.mn,
            "nodech n4 noderes.netboot=grub2",
            "nodech n5 noderes.netboot=petitboot",
            "nodech n6 noderes.netboot=pxe noderes.tftpserver=10.0.0.7",
            "makedhcp n4,n5,n6",
        )
        assert {site.file(4, kind) for kind in (UEFI, BIOS, POWER)} == {"/boot/grub2/grub2-n4"}
        for kind, arch in ((HTTP, "x86_64"), (HTTP_ARM64, "aarch64")):
            told = site.lease(4, kind, HTTP_CLIENT)
            url = bytes.fromhex(told["options"].get("67", "")).decode() or told["file"]
            assert url == f"http://10.0.0.1/tftpboot/boot/grub2/grub2.{arch}.efi"
            assert bytes.fromhex(told["options"]["60"]) == b"HTTPClient"
        assert bytes.fromhex(site.lease(5, OPAL)["options"]["209"]) == b"http://10.0.0.1/tftpboot/petitboot/n5"
        other = site.lease(6, BIOS)
        assert (other["file"], other["next-server"]) == ("pxelinux.0", "10.0.0.7")
        typed(site.mn, *(f"chtab -d node=n{number} noderes" for number in (4, 5, 6)))

    def test_a_client_of_the_distribution_takes_it(self, site: Site, tmp_path: Path) -> None:
        site.machines.ip("link", "set", "up0", "address", mac(8))
        told = dhclient(site.machines, tmp_path, "-4", "option arch code 93 = unsigned integer 16;", "send arch 7;")
        assert told["new_ip_address"] == "10.0.0.18"
        assert told["new_filename"] == "xcat/xnba.efi"
        assert told["new_next_server"] == "10.0.0.1"

    def test_who_has_an_address_learns_whether_it_is_there_and_gets_no_lease(self, site: Site) -> None:
        site.machines.ip("addr", "add", "10.0.0.2/16", "dev", "up0")
        try:
            asked = "import asyncio; from xcatd.services.health.aspect import Aspect, Target; "
            asked += "from xcatd.services.health.probes import ask; "
            asked += "print(asyncio.run(ask(Aspect.DHCP, Target('10.0.0.1'))))"
            words = [*site.machines.before, sys.executable, "-c", asked]
            done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment())
        finally:
            site.machines.ip("addr", "del", "10.0.0.2/16", "dev", "up0")
        assert done.stdout == "True\n"
        leases = [path.read_text() for path in (site.mn.root / "var/lib").rglob("*leases*") if path.is_file()]
        assert leases
        assert [text for text in leases if "10.0.0.2," in text or "lease 10.0.0.2 " in text] == []

    def test_a_network_behind_a_relay(self, site: Site) -> None:
        network = "net=10.6.0.0 mask=255.255.255.0 dynamicrange=10.6.0.200-10.6.0.210 gateway=10.6.0.254"
        with relayed(site, "10.0.0.2/16", "10.6.0.9/24", network, "10.6.0.1"):
            known, stranger = (site.lease(number, UEFI, way="10.6.0.9>10.0.0.1") for number in (61, 78))
            assert (known["address"], known["next-server"], known["file"]) == ("10.6.0.1", "10.0.0.1", "xcat/xnba.efi")
            assert bytes.fromhex(known["options"]["3"]) == bytes((10, 6, 0, 254))
            assert bytes.fromhex(known["options"]["15"]) == b"far.net"
            assert stranger["address"].startswith("10.6.0.2")

    def test_nodes_are_shown_and_removed(self, site: Site) -> None:
        shown = typed(site.mn, "makedhcp -q n1,n2")
        assert shown.splitlines() == [
            f"n{number}: ip-address = 10.0.0.1{number}, hardware-address = {mac(number)}" for number in (1, 2)
        ]
        typed(site.mn, "makedhcp -d n1")
        assert typed(site.mn, "makedhcp -q n1") == ""
        assert site.lease(1, BIOS)["address"].startswith("10.0.200.")
        assert site.lease(2, BIOS)["address"] == "10.0.0.12"

    def test_a_mac_without_an_address_gets_none(self, site: Site) -> None:
        typed(site.mn, f"nodech n7 mac.mac='{mac(7)}|{mac(73)}!*NOIP*'", "makedhcp n7")
        assert site.lease(7, BIOS)["address"] == "10.0.0.17"
        assert site.is_ignored(73, BIOS)
        typed(site.mn, "chtab -d node=n7 mac")

    def test_several_macs_and_names(self, site: Site) -> None:
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

    def test_a_dry_run_shows_the_difference_and_changes_nothing(self, site: Site) -> None:
        before = self.state(site)
        shown = typed(site.mn, "makedhcp -d n2 --dry-run").splitlines()
        (line,) = (line for line in shown[2:] if line[0] in "-+" and "server-tag" not in line)
        assert line[0] == "-"
        assert mac(2) in line
        assert self.state(site) == before

    def test_what_is_wrong_with_some_nodes_does_not_stop_the_rest(self, site: Site) -> None:
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
            "Error: [mn1]: Node bad3 has IP 10.0.200.5 which is inside the DHCP dynamic range. Move the node IP outside the "
            "dynamic range or adjust the range in the networks table.",
            "Error: [mn1]: Node bad4 has IP 192.0.2.4, which is in no network of table networks: run makenetworks",
            "Error: [mn1]: Node bad1 has the IP address 10.0.0.13 of node n3: correct table hosts",
            f"Error: [mn1]: Node bad2 has the MAC address {mac(3)} of node n3: correct table mac",
        ]
        assert site.lease(9, BIOS)["address"] == "10.0.0.19"

    def test_interfaces_and_gateways_that_are_not_there(self, site: Site) -> None:
        typed(
            site.mn,
            "chtab key=dhcpinterfaces site.value='mn1|up0,eth7;bad[|eth5'",
            "chtab net=10.0.0.0,mask=255.255.0.0 networks.gateway=10.7.0.1",
        )
        said = site.fails("makedhcp -n")
        typed(
            site.mn,
            "chtab key=dhcpinterfaces site.value='mn1|up0'",
            "chtab net=10.0.0.0,mask=255.255.0.0 networks.gateway=10.0.0.254",
        )
        assert said == [
            "Error: [mn1]: In site.dhcpinterfaces: Cannot read the noderange 'bad[': a bracket that is empty, holds another one "
            "or is not closed, so write a list like [1,3-5] (character 4).",
            "Error: [mn1]: site.dhcpinterfaces names eth7, an interface that this host does not have",
            "Error: [mn1]: Specified gateway 10.7.0.1 is not valid for 10.0.0.0/255.255.0.0, must be on same network",
        ]
        assert "3" not in site.lease(3, BIOS)["options"]

    def test_a_server_that_does_not_run_is_started_by_n_only(self, site: Site) -> None:
        (server,) = self.servers
        number = site.process(server)
        os.kill(number, signal.SIGKILL)
        until(lambda: site.fails("makedhcp n1") == [NOT_RUNNING], "the daemon to see it")
        assert site.fails("makedhcp -q n1") == [NOT_RUNNING]
        typed(site.mn, "makedhcp -n")
        assert site.process(server) != number
        assert site.lease(3, BIOS)["address"] == "10.0.0.13"

    def test_nothing_is_done_for_ipv6_where_there_is_no_network_of_it(self, site: Site) -> None:
        """The namespaces have no such address; the tables may have any network."""
        typed(site.mn, "mkdef -t network elsewhere net=fd77:: mask=/64", "makedhcp -n", "makedhcp -a")
        typed(site.mn, "rmdef -t network elsewhere")
        (file,) = self.files
        assert [path.name for path in (site.mn.root / file).parent.iterdir() if "6" in path.name] == []
        assert [path.stem for path in (site.mn.root / "run/xcat/services").glob("*.pid")] == [*self.servers]
