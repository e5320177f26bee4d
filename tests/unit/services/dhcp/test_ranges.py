"""networks.dynamicrange."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest

from xcatd.services.dhcp.ranges import Range, ranges_of


def a_range(first: str, last: str) -> Range:
    return Range(ip_address(first), ip_address(last))


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", []),
        ("10.0.0.5-10.0.0.9", [a_range("10.0.0.5", "10.0.0.9")]),
        (" 10.0.0.5 - 10.0.0.9 ", [a_range("10.0.0.5", "10.0.0.9")]),
        ("10.0.0.5,10.0.0.9", [a_range("10.0.0.5", "10.0.0.9")]),
        ("10.0.1.0/24", [a_range("10.0.1.0", "10.0.1.255")]),
        ("10.0.0.5-10.0.0.5;10.0.1.0/31", [a_range("10.0.0.5", "10.0.0.5"), a_range("10.0.1.0", "10.0.1.1")]),
        ("10.0.0.9-10.0.0.5", ["10.0.0.9-10.0.0.5"]),
        ("10.0.0.5", ["10.0.0.5"]),
        ("10.0.0.5-x", ["10.0.0.5-x"]),
        ("10.0.0.0/99;10.0.0.1-fd00::1", ["10.0.0.0/99", "10.0.0.1-fd00::1"]),
        ("fd00::100-fd00::1ff", [a_range("fd00::100", "fd00::1ff")]),
        ("fd00::1:0/112", [a_range("fd00::1:0", "fd00::1:ffff")]),
    ],
)
def test_ranges_as_they_are_written(text: str, ranges: list[Range | str]) -> None:
    assert list(ranges_of(text)) == ranges


def test_both_ends_belong_to_it() -> None:
    some = a_range("10.0.0.5", "10.0.0.7")
    assert [IPv4Address(f"10.0.0.{number}") in some for number in range(4, 9)] == [False, True, True, True, False]
    assert ip_address(int(IPv4Address("10.0.0.6")) | 1 << 64) not in some
