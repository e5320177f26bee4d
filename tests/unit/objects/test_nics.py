"""Values of single NICs."""

from __future__ import annotations

import pytest

from xcatd.objects.nics import split_name, values_by_nic, with_value


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("nicips.eth0", ("nicips", "eth0")),
        ("nicips.eth0.100", ("nicips", "eth0.100")),
        ("nicips", ("nicips", "")),
        ("nicips.", ("nicips.", "")),
        ("passwd.HMC", ("passwd.HMC", "")),
    ],
)
def test_the_form_with_a_dot(attribute: str, expected: tuple[str, str]) -> None:
    assert split_name(attribute) == expected


def test_a_value_may_contain_a_comma() -> None:
    text = "eth0!script a,b,ib0!script c"
    assert values_by_nic(text) == {"eth0": "script a,b", "ib0": "script c"}
    assert with_value(text, "ib0", "d") == "eth0!script a,b,ib0!d"


def test_what_belongs_to_no_nic_is_left_out() -> None:
    assert values_by_nic("stray,eth0!1") == {"eth0": "1"}
    assert values_by_nic("") == {}


def test_the_first_nic() -> None:
    assert with_value("", "eth0", "10.0.0.1") == "eth0!10.0.0.1"
    assert with_value("eth0!10.0.0.1", "eth0", "") == ""
