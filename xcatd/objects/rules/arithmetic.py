"""Numbers and texts as an expression of a |regex| value sees them: whole numbers of 64 bits, Perl's idea of text."""

from __future__ import annotations

import re

from xcatd.objects.rules.bad_rule import BadRule

Scalar = str | int
"""What an expression works with. Nothing (an absent capture, false) is the empty text."""

MAX_TEXT = 1024
"""The longest text, in characters, that an expression may make."""

_LIMIT = 1 << 63
_LEADING_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,40})", re.ASCII)
_LEADING_FRACTION = re.compile(r"\s*([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))", re.ASCII)


def bounded(number: int) -> int:
    """The number itself; BadRule if it needs more than 64 bits."""
    if not -_LIMIT <= number < _LIMIT:
        raise BadRule("The result is larger than 64 bits hold: use smaller numbers.")
    return number


def number(value: Scalar) -> int:
    """A text counts as the whole number it begins with, else 0 ("014" is 14)."""
    if isinstance(value, int):
        return value
    found = _LEADING_NUMBER.match(value)
    return bounded(int(found[1])) if found else 0


def fraction(value: Scalar) -> float:
    """As `number`, but with the digits after the point: for sprintf's %f, %e and %g."""
    if isinstance(value, int):
        return float(value)
    found = _LEADING_FRACTION.match(value)
    return float(found[1]) if found else 0.0


def text(value: Scalar) -> str:
    """The value as text; BadRule if it is longer than MAX_TEXT."""
    made = value if isinstance(value, str) else str(value)
    if len(made) > MAX_TEXT:
        raise BadRule(f"The text is longer than {MAX_TEXT} characters: shorten it.")
    return made


def is_true(value: Scalar) -> bool:
    """Everything is true except nothing, 0 and "0"."""
    return value not in ("", 0, "0")


def truth(condition: bool) -> Scalar:
    """How a comparison answers: 1, or the empty text."""
    return 1 if condition else ""


def quotient(left: int, right: int) -> int:
    """Division that drops the fraction (-7/2 is -3)."""
    if right == 0:
        raise BadRule("It divides by zero: correct the divisor.")
    whole = abs(left) // abs(right)
    return bounded(whole if (left < 0) == (right < 0) else -whole)


def remainder(left: int, right: int) -> int:
    """What division leaves, with the sign of the left side (-7%3 is -1)."""
    return left - right * quotient(left, right)


def power(base: int, exponent: int) -> int:
    """`base ** exponent`; a negative exponent gives the fraction's whole part."""
    if exponent < 0:
        return quotient(1, base ** min(-exponent, 64))
    if abs(base) <= 1:
        return base ** (exponent % 2 or 2) if exponent else 1
    if exponent > 64:
        raise BadRule("The result is larger than 64 bits hold: use smaller numbers.")
    return bounded(base**exponent)
