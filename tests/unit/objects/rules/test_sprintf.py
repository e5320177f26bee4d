"""sprintf says what Perl's says: these results are Perl's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.objects.rules import BadRule
from xcatd.objects.rules.sprintf import sprintf


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("%02d", 7), "07"),
        (("%05s", "ab"), "000ab"),
        (("%-5s|", "ab"), "ab   |"),
        (("%.1s", "ab"), "a"),
        (("%s",), ""),
        (("%s", -3), "-3"),
        (("%05.3d", 5), "  005"),
        (("%.0d", 0), ""),
        (("%+d % d %+d", 5, 5, -5), "+5  5 -5"),
        (("%d %d", "12abc", "1.9"), "12 1"),
        (("%i %D %ld %hd", 4, 4, 4, 4), "4 4 4 4"),
        (("%*d", 5, 42), "   42"),
        (("%*d|", -5, 42), "42   |"),
        (("%-*d|", 5, 42), "42   |"),
        (("%.*f", 2, 3), "3.00"),
        (("%*.*f", 8, 1, 2), "     2.0"),
        (("%.*d", -3, 7), "7"),
        (("%2$s %1$s", "a", "b"), "b a"),
        (("%u %+u", 5, 5), "5 5"),
        (("%x %X %#x %#x", 255, 255, 255, 0), "ff FF 0xff 0"),
        (("%x", -1), "ffffffffffffffff"),
        (("%08.3x", 10), "     00a"),
        (("%#08x", 10), "0x00000a"),
        (("%o %#o %#.3o %#.0o %0#5o", 8, 8, 8, 0, 0), "10 010 010 0 00000"),
        (("%b %#b %.8b %#010b %B %#B", 5, 5, 5, 5, 5, 5), "101 0b101 00000101 0b00000101 101 0B101"),
        (("%e %E", 12345, 12345), "1.234500e+04 1.234500E+04"),
        (("%g %G", "0.0001", 1), "0.0001 1"),
        (("%f %F %.0f", "1.5", "1.5", "2.5"), "1.500000 1.500000 2"),
        (("%-08.3f| %08.3f", "1.5", "-1.5"), "1.500   | -001.500"),
        (("%c%5c%05c%.0c", 65, 65, 65, 65), "A    A0000A"),
        (("100%%",), "100%"),
        (("%", 1), "%"),
        (("%5", 1), "%5"),
    ],
)
def test_conversions(arguments: Sequence[str | int], expected: str) -> None:
    assert sprintf(arguments) == expected


@pytest.mark.parametrize("arguments", [("%y", 1), ("%999d", 1), ("%*d", 256, 1), ("%.300f", 1), ("%c", 0), ("%c", -1)])
def test_what_is_refused(arguments: Sequence[str | int]) -> None:
    with pytest.raises(BadRule, match="sprintf"):
        sprintf(arguments)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 255), st.integers(0, 255))
def test_a_precision_is_the_least_number_of_digits_and_a_width_that_of_characters(
    value: int, width: int, precision: int
) -> None:
    made = sprintf(("%*.*d", width, precision, value))
    assert len(made) == max(width, len(made.strip()))
    assert int(made.strip() or 0) == value
    assert len(made.strip().lstrip("-")) >= precision
