"""Names and addresses are checked before they are signed."""

from __future__ import annotations

import pytest

from xcat_certs.errors import Refused
from xcat_certs.names import (
    AlternativeNames,
    Role,
    alternative_names,
    checked_cluster,
    checked_name,
    role_uri,
    server_names,
    sorted_out,
)


@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.SERVICE, Role.NODE])
@pytest.mark.parametrize("name", ["mn1", "sn-01.rack2.example.org", "9x"])
def test_host_names_are_accepted(role: Role, name: str) -> None:
    assert checked_name(role, name) == name


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "-a", "a_b", "a..b", "a.", "x" * 64, "10.0.0.300", "root\n", "é", "a@b"]
)
def test_what_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot stand in a certificate as a host name"):
        checked_name(Role.SERVICE, name)


@pytest.mark.parametrize("name", ["root", "svc_hpc", "j.doe", "alice@example.org"])
def test_user_names_are_accepted(name: str) -> None:
    assert checked_name(Role.USER, name) == name


@pytest.mark.parametrize("name", ["", "a/b", "a b", "root\0", "x" * 65, "../root"])
def test_what_is_no_user_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot stand in a certificate as a user name"):
        checked_name(Role.USER, name)


def test_an_address_is_not_a_name_and_the_error_says_where_it_belongs() -> None:
    with pytest.raises(Refused, match=r"10.0.0.1 is an address: .* with --address"):
        checked_name(Role.SERVICE, "10.0.0.1")


@pytest.mark.parametrize("cluster", ["", "a/b", "a b", "x" * 49])
def test_what_cannot_be_a_cluster_is_refused(cluster: str) -> None:
    with pytest.raises(Refused, match="cannot be the name of a cluster"):
        checked_cluster(cluster)


def test_the_role_is_a_uri() -> None:
    assert role_uri(checked_cluster("alpha"), Role.SERVICE, "sn1") == "xcat://alpha/sn/sn1"


def test_a_server_has_its_name_its_short_name_and_the_loopback() -> None:
    names = server_names("sn1.example.org", sorted_out(["10.0.0.7", "sn1-ib", "fd00::7", "10.0.0.7"]))
    assert str(names) == "sn1.example.org, sn1, localhost, sn1-ib, 127.0.0.1, ::1, 10.0.0.7, fd00::7"


@pytest.mark.parametrize(
    ("address", "says"),
    [("10.0.0.300", "DNS name"), ("fe80::1%eth0", "has a scope"), ("a b", "DNS name"), ("*.x", "DNS")],
)
def test_what_is_neither_address_nor_name_is_refused(address: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        sorted_out([address])


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="'sn1' is not an IP address"):
        alternative_names(addresses=["sn1"])


def test_names_are_sets_that_do_not_mind_capitals() -> None:
    mine = sorted_out(["SN1", "sn2", "10.0.0.1"])
    assert str(mine & sorted_out(["sn1", "10.0.0.1"])) == "SN1, 10.0.0.1"
    assert str(mine - sorted_out(["sn1"])) == "sn2, 10.0.0.1"
    assert not AlternativeNames()
