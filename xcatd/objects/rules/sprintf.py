"""Perl's sprintf, as far as values of tables need it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xcatd.objects.rules.arithmetic import Scalar, fraction, number, text
from xcatd.objects.rules.bad_rule import BadRule

_MAX_WIDTH = 255
_CONVERSION = re.compile(r"%([-+ 0#]*)([0-9]*)(?:\.([0-9]*))?([a-zA-Z%])", re.ASCII)
_UNSIGNED = (1 << 64) - 1


def sprintf(arguments: Sequence[Scalar]) -> str:
    """The conversions c s d i u o x X b B e E f F g G and %%, with flags, width and precision; no `*`."""
    rest = iter(arguments[1:])
    return text(_CONVERSION.sub(lambda found: _converted(found, rest), text(arguments[0])))


def _converted(found: re.Match[str], rest: Iterator[Scalar]) -> str:
    flags, width, precision, letter = found.groups()
    if letter == "%":
        return "%"
    if len(width) > 3 or len(precision or "") > 3 or max(int(width or 0), int(precision or 0)) > _MAX_WIDTH:
        raise BadRule(f"sprintf pads to more than {_MAX_WIDTH} characters: use a smaller width.")
    spec = "%" + flags + width + ("" if precision is None else f".{precision or 0}")
    return _rendered(spec, letter, next(rest, ""))


def _rendered(spec: str, letter: str, value: Scalar) -> str:
    if letter == "s":
        return (spec + "s") % text(value)
    if letter in "di":
        return (spec + "d") % number(value)
    if letter in "uoxX":
        return (spec + ("d" if letter == "u" else letter)) % (number(value) & _UNSIGNED)
    if letter in "eEfFgG":
        return (spec + letter) % fraction(value)
    if letter in "bB":
        return _digits(spec, format(number(value) & _UNSIGNED, "b"))
    if letter == "c":
        return (spec.partition(".")[0] + "s") % _character(number(value))
    raise BadRule(f"sprintf does not know %{letter}: use c, s, d, u, o, x, b, e, f or g.")


def _digits(spec: str, digits: str) -> str:
    """Binary digits, padded as %d pads decimal ones (Python's % has no binary)."""
    left, zeros = "-" in spec, re.match(r"%[-+ #]*0", spec)
    width = int(re.sub(r"\..*|[^0-9]", "", spec) or 0)
    if left:
        return digits.ljust(width)
    return digits.zfill(width) if zeros else digits.rjust(width)


def _character(code: int) -> str:
    if not 0 < code < 0xD800:
        raise BadRule(f"sprintf has no character number {code}: %c takes a character's code.")
    return chr(code)
