"""From the octet that a sensor gives to a value in its unit (IPMI 2.0, section 36.3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

ONE_BY_X = 7
FIRST_NONLINEAR = 0x70
LENGTH = 6
"""Octets that hold a formula's factors, in an SDR and in the answer of Get Sensor Reading Factors."""

_SHAPES: tuple[Callable[[float], float], ...] = (
    lambda x: x,
    math.log,
    math.log10,
    math.log2,
    math.exp,
    lambda x: 10.0**x,
    lambda x: 2.0**x,
    lambda x: 1 / x if x else 0.0,
    lambda x: x**2,
    lambda x: x**3,
    math.sqrt,
    math.cbrt,
)
"""Table 43-1, linearization: the function behind the straight line."""


@dataclass(frozen=True, slots=True)
class Formula:
    """(`m` x + `b` 10^`b_exponent`) 10^`exponent`, then the function with the number `linearization`.

    `form`: what x is in its octet: 0 unsigned, 1 one's complement, 2 two's complement.
    """

    m: int
    b: int
    b_exponent: int
    exponent: int
    linearization: int
    form: int

    @property
    def is_nonlinear(self) -> bool:
        """Whether each reading has factors of its own, for which the BMC must be asked."""
        return self.linearization >= FIRST_NONLINEAR

    @property
    def is_falling(self) -> bool:
        """Whether a higher octet means a lower value."""
        return self.linearization == ONE_BY_X

    def value(self, octet: int) -> float | None:
        """None: there is no such number, as the logarithm of zero."""
        line = _scaled(self.m * _signed(octet, self.form) + _scaled(self.b, self.b_exponent), self.exponent)
        shape = _SHAPES[self.linearization] if self.linearization < len(_SHAPES) else _SHAPES[0]
        try:
            result = shape(line)
        except (ValueError, OverflowError):
            return None
        return float(f"{result:.9g}") if math.isfinite(result) else None


def read_formula(factors: bytes, linearization: int, form: int) -> Formula:
    """From the LENGTH octets M, M and tolerance, B, B and accuracy, accuracy, exponents."""
    return Formula(
        m=_complement(factors[0] | (factors[1] & 0xC0) << 2, 10),
        b=_complement(factors[2] | (factors[3] & 0xC0) << 2, 10),
        b_exponent=_complement(factors[5] & 0x0F, 4),
        exponent=_complement(factors[5] >> 4, 4),
        linearization=linearization,
        form=form,
    )


def _scaled(number: float, exponent: int) -> float:
    """Divided where it is to be made smaller: 1200 / 100 is 12, and 1200 x 0.01 need not be."""
    power: int = 10 ** abs(exponent)
    return number * power if exponent >= 0 else number / power


def _signed(octet: int, form: int) -> int:
    if form == 1 and octet & 0x80:
        return octet - 0xFF
    return _complement(octet, 8) if form == 2 else octet


def _complement(number: int, bits: int) -> int:
    return number - (1 << bits) if number >> bits - 1 else number
