"""FRU data, whole and damaged. As BMCs give them: see test_inventory."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.stored import Paper
from xcatd.hardware.ipmi.fru import Board, Chassis, Fru, Product, decode_fru, needed

WHOLE = Paper(
    chassis=("CH-PART", "CHS1", "rack side"),
    board=("BoardMaker", "Board X1", "BRD1", "BP-100", "file", "first", b"\x02\x01\x02", "second"),
    product=("Maker", "Server", "7X99", "v1", "SN1", "asset1", "file", "edition"),
    minutes=14_660_000,
)
READ = Fru(
    Chassis("CH-PART", "CHS1", ("rack side",)),
    Board(datetime(2023, 11, 15, 13, 20, tzinfo=UTC), "BoardMaker", "Board X1", "BRD1", "BP-100", ("first", "second")),
    Product("Maker", "Server", "7X99", "v1", "SN1", "asset1", ("edition",)),
)


def test_all_three_areas() -> None:
    assert decode_fru(WHOLE.octets()) == READ


def test_checksums_and_what_follows_do_not_matter() -> None:
    octets = bytearray(WHOLE.octets()) + bytes(100)
    octets[7] ^= 0xFF
    assert decode_fru(bytes(octets)) == READ


def test_areas_that_are_not_there_are_empty() -> None:
    assert decode_fru(Paper(product=("Maker", "Server")).octets()) == Fru(product=Product("Maker", "Server"))
    assert decode_fru(Paper(chassis=("CH-PART", "CHS1")).octets()) == Fru(Chassis("CH-PART", "CHS1"))


@pytest.mark.parametrize("minutes", [0, 0xFFFFFF])
def test_a_board_may_have_no_date(minutes: int) -> None:
    assert decode_fru(Paper(board=("Maker", "Board"), minutes=minutes).octets()).board.made is None


def test_packed_fields_are_unpacked() -> None:
    bcd, six = b"\x42\x12\xa4", b"\x83\x29\xdc\xa6"
    assert decode_fru(Paper(product=(bcd, six)).octets()).product == Product("12 4", "IPMI")


def test_another_language_has_wider_characters() -> None:
    name = "Größe".encode("utf-16-le")
    paper = Paper(product=(bytes((0xC0 | len(name),)) + name,), language=7)
    assert decode_fru(paper.octets()).product.manufacturer == "Größe"


def test_a_field_that_is_cut_off_ends_the_area() -> None:
    octets = Paper(product=("Maker", "Server", "7X99")).octets()
    at = octets.index(b"Server")
    assert decode_fru(octets[: at + 3]).product == Product("Maker")


def test_an_area_without_a_length_goes_on_to_the_end() -> None:
    octets = bytearray(Paper(product=("Maker", "Server")).octets())
    octets[9] = 0
    assert decode_fru(bytes(octets)).product == Product("Maker", "Server")


def test_an_area_of_an_unknown_version_is_passed_over() -> None:
    octets = bytearray(WHOLE.octets())
    octets[8] = 2
    assert decode_fru(bytes(octets)) == Fru(board=READ.board, product=READ.product)


@pytest.mark.parametrize(
    ("octets", "remark"),
    [
        (b"", "clear"),
        (bytes(64), "clear"),
        (b"\xff" * 64, "clear"),
        (b"\x92" + bytes(63), "Unrecognized FRU format"),
        (b"\x01\x00\x00", "Unrecognized FRU format"),
        (b"\x01" + bytes(63), "No data available"),
    ],
)
def test_why_there_is_nothing(octets: bytes, remark: str) -> None:
    assert decode_fru(octets) == Fru(remark=remark)


def test_no_more_is_needed_than_the_last_area() -> None:
    octets = WHOLE.octets()
    size = len(octets) + 4000
    assert needed(b"", size) == 8
    seen = 8
    for _ in range(4):
        seen = needed(octets[:seen], size)
    assert seen == len(octets)
    assert needed(octets, len(octets) - 5) == len(octets) - 5
    assert needed(b"", 3) == 3


@given(st.binary(max_size=200))
def test_any_octets_are_something(octets: bytes) -> None:
    decode_fru(octets)
    assert 0 <= needed(octets, 64) <= 64


@given(st.data())
def test_any_damage_leaves_printable_text(data: st.DataObject) -> None:
    octets = bytearray(WHOLE.octets())
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    fru = decode_fru(bytes(octets))
    assert all(text.isprintable() for text in (fru.product.name, fru.board.serial, fru.chassis.part, *fru.board.extra))
