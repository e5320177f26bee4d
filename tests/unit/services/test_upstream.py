"""Servers above a service node."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from tests.unit.objects.worlds import Rows, nodes
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.place import Place
from xcatd.services.upstream import names_upstream, upstream

UP = {"netname": "up", "net": "10.0.0.0", "mask": "255.255.0.0"}


def host(ntpservers: str = "", *, master: str = "mn1", network: str = "") -> Place:
    site: Rows = [{"key": "master", "value": master}, {"key": "ntpservers", "value": ntpservers}]
    return place(
        nodelist=nodes(sn1="service", mn1="all"),
        hosts=[{"node": "mn1", "ip": "10.0.0.1"}, {"node": "sn1", "ip": "10.0.0.2"}],
        networks=[{**UP, "ntpservers": network}],
        site=site,
        noderes=[{"node": "sn1", "xcatmaster": ""}],
    )


def test_it_is_the_master_unless_something_else_is_said() -> None:
    assert upstream(host(), "ntpservers") == ("10.0.0.1",)
    assert upstream(host("<xcatmaster>"), "ntpservers") == ("10.0.0.1",)
    assert upstream(host("10.9.9.9,<xcatmaster> ntp.example.net"), "ntpservers") == (
        "10.9.9.9",
        "10.0.0.1",
        "ntp.example.net",
    )


def test_the_network_towards_the_master_counts_more() -> None:
    assert upstream(host("10.9.9.9", network="10.8.8.8"), "ntpservers") == ("10.8.8.8",)
    assert upstream(host("10.9.9.9", network="<xcatmaster>"), "ntpservers") == ("10.0.0.1",)


def test_a_host_does_not_stand_above_itself() -> None:
    assert upstream(host("sn1,10.0.0.2,10.9.9.9"), "ntpservers") == ("10.9.9.9",)
    assert upstream(host("sn1"), "ntpservers") == ("10.0.0.1",)


def test_nobody_is_above() -> None:
    assert upstream(host(master=""), "ntpservers") == ()


def test_names_that_the_tables_do_not_know_are_looked_up() -> None:
    there = host("a.example.net,10.9.9.9", master="gate.example.net")
    assert set(names_upstream(there, "ntpservers")) == {"gate.example.net", "a.example.net"}
    found = replace(there, resolved={"gate.example.net": ip_address("10.0.0.9")})
    assert names_upstream(found, "ntpservers") == {"a.example.net"}
    assert upstream(found, "ntpservers") == ("a.example.net", "10.9.9.9")


def test_what_cannot_be_a_host_is_named() -> None:
    with pytest.raises(ServiceError, match=r"site\.ntpservers has 'x;y', which is neither a name nor an address"):
        upstream(host("10.9.9.9,x;y"), "ntpservers")
