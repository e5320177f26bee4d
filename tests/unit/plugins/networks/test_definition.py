"""A network's row and its stanza."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import pytest

from xcatd.plugins.networks.definition import Definition, definition
from xcatd.services.kernel import Interface, Route

ETH = Interface("eth0", 1500, (ip_address("10.1.0.9"), ip_address("10.0.0.9"), ip_address("2001:db8::9")))


def made(network: str, interface: Interface, gateways: Sequence[str] = ()) -> Definition:
    route = Route(ip_network(network), None, interface.name)
    return definition(route, interface, [ip_address(one) for one in gateways])


@pytest.mark.parametrize(
    ("gateways", "gateway"),
    [((), "<xcatmaster>"), (("10.2.0.1",), "<xcatmaster>"), (("2001:db8::1", "10.0.3.254", "10.0.0.1"), "10.0.3.254")],
)
def test_the_gateway_is_the_default_one_if_it_is_inside(gateways: tuple[str, ...], gateway: str) -> None:
    found = made("10.0.0.0/22", ETH, gateways)
    assert found.name == "10_0_0_0-255_255_252_0"
    assert found.key == {"net": "10.0.0.0", "mask": "255.255.252.0"}
    assert found.cells() == {"gateway": gateway, "mgtifname": "eth0", "mtu": "1500"}
    assert str(found.address) == "10.0.0.9"


def test_the_prefix_of_ipv6_belongs_to_the_address() -> None:
    found = made("2001:db8::/64", ETH, ["2001:db8::1"])
    assert (found.name, found.key) == ("2001:db8::/64", {"net": "2001:db8::/64", "mask": "/64"})
    assert found.cells() == {"mgtifname": "eth0"}
    assert list(found.stanza("mn1", has_server=False, is_known=False)) == [
        "\n#From mn1.", "2001:db8::/64:", "    objtype=network", "    net=2001:db8::/64", "    mask=/64", "    mgtifname=eth0",
    ]  # fmt: skip


def test_a_tunnel_has_no_mtu_that_matters_and_a_server_that_is_set_is_not_shown() -> None:
    found = made("10.0.0.0/24", Interface("tun0", None, (ip_address("10.0.0.9"),)))
    lines = list(found.stanza("mn1", has_server=True, is_known=True))
    assert lines[-2:] == ["    mgtifname=tun0", "# Note: An equivalent xCAT network definition already exists.\n"]
