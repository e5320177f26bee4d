"""Endpoints: what a driver is told about a node."""

from __future__ import annotations

from xcatd.hardware import Endpoint
from xcatd.model import Secret


def test_no_secret_is_ever_shown() -> None:
    endpoint = Endpoint("cn01", "10.0.0.1", "admin", Secret("hunter2"), kg=Secret("clusterkey"))
    assert "hunter2" not in repr(endpoint)
    assert "clusterkey" not in repr(endpoint)


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert Endpoint("cn01", "fd00::1", "admin", Secret("x")).place == "[fd00::1]:623"
    assert Endpoint("cn01", "cn01-bmc", "admin", Secret("x"), port=6230).place == "cn01-bmc:6230"


def test_equal_endpoints_share_what_is_kept_for_them() -> None:
    first, second = (Endpoint("cn01", "10.0.0.1", "admin", Secret("x")) for _ in range(2))
    assert {first: "session"}[second] == "session"
