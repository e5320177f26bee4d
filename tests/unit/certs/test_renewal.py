"""Renewal: who gets the successor of a certificate, when, and what becomes of the old one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xcat_certs import pem, renewal
from xcat_certs.authority import Authority
from xcat_certs.errors import Refused
from xcat_certs.index import Entry
from xcat_certs.names import Role

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DAY = timedelta(days=1)

Give = Callable[..., Entry]


@pytest.fixture
def give(authority: Authority, tmp_path: Path, request_of: Callable[..., bytes]) -> Give:
    """Gives a certificate of a hundred days, so many days before NOW."""

    def give(name: str, ago: float, role: Role = Role.NODE) -> Entry:
        then = Authority.open(tmp_path / "xcat/ca", clock=lambda: NOW - ago * DAY)
        signed = then.sign(request_of(name), role, name, days=100)
        return authority.entry(pem.parse_certificate(signed, "It").serial_number)

    return give


def test_it_is_given_in_the_last_half_of_a_life_and_not_twice_at_once(authority: Authority, give: Give) -> None:
    old = give("cn1", 51)
    renewal.check_due(authority, old, (), NOW)
    with pytest.raises(Refused, match=r"is good until 2026-04-22: it is renewed in the last half of its life"):
        renewal.check_due(authority, old, (), NOW - 2 * DAY)
    lost = give("cn1", 0)
    assert renewal.newer_than(authority, old, NOW) == [lost]
    with pytest.raises(Refused, match="cn1 has just been given a certificate: ask again in 10 minutes"):
        renewal.check_due(authority, old, [lost], NOW + renewal.PAUSE / 2)
    renewal.check_due(authority, old, [lost], NOW + renewal.PAUSE)


def test_only_a_good_certificate_of_the_host_itself_is_renewed(authority: Authority, give: Give) -> None:
    old, other, server = give("cn1", 60), give("cn2", 60), give("sn1", 60, Role.SERVICE)
    shown = renewal.shown(authority, Role.NODE, "cn1", old.serial_hex.lower(), NOW)
    assert shown == old
    for role, name, serial in (
        (Role.NODE, "cn1", other.serial_hex),
        (Role.SERVICE, "cn1", old.serial_hex),
        (Role.NODE, "sn1", server.serial_hex),
        (Role.NODE, "cn1", "12"),
        (Role.NODE, "cn1", "\n\x1b"),
        (Role.NODE, "cn1", "1" * 100_000),
    ):
        with pytest.raises(Refused, match=f"is the serial number of no good certificate of {role.words} {name}"):
            renewal.shown(authority, role, name, serial, NOW)
    with pytest.raises(Refused):
        renewal.shown(authority, Role.NODE, "cn1", old.serial_hex, NOW + 41 * DAY)
    authority.revoke(old.serial)
    with pytest.raises(Refused):
        renewal.shown(authority, Role.NODE, "cn1", old.serial_hex, NOW)


def test_the_request_must_be_the_host_s(request_of: Callable[..., bytes]) -> None:
    renewal.check_name(request_of("cn1"), "cn1")
    with pytest.raises(Refused, match="The request is for 'CN=cn2', and the certificate is that of cn1"):
        renewal.check_name(request_of("cn2"), "cn1")


def test_what_a_host_had_before_is_taken_back_when_it_uses_the_new_one(authority: Authority, give: Give) -> None:
    oldest, old, mine, newer, other = (*(give("cn1", ago) for ago in (90, 60, 30, 1)), give("cn2", 90))
    assert [each.serial for each in renewal.take_back_older(authority, mine, NOW)] == [oldest.serial, old.serial]
    good = [entry.serial for entry in authority.list() if entry.is_valid(NOW)]
    assert good == [mine.serial, newer.serial, other.serial]
    assert not renewal.take_back_older(authority, mine, NOW)
