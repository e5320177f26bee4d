"""conserver's escapes: keys in, deeds out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.consoles.escape import Deed, Do, Escapes, Type


def deeds(octets: bytes, *, one_by_one: bool = False) -> list[Deed]:
    escapes = Escapes()
    pieces = [bytes((number,)) for number in octets] if one_by_one else [octets]
    return [deed for piece in pieces for deed in escapes.feed(piece)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (b"ls -l\r", [Type(b"ls -l\r")]),
        (b"\x05c.", [Do(".")]),
        (b"ab\x05c?cd", [Type(b"ab"), Do("?"), Type(b"cd")]),
        (b"\x05c\x12", [Do("\x12")]),
        (b"\x05cl0x", [Do("l", b"0"), Type(b"x")]),
        (b"\x05x", [Type(b"\x05x")]),
        (b"\x05\x05c.", [Type(b"\x05"), Do(".")]),
        (b"\x05c\ra", [Type(b"a")]),
        (b"\x05c\\101x", [Type(b"Ax")]),
        (b"\x05c\\12x", [Type(b"\nx")]),
        (b"\x05ce\x01x\x05c.\x01x.", [Do("e", b"\x01x"), Type(b"\x05c."), Do(".")]),
    ],
)
def test_what_keys_mean(typed: bytes, meant: list[Deed]) -> None:
    assert deeds(typed) == meant


@given(st.binary(max_size=60).map(lambda octets: octets.replace(b"\x05c\\", b"\x05c").replace(b"\x05ce", b"\x05c")))
def test_it_does_not_matter_in_which_pieces_they_come(octets: bytes) -> None:
    together, apart = deeds(octets), deeds(octets, one_by_one=True)
    assert [each for each in together if isinstance(each, Do)] == [each for each in apart if isinstance(each, Do)]
    assert _plain(together) == _plain(apart)


def _plain(meant: list[Deed]) -> bytes:
    return b"".join(each.octets for each in meant if isinstance(each, Type))


@given(st.binary(max_size=60).filter(lambda octets: b"\x05" not in octets))
def test_without_the_escape_every_byte_is_for_the_console(octets: bytes) -> None:
    assert _plain(deeds(octets)) == octets
