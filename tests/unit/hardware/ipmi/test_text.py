"""Text as BMCs store it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.text import fru_text, printable, sensor_text

ENGLISH, GERMAN = 25, 7
UNICODE, BCD, SIX_BITS, LATIN = range(4)


@pytest.mark.parametrize(
    ("kind", "octets", "text"),
    [
        (LATIN, b"Temp 1 \xb0C", "Temp 1 °C"),
        (LATIN, b"CPU1\0\0\0", "CPU1"),
        (LATIN, b"  padded  ", "padded"),
        (UNICODE, "Lüfter".encode(), "Lüfter"),
        (UNICODE, b"\xff\xfe broken", "�� broken"),
        (BCD, bytes((0x01, 0x23, 0xA4, 0xBC, 0xDE, 0xF5)), "0123 4-.:,_5"),
        (SIX_BITS, bytes.fromhex("29dca6"), "IPMI"),  # the example of section 43.15
        (SIX_BITS, bytes.fromhex("29dca629"), "IPMII"),
        (SIX_BITS, b"", ""),
    ],
)
def test_each_way_of_packing(kind: int, octets: bytes, text: str) -> None:
    assert sensor_text(kind, octets) == text


def test_a_field_that_is_no_text_is_shown_in_hexadecimal() -> None:
    assert fru_text(0, b"\x00\x1b\xff", ENGLISH) == "00 1b ff"


def test_the_language_says_how_wide_a_character_is() -> None:
    assert fru_text(LATIN, "Größe".encode("utf-16-le"), GERMAN) == "Größe"
    assert fru_text(LATIN, b"size", 0) == fru_text(LATIN, b"size", ENGLISH) == "size"


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    assert printable("\x1b[2Jred\x07 alert\r\n") == "[2Jred  alert"


@given(st.integers(0, 3), st.binary(max_size=64), st.integers(0, 255))
def test_any_octets_are_printable_text(kind: int, octets: bytes, language: int) -> None:
    for text in (sensor_text(kind, octets), fru_text(kind, octets, language)):
        assert text == text.strip()
        assert text.isprintable()
