"""A network's row and its stanza."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tests.helpers.tables import snapshot_of
from xcatd.plugins.networks.definition import definition, network_of
from xcatd.plugins.networks.kernel import Interface, Route

ETH = Interface("eth0", 1500, (ip_address("10.1.0.9"), ip_address("10.0.0.9"), ip_address("2001:db8::9")))


@pytest.mark.parametrize(
    ("gateways", "gateway"),
    [((), "<xcatmaster>"), (("10.2.0.1",), "<xcatmaster>"), (("2001:db8::1", "10.0.3.254", "10.0.0.1"), "10.0.3.254")],
)
def test_the_gateway_is_the_default_one_if_it_is_inside(gateways: tuple[str, ...], gateway: str) -> None:
    made = definition(Route(ip_network("10.0.0.0/22"), ETH), [ip_address(one) for one in gateways])
    assert made.name == "10_0_0_0-255_255_252_0"
    assert made.key == {"net": "10.0.0.0", "mask": "255.255.252.0"}
    assert made.cells() == {"gateway": gateway, "mgtifname": "eth0", "mtu": "1500"}
    assert str(made.address) == "10.0.0.9"


def test_the_prefix_of_ipv6_belongs_to_the_address() -> None:
    made = definition(Route(ip_network("2001:db8::/64"), ETH), [ip_address("2001:db8::1")])
    assert (made.name, made.key) == ("2001:db8::/64", {"net": "2001:db8::/64", "mask": "/64"})
    assert made.cells() == {"mgtifname": "eth0"}
    assert list(made.stanza("mn1", has_server=False, is_known=False)) == [
        "\n#From mn1.", "2001:db8::/64:", "    objtype=network", "    net=2001:db8::/64", "    mask=/64", "    mgtifname=eth0",
    ]  # fmt: skip


def test_a_tunnel_has_no_mtu_that_matters_and_a_server_that_is_set_is_not_shown() -> None:
    route = Route(ip_network("10.0.0.0/24"), Interface("tun0", None, (ip_address("10.0.0.9"),)))
    lines = list(definition(route, ()).stanza("mn1", has_server=True, is_known=True))
    assert lines[-2:] == ["    mgtifname=tun0", "# Note: An equivalent xCAT network definition already exists.\n"]


@pytest.mark.parametrize(
    ("net", "mask", "network"),
    [
        ("10.0.0.0", "255.255.0.0", "10.0.0.0/16"),
        ("10.0.0.7", "/16", "10.0.0.0/16"),
        ("2001:0db8:0::/64", "/64", "2001:db8::/64"),
        ("2001:db8::/64", "", "2001:db8::/64"),
        ("2001:db8::", "64", "2001:db8::/64"),
        ("10.0.0.0", "", None),
        ("", "", None),
        ("junk", "255.0.0.0", None),
        ("10.0.0.0", "junk", None),
    ],
)
def test_the_network_of_a_row(net: str, mask: str, network: str | None) -> None:
    (row,) = snapshot_of(networks=[{"net": net, "mask": mask}]).table("networks").rows
    assert network_of(row) == (None if network is None else ip_network(network))
