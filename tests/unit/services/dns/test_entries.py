"""Lines of the hosts file, and nodes, as entries."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from xcatd.services.dns.entries import Entry, entries_from, entries_in, is_host_name
from xcatd.services.hostnames import HostEntry


def test_addresses_and_names_are_read() -> None:
    text = """\
127.0.0.1 localhost
::1 localhost6 ip6-loopback
10.0.0.1\tn1 n1.cluster.net  one # the first
# 10.0.0.9 nobody

2001:DB8::1 n1 n1.cluster.net
10.0.0.3 localhost-like
"""
    found = entries_in(text)
    assert found.good == (
        Entry(ip_address("10.0.0.1"), ("n1", "n1.cluster.net", "one")),
        Entry(ip_address("2001:db8::1"), ("n1", "n1.cluster.net")),
    )
    assert found.ignored == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("n1 10.0.0.1", "address seems malformed."),
        ("10.0.0.300 n1", "address seems malformed."),
        ("10.0.00.1 n1", "ip address octets can not contain leading zeroes."),
        ("10.0.0.1", "there is no name behind the address."),
        ("10.0.0.1 n1 .cluster", "name .cluster start with . "),
        ("10.0.0.1 n1- x", "name n1- is no host name."),
        ("10.0.0.1 n1..x", "name n1..x is no host name."),
        (
            "10.0.0.1 n_1 x",
            "names n_1 x contain invalid characters (valid characters include a through z, numbers and the '-', "
            "but not '_'",
        ),
    ],
)
def test_a_line_that_dns_cannot_have_is_told(line: str, words: str) -> None:
    found = entries_in(f"{line} # why\n10.0.0.2 n2\n")
    assert found.ignored == (f"Ignoring line {line} in /etc/hosts, {words}",)
    assert [entry.name for entry in found.good] == ["n2"]


def test_nodes_become_the_entries_that_their_lines_would_be() -> None:
    good = HostEntry("n1", ip_address("10.0.0.1"), "n1", "n1.cluster.net", ("one",))
    bad = HostEntry("n_2", ip_address("10.0.0.2"), "n_2", "n_2.cluster.net")
    found = entries_from([good, bad])
    assert found.good == (Entry(ip_address("10.0.0.1"), ("n1", "n1.cluster.net", "one")),)
    assert found.ignored == ("Ignoring address 10.0.0.2 of node n_2, name n_2 is no host name.",)


@pytest.mark.parametrize("name", ["a" * 64, "a." * 130 + "a", "-a", "", "a b"])
def test_names_that_no_host_may_have(name: str) -> None:
    assert not is_host_name(name)
