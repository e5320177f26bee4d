"""A host with two networks, and tables that define them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from tests.unit.objects.worlds import nodes, world
from xcatd.objects import World
from xcatd.services.dhcp.host import Host

Row = Mapping[str, str | None]

COMPUTE: Row = {
    "netname": "compute",
    "net": "10.0.0.0",
    "mask": "255.255.0.0",
    "mgtifname": "eth1",
    "gateway": "10.0.0.254",
    "dynamicrange": "10.0.200.1-10.0.200.99",
    "tftpserver": "<xcatmaster>",
    "mtu": "9000",
}
FAR: Row = {
    "netname": "far",
    "net": "10.6.0.0",
    "mask": "255.255.255.0",
    "mgtifname": "!remote!eth1",
    "gateway": "10.6.0.254",
    "dynamicrange": "10.6.0.128/26",
    "domain": "far.net",
}
HOST = Host(
    "mn1",
    is_master=True,
    interfaces={
        "lo": [ip_address("127.0.0.1")],
        "eth0": [ip_address("192.0.2.1")],
        "eth1": [ip_address(text) for text in ("10.0.0.1", "fe80::1", "fd00::1")],
    },
    direct=[
        (IPv4Network("192.0.2.0/24"), "eth0"),
        (IPv4Network("10.0.0.0/16"), "eth1"),
        (IPv6Network("fd00::/64"), "eth1"),
    ],
)


def site(*networks: Row, keys: Mapping[str, str] | None = None, **tables: Sequence[Row]) -> World:
    """A cluster with these networks and five nodes; `keys` of table site."""
    keys = {"domain": "c.net", "nameservers": "<xcatmaster>", **(keys or {})}
    rows: dict[str, Sequence[Row]] = {
        "nodelist": nodes(n1="compute", n2="compute", n3="compute", n4="compute", sn1="service"),
        "hosts": [{"node": "compute", "ip": "|n(\\d+)|10.0.1.($1+0)|"}, {"node": "sn1", "ip": "10.0.0.2"}],
        "mac": [{"node": "compute", "mac": "|n(\\d+)|02:00:00:00:00:0($1)|"}],
        "noderes": [{"node": "compute", "netboot": "xnba"}],
        **tables,
    }
    return world(networks=networks, site=[{"key": key, "value": value} for key, value in keys.items()], **rows)
