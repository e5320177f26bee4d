"""`makedhcp` with ISC's server, see dhcpserving.py."""

from __future__ import annotations

from tests.helpers.alone import typed
from tests.helpers.dhcpsite import BIOS, Site
from tests.integration.dhcpserving import DhcpContract


class TestIsc(DhcpContract):
    kind, servers, files = "isc", ("dhcpd",), ("etc/dhcp/dhcpd.conf",)
    script = "http://10.0.0.1/tftpboot/xcat/xnba/nodes/n2"

    def test_statements_for_nodes(self, site: Site) -> None:
        typed(site.mn, "makedhcp n6 -s 'option root-path \"10.0.0.1:/install\";'")
        assert bytes.fromhex(site.lease(6, BIOS)["options"]["17"]) == b"10.0.0.1:/install"
        before = self.state(site)
        (said,) = site.fails("makedhcp n6 -s 'no such statement;'")
        assert said.startswith(
            "Error: [mn1]: The DHCP server refuses the new configuration and goes on with the old one: line "
        )
        assert self.state(site) == before
        assert site.lease(6, BIOS)["address"] == "10.0.0.16"

    def test_a_script_comes_from_the_nodes_own_server(self, site: Site) -> None:
        typed(site.mn, "nodech n2 noderes.tftpserver=10.0.0.7", "makedhcp n2")
        other = site.lease(2, "93=0007", "77=69505845")
        assert (other["file"], other["next-server"]) == ("http://10.0.0.7/tftpboot/xcat/xnba/nodes/n2.uefi", "10.0.0.7")
        typed(site.mn, "chtab -d node=n2 noderes")

    def test_the_service_of_the_distribution_is_told_its_interfaces(self, site: Site) -> None:
        defaults = site.mn.root / "etc/default/isc-dhcp-server"
        defaults.parent.mkdir()
        defaults.write_text('INTERFACESv4=""\nINTERFACESv6=""\n')
        typed(site.mn, "makedhcp -d n1")
        assert defaults.read_text() == 'INTERFACESv4="up0"\nINTERFACESv6=""\n'
