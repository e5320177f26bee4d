"""Perl's sprintf, as far as values of tables need it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcatd.objects.rules.arithmetic import Scalar, fraction, number, text
from xcatd.objects.rules.bad_rule import BadRule

_MAX_WIDTH = 255
_CONVERSION = re.compile(
    r"%(?:([0-9]{1,2})\$)?([-+ 0#]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?(?:hh?|ll?|[qLV])?([a-zA-Z%])", re.ASCII
)
_UNSIGNED = (1 << 64) - 1
_SYNONYMS = {"i": "d", "D": "d", "U": "u", "O": "o", "F": "f"}
_BASES = {"o": ("o", ""), "x": ("x", "0x"), "X": ("X", "0X"), "b": ("b", "0b"), "B": ("b", "0B")}
"""Letter -> Python's letter for these digits, and what `#` puts in front."""


def sprintf(arguments: Sequence[Scalar]) -> str:
    """The conversions c s d i u o x X b B e E f F g G and %%, with flags, width, precision, `*` and `%1$s`.

    BadRule for another conversion, and for a width or precision beyond 255.
    """
    values = _Values(arguments[1:])
    return text(_CONVERSION.sub(lambda found: _converted(found, values), text(arguments[0])))


class _Values:
    """The values to be formatted, taken one after the other. Those that are missing are empty."""

    def __init__(self, values: Sequence[Scalar]) -> None:
        self._values = values
        self._taken = 0

    def next(self) -> Scalar:
        self._taken += 1
        return self.at(self._taken)

    def at(self, place: int) -> Scalar:
        """Counted from 1."""
        return self._values[place - 1] if 0 < place <= len(self._values) else ""


@dataclass(frozen=True, slots=True)
class _Spec:
    """What stands between % and the letter."""

    flags: str
    width: int
    precision: int | None

    def padded(self, sign: str, body: str, *, zeros: bool) -> str:
        """Filled up to the width; zeros go between the sign and the digits."""
        missing = self.width - len(sign) - len(body)
        if missing <= 0:
            return sign + body
        if "-" in self.flags:
            return sign + body + " " * missing
        if zeros and "0" in self.flags:
            return sign + "0" * missing + body
        return " " * missing + sign + body

    def sign_of(self, *, negative: bool) -> str:
        return "-" if negative else "+" if "+" in self.flags else " " if " " in self.flags else ""


def _converted(found: re.Match[str], values: _Values) -> str:
    place, flags, width, precision, letter = found.groups()
    if letter == "%":
        return "%"
    wide = number(values.next()) if width == "*" else int(width[:4] or 0)
    exact = None if precision is None else number(values.next()) if precision == "*" else int(precision[:4] or 0)
    if max(abs(wide), exact or 0) > _MAX_WIDTH:
        raise BadRule(f"sprintf pads to more than {_MAX_WIDTH} characters: use a smaller width.")
    spec = _Spec(flags + "-" * (wide < 0), abs(wide), None if exact is None or exact < 0 else exact)
    return _rendered(spec, _SYNONYMS.get(letter, letter), values.at(int(place)) if place else values.next())


def _rendered(spec: _Spec, letter: str, value: Scalar) -> str:
    if letter == "s":
        return spec.padded("", text(value)[: spec.precision], zeros=True)
    if letter == "c":
        return spec.padded("", _character(number(value))[: spec.precision], zeros=True)
    if letter == "d":
        whole = number(value)
        return _integer(spec, spec.sign_of(negative=whole < 0), str(abs(whole)))
    if letter == "u":
        return _integer(spec, "", str(number(value) & _UNSIGNED))
    if letter in _BASES:
        return _based(spec, letter, number(value) & _UNSIGNED)
    if letter in "eEfgG":
        return _fraction(spec, letter, fraction(value))
    raise BadRule(f"sprintf does not know %{letter}: use c, s, d, u, o, x, b, e, f or g.")


def _integer(spec: _Spec, sign: str, digits: str) -> str:
    """A precision is the least number of digits, and takes the meaning of the flag 0."""
    if spec.precision is None:
        return spec.padded(sign, digits, zeros=True)
    digits = "" if digits == "0" and spec.precision == 0 else digits.zfill(spec.precision)
    return spec.padded(sign, digits, zeros=False)


def _based(spec: _Spec, letter: str, value: int) -> str:
    python, prefix = _BASES[letter]
    digits = format(value, python)
    if "#" not in spec.flags:
        return _integer(spec, "", digits)
    if letter == "o" and spec.precision is not None:  # at least one 0 in front
        return _integer(replace(spec, precision=max(spec.precision, len(digits) + bool(value))), "", digits)
    if letter == "o":
        return _integer(spec, "", "0" * bool(value) + digits)
    return _integer(spec, prefix if value else "", digits)


def _fraction(spec: _Spec, letter: str, value: float) -> str:
    alternative = "#" if "#" in spec.flags else ""
    body = f"%{alternative}.{6 if spec.precision is None else spec.precision}{letter}" % abs(value)
    return spec.padded(spec.sign_of(negative=value < 0), body, zeros=True)


def _character(code: int) -> str:
    if not 0 < code < 0xD800:
        raise BadRule(f"sprintf has no character number {code}: %c takes a character's code.")
    return chr(code)
