"""Which zones there are, and which one a name lies in."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.services.dns.zones import file_stem, reverse_name, reverse_zones, zones
from xcatd.services.networks import Network


@pytest.mark.parametrize(
    ("network", "names"),
    [
        ("10.0.0.0/8", ["10.in-addr.arpa"]),
        ("10.64.0.0/10", [f"{n}.10.in-addr.arpa" for n in range(64, 128)]),
        ("172.16.0.0/12", [f"{n}.172.in-addr.arpa" for n in range(16, 32)]),
        ("10.1.0.0/16", ["1.10.in-addr.arpa"]),
        ("10.1.4.0/22", [f"{n}.1.10.in-addr.arpa" for n in (4, 5, 6, 7)]),
        ("10.1.4.0/24", ["4.1.10.in-addr.arpa"]),
        ("10.1.4.64/27", ["4.1.10.in-addr.arpa"]),
        ("192.168.1.2/32", ["1.168.192.in-addr.arpa"]),
        ("96.0.0.0/6", [f"{n}.in-addr.arpa" for n in (96, 97, 98, 99)]),
        ("2001:db8:7::/64", ["0.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("2001:db8::/30", [f"{n:x}.b.d.0.1.0.0.2.ip6.arpa" for n in (8, 9, 10, 11)]),
    ],
)
def test_reverse_zones_end_at_labels(network: str, names: list[str]) -> None:
    assert list(reverse_zones(ip_network(network))) == names


_NETWORKS = st.one_of(
    st.builds(lambda a, n: IPv4Network((a, n), strict=False), st.integers(0, 2**32 - 1), st.integers(1, 32)),
    st.builds(lambda a, n: IPv6Network((a, n), strict=False), st.integers(0, 2**128 - 1), st.integers(1, 128)),
)


@given(_NETWORKS, st.data())
def test_every_address_of_a_network_has_its_reverse_name_in_a_zone(network: Network, data: st.DataObject) -> None:
    address = network[data.draw(st.integers(0, network.num_addresses - 1))]
    made = zones((), [network])
    zone = made.of(reverse_name(address))
    assert zone in made.reverse
    assert len(made.reverse) <= 128


def test_a_name_lies_in_the_smallest_zone() -> None:
    made = zones(
        ["Cluster.Net", ".ib.cluster.net.", "cluster.net", ""], [ip_network("10.0.0.0/8"), ip_network("10.1.0.0/16")]
    )
    assert made.forward == ("cluster.net", "ib.cluster.net")
    assert made.of("n1.ib.cluster.net") == "ib.cluster.net"
    assert made.of("n1.cluster.net") == "cluster.net"
    assert made.of("cluster.net") == "cluster.net"
    assert made.of("7.2.1.10.in-addr.arpa") == "1.10.in-addr.arpa"
    assert made.of("7.2.2.10.in-addr.arpa") == "10.in-addr.arpa"
    assert made.of("n1.acluster.net") is None
    assert made.of("net") is None


def test_files_are_called_as_xcat_calls_them() -> None:
    assert file_stem("4.1.10.in-addr.arpa") == "10.1.4"
    assert file_stem("cluster.net") == "cluster.net"
    assert file_stem("8.b.d.0.ip6.arpa") == "8.b.d.0.ip6.arpa"
