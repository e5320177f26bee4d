"""DHCPv6 with ISC's server, see dhcp6serving.py."""

from __future__ import annotations

from tests.integration.dhcp6serving import Dhcp6Contract


class TestIsc(Dhcp6Contract):
    kind, servers = "isc", ("dhcpd", "dhcpd6")
    files = ("etc/dhcp/dhcpd.conf", "etc/dhcp/dhcpd6.conf")
    script = "http://[fd00::1]/tftpboot/xcat/xnba/nodes/n2.uefi"
