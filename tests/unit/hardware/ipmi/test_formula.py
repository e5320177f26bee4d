"""From an octet to a value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.formula import Formula, read_formula

UNSIGNED, ONES, TWOS = range(3)
IDENTITY = Formula(1, 0, 0, 0, 0, UNSIGNED)


def line(linearization: int = 0, form: int = UNSIGNED, exponent: int = 0) -> Formula:
    return Formula(1, 0, 0, exponent, linearization, form)


@pytest.mark.parametrize(
    ("formula", "octet", "value"),
    [
        (IDENTITY, 24, 24),
        (Formula(6, 0, 0, -2, 0, UNSIGNED), 200, 12),
        (Formula(50, 0, 0, 0, 0, UNSIGNED), 120, 6000),
        (Formula(4, 10, 1, 0, 0, UNSIGNED), 60, 340),
        (Formula(5, -3, 2, -1, 0, UNSIGNED), 100, 20),
        (Formula(1, 5, -1, 0, 0, UNSIGNED), 3, 3.5),
        (line(form=TWOS), 0x88, -120),
        (line(form=TWOS), 0x7F, 127),
        (line(form=ONES), 0x87, -120),
        (line(form=ONES), 0xFF, 0),
        (line(1), 10, 2.30258509),
        (line(2), 100, 2),
        (line(3), 8, 3),
        (line(4), 2, 7.3890561),
        (line(5), 3, 1000),
        (line(6), 10, 1024),
        (line(7), 4, 0.25),
        (line(8), 12, 144),
        (line(9), 5, 125),
        (line(10), 81, 9),
        (line(11), 27, 3),
    ],
)
def test_the_formula_of_section_36_3(formula: Formula, octet: int, value: float) -> None:
    assert formula.value(octet) == pytest.approx(value)


@pytest.mark.parametrize(
    ("formula", "octet", "value"),
    [
        (line(1), 0, None),
        (line(2), 0, None),
        (line(7), 0, 0),
        (line(10, TWOS), 0x80, None),
        (line(5, exponent=3), 9, None),
    ],
    ids=["ln 0", "log 0", "1/0", "root of a negative", "too large"],
)
def test_where_there_is_no_value(formula: Formula, octet: int, value: float | None) -> None:
    assert formula.value(octet) == value


def test_factors_are_signed_and_their_high_bits_are_elsewhere() -> None:
    m, b, b_exponent, exponent = -300, 257, -7, 5
    factors = bytes(
        (m & 0xFF, m >> 2 & 0xC0 | 0x3F, b & 0xFF, b >> 2 & 0xC0 | 0x3F, 0xFF, exponent << 4 | b_exponent & 0x0F)
    )
    assert read_formula(factors, 0, UNSIGNED) == Formula(m, b, b_exponent, exponent, 0, UNSIGNED)


@given(st.binary(min_size=6, max_size=6), st.integers(0, 127), st.integers(0, 3), st.integers(0, 255))
def test_any_factors_give_a_number_or_none(factors: bytes, linearization: int, form: int, octet: int) -> None:
    value = read_formula(factors, linearization, form).value(octet)
    assert value is None or math.isfinite(value)
