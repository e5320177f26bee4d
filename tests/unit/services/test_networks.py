"""Which network an address lies in, and what follows from that."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.tables import snapshot_of
from xcatd.services.networks import Networks, address_of, facing, network_of, networks_of, overlap

SNAPSHOT = snapshot_of(
    site=[{"key": "domain", "value": "cluster.net"}],
    networks=[
        {"netname": "all", "net": "10.0.0.0", "mask": "255.0.0.0", "domain": "big.net", "nameservers": "<xcatmaster>"},
        {"netname": "rack", "net": "10.1.0.0", "mask": "255.255.0.0", "mtu": "9000"},
        {"netname": "six", "net": "2001:db8::/64", "mask": "/64", "domain": "six.net"},
        {"netname": "off", "net": "10.2.0.0", "mask": "255.255.0.0", "domain": "off.net", "disable": "1"},
        {"netname": "bad", "net": "10.3", "mask": "255.255.0.0"},
        {"netname": "", "net": "192.168.7.0", "mask": "255.255.255.0"},
    ],
)


def test_an_address_lies_in_the_smallest_network_around_it() -> None:
    networks = networks_of(SNAPSHOT)
    found = {
        text: networks.of(ip_address(text))
        for text in ("10.1.2.3", "10.2.0.1", "2001:db8::7", "192.168.7.9", "11.0.0.1")
    }
    names = {text: None if one is None else one.name for text, one in found.items()}
    assert names == {
        "10.1.2.3": "rack",
        "10.2.0.1": "all",
        "2001:db8::7": "six",
        "192.168.7.9": "192.168.7.0/24",
        "11.0.0.1": None,
    }


def test_networks_that_lie_in_others() -> None:
    assert [(one.name, other.name) for one, other in networks_of(SNAPSHOT).nested] == [("rack", "all")]


@pytest.mark.parametrize(
    ("address", "domain"),
    [("10.2.0.1", "big.net"), ("10.1.0.1", "cluster.net"), ("2001:db8::1", "six.net"), ("9.9.9.9", "cluster.net")],
)
def test_the_domain_is_that_of_the_network_else_of_the_site(address: str, domain: str) -> None:
    assert networks_of(SNAPSHOT).domain_of(ip_address(address)) == domain


def test_all_domains_and_the_rows_that_cannot_be_read() -> None:
    networks = networks_of(SNAPSHOT)
    assert networks.domains() == ("cluster.net", "big.net", "six.net")
    assert networks.problems == ["The network bad cannot be read: correct net '10.3' and mask '255.255.0.0'"]
    assert networks.named("rack") is networks.of(ip_address("10.1.0.0"))
    assert networks.named("off") is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("10.0.0.0/8", "10.1.0.0/16", True),
        ("10.0.0.0/16", "10.1.0.0/16", False),
        ("2001:db8::/32", "2001:db8:1::/48", True),
        ("10.0.0.0/8", "2001:db8::/32", False),
    ],
)
def test_networks_overlap_when_they_share_addresses(one: str, other: str, expected: bool) -> None:
    assert overlap(ip_network(one), ip_network(other)) is overlap(ip_network(other), ip_network(one)) is expected


def test_networks_are_read_once_for_a_state_of_the_table() -> None:
    assert networks_of(SNAPSHOT) is networks_of(SNAPSHOT)
    other = SNAPSHOT.replace("site", [("domain", "other.net")], columns=("key", "value"))
    assert networks_of(other).site_domain == "other.net"


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), max_size=8), st.integers(0, 2**32 - 1))
def test_the_network_of_an_address_is_what_a_search_through_all_finds(
    ranges: list[tuple[int, int]], number: int
) -> None:
    rows = [ip_network((base, length), strict=False) for base, length in ranges]
    table = [{"netname": str(one), "net": str(one.network_address), "mask": str(one.netmask)} for one in rows]
    networks = Networks(snapshot_of(networks=table).table("networks").rows)
    address = ip_address(number)
    around = [one for one in rows if address in one]
    expected = str(max(around, key=lambda one: one.prefixlen)) if around else None
    found = networks.of(address)
    assert (None if found is None else found.name) == expected


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


def test_the_master_is_the_own_address_in_the_network() -> None:
    own = [ip_address(text) for text in ("2001:db8::5", "10.0.0.5", "10.1.0.5")]
    assert str(facing(ip_network("10.1.0.0/16"), own)) == "10.1.0.5"
    assert str(facing(ip_network("2001:db8::/64"), own)) == "2001:db8::5"
    assert facing(ip_network("10.9.0.0/16"), own) is None


@pytest.mark.parametrize(
    ("text", "found"), [(" 10.0.0.1 ", "10.0.0.1"), ("2001:DB8::1", "2001:db8::1"), ("n1", "None"), ("", "None")]
)
def test_a_text_is_an_address_or_none(text: str, found: str) -> None:
    assert str(address_of(text)) == found
