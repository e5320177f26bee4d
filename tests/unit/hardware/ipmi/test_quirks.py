"""What a BMC says that it is, in octets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.quirks import IPMI_20, NO_QUIRKS, SHORTEST_DEVICE_ID, Model, quirks_of, read_model


def test_numbers_of_manufacturer_and_product_have_their_lowest_octet_first() -> None:
    said = bytes.fromhex("20 01 02 15 02 bf 66 4a 00 30 35")
    assert read_model(said) == Model(IPMI_20, 19046, 13616)


def test_a_version_has_its_lower_digit_first() -> None:
    assert read_model(bytes.fromhex("20 01 02 15 51 bf 66 4a 00 30 35")).version == (1, 5)


def test_only_the_product_that_has_a_quirk_has_it() -> None:
    assert quirks_of(Model(IPMI_20, 19046, 13616)).light_on is not None
    assert quirks_of(Model(IPMI_20, 19046, 13617)) == NO_QUIRKS
    assert quirks_of(Model(IPMI_20, 2, 13616)) == NO_QUIRKS


@given(st.binary(min_size=SHORTEST_DEVICE_ID, max_size=40))
def test_any_octets_are_some_model(data: bytes) -> None:
    assert quirks_of(read_model(data)) is not None
