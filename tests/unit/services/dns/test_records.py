"""Entries as records."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from xcatd.services.dns.entries import entries_in
from xcatd.services.dns.records import Record, Wanted, wanted
from xcatd.services.dns.zones import zones
from xcatd.services.networks import Address

ZONES = zones(["cluster.net", "ib.net"], [ip_network("10.0.0.0/16"), ip_network("2001:db8::/64")])


def domain_of(address: Address) -> str | None:
    if address in ip_network("10.0.9.0/24"):
        return ""
    if address in ip_network("10.0.3.0/24"):
        return "ib.net"
    inside = address in ip_network("10.0.0.0/16") if address.version == 4 else address in ip_network("2001:db8::/64")
    return "cluster.net" if inside else None


def made(text: str) -> Wanted:
    return wanted(entries_in(text).good, ZONES, domain_of)


def lines(found: Wanted) -> set[str]:
    return {str(record) for record in found.all()}


def test_a_host_has_an_address_a_reverse_name_and_aliases() -> None:
    found = made("10.0.0.1 n1 n1.cluster.net one eins.cluster.net\n")
    assert lines(found) == {
        "n1.cluster.net. IN A 10.0.0.1",
        "1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "one.cluster.net. IN CNAME n1.cluster.net.",
        "eins.cluster.net. IN CNAME n1.cluster.net.",
    }
    assert found.handled == ("n1",)
    assert found.remarks == ()
    assert len(found) == 4
    assert Record("n1.cluster.net", "A", "10.0.0.1") in found.records["cluster.net"]


@pytest.mark.parametrize(
    "line", ["10.0.0.1 n1.cluster.net n1", "10.0.0.1 N1 n1.Cluster.net", "10.0.0.1 n1.cluster.net."]
)
def test_either_name_may_come_first_and_letters_may_be_large(line: str) -> None:
    assert lines(made(line)) == {"n1.cluster.net. IN A 10.0.0.1", "1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net."}


def test_ipv6_and_a_second_address() -> None:
    found = made("10.0.0.1 n1\n2001:db8::a1 n1\n10.0.3.1 n1\n")
    reverse = ip_address("2001:db8::a1").reverse_pointer
    assert lines(found) == {
        "n1.cluster.net. IN A 10.0.0.1",
        "n1.cluster.net. IN AAAA 2001:db8::a1",
        "n1.ib.net. IN A 10.0.3.1",
        "1.0.0.10.in-addr.arpa. IN PTR n1.cluster.net.",
        "1.3.0.10.in-addr.arpa. IN PTR n1.ib.net.",
        f"{reverse}. IN PTR n1.cluster.net.",
    }


def test_a_name_with_the_domain_of_another_zone_keeps_it() -> None:
    assert "n1.ib.net. IN A 10.0.0.1" in lines(made("10.0.0.1 n1.ib.net"))
    assert "n1.far.org.cluster.net. IN A 10.0.0.1" in lines(made("10.0.0.1 n1.far.org"))


@pytest.mark.parametrize(
    ("text", "remark", "count"),
    [
        (
            "192.168.0.1 x\n",
            "Ignoring host x, it does not belong to any nets defined in networks table or the net it belongs to is "
            "configured to use an external nameserver.",
            0,
        ),
        (
            "10.0.9.1 x\n",
            "Ignoring host x, no domain is known for 10.0.9.1: set the domain of its network or site.domain.",
            0,
        ),
        (
            "10.0.0.1 a\n10.0.0.1 b\n",
            "Both a.cluster.net and b.cluster.net have the address 10.0.0.1; its reverse name is a.cluster.net.",
            3,
        ),
        ("10.0.0.1 a x\n10.0.0.2 b x\n", "Ignoring alias x of b, it is an alias of a.cluster.net already.", 5),
        ("10.0.0.1 a b\n10.0.0.2 b\n", "Ignoring alias b.cluster.net of a.cluster.net, a host has this name.", 4),
        ("10.0.0.1 a ib.net\n", "Ignoring alias ib.net of a.cluster.net, a domain has this name.", 2),
    ],
)
def test_what_cannot_be_is_told(text: str, remark: str, count: int) -> None:
    found = made(text)
    assert found.remarks == (remark,)
    assert len(found) == count


def test_the_same_line_twice_is_nothing_special() -> None:
    found = made("10.0.0.1 a x\n10.0.0.1 a x\n")
    assert (found.remarks, len(found), found.handled) == ((), 3, ("a",))


def test_records_move_to_the_zones_of_another_server() -> None:
    found = made("10.0.0.1 a\n10.0.3.1 b\n").in_zones(zones(["net"], ()))
    assert {zone: len(records) for zone, records in found.records.items()} == {"net": 2}
