"""What a BMC says of itself, in words."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.identity import firmware_revision, guid_text, maker, system_text


@pytest.mark.parametrize(
    ("octets", "words"),
    [((0x02, 0x15), "2.15"), ((0x89, 0x08), "9.08"), ((0x01, 0xA0), "1. 0"), ((0x7F, 0xFF), "127."), ((0, 0), "0.00")],
)
def test_the_minor_part_of_the_firmware_is_in_bcd(octets: tuple[int, int], words: str) -> None:
    assert firmware_revision(bytes((0x20, 0x01, *octets))) == words


def test_makers_that_xcat_names_have_names() -> None:
    assert [maker(number) for number in (2, 343, 19046, 20301, 674)] == [
        "IBM (2)",
        "Intel (343)",
        "Lenovo (19046)",
        "IBM (20301)",
        "674",
    ]


@given(st.uuids(version=4))
def test_a_guid_in_the_order_of_smbios_is_read_so(guid: uuid.UUID) -> None:
    assert guid_text(guid.bytes_le) == str(guid).upper()


@given(st.binary(min_size=16, max_size=16))
def test_any_guid_is_written_in_one_of_three_orders(octets: bytes) -> None:
    orders = (uuid.UUID(bytes_le=octets), uuid.UUID(bytes=octets), uuid.UUID(bytes=octets[::-1]))
    assert guid_text(octets) in {str(order).upper() for order in orders}


def test_a_guid_that_was_made_by_no_rule_is_read_as_xcat_reads_it() -> None:
    assert guid_text(bytes(range(16))) == "03020100-0504-0706-0809-0A0B0C0D0E0F"


@pytest.mark.parametrize(
    ("encoding", "octets", "text"),
    [
        (0, b"1.2\xb0", "1.2°"),
        (1, "1.2é".encode(), "1.2é"),
        (2, "1.2é".encode("utf-16-le"), "1.2é"),
        (9, b"1.2\0\0", "1.2"),
        (1, b"\xff", "�"),
    ],
)
def test_strings_of_the_system_are_decoded(encoding: int, octets: bytes, text: str) -> None:
    assert system_text(encoding, octets) == text
