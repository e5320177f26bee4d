"""The functions that an expression of a |regex| value may call (protocol.md 7.2), and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.objects.rules.arithmetic import Scalar, bounded, number, text
from xcatd.objects.rules.bad_rule import BadRule
from xcatd.objects.rules.sprintf import sprintf

_MANY = 64


@dataclass(frozen=True, slots=True)
class Function:
    """What to call, and how many arguments it takes at least and at most."""

    call: Callable[[Sequence[Scalar]], Scalar]
    least: int
    most: int


def a2idx(arguments: Sequence[Scalar]) -> int:
    """The letter's place in the alphabet: a is 1."""
    return a2zidx(arguments) + 1


def a2zidx(arguments: Sequence[Scalar]) -> int:
    """The letter's place in the alphabet, counted from 0: a is 0."""
    letter = text(arguments[0]).lower()[:1]
    if not "a" <= letter <= "z":
        raise BadRule(f"'{text(arguments[0])}' does not begin with a letter: a2idx and a2zidx take one.")
    return ord(letter) - ord("a")


def dim2idx(arguments: Sequence[Scalar]) -> int:
    """`dim2idx(frame, slots per frame, slot)`: the running number, all counted from 1; more dimensions likewise."""
    if len(arguments) % 2 == 0:
        raise BadRule("dim2idx takes value,total,...,value: an odd number of arguments.")
    index = number(arguments[0]) - 1
    for total, value in zip(arguments[1::2], arguments[2::2], strict=True):
        index = bounded(index * number(total) + number(value) - 1)
    return bounded(index + 1)


def skip(arguments: Sequence[Scalar]) -> int:
    """`skip(index, "start[:count],...")`: the index without the skipped ones before it, -1 if it is one of them."""
    index = number(arguments[0])
    left_out = 0
    for span in filter(None, text(arguments[1]).split(",")):
        start, _, count = span.partition(":")
        length = number(count) if count else 1
        if number(start) <= index < number(start) + length:
            return -1
        left_out += length if number(start) < index else 0
    return bounded(index - left_out)


def ipadd(arguments: Sequence[Scalar]) -> str:
    """`ipadd(o1, o2, o3, o4, add, skipstart, skipend)`: the IPv4 address `add` further on.

    The first `skipstart` and the last `skipend` values of the last octet are not used.
    """
    first, second, third, fourth, add, start, end = map(number, arguments)
    usable = 256 - start - end
    if usable < 1 or start < 0 or end < 0:
        raise BadRule("ipadd skips all addresses: make skipstart and skipend smaller.")
    place = fourth - start + add
    # Counted in blocks of 256 addresses, of which `usable` take part.
    block = (first << 16) + (second << 8) + third + place // usable
    if not 0 <= block < 1 << 24:
        raise BadRule("ipadd leaves the IPv4 addresses: check its octets and what it adds.")
    return f"{block >> 16}.{block >> 8 & 255}.{block & 255}.{place % usable + start}"


def mknum(arguments: Sequence[Scalar]) -> int:
    """The sum of the text's bytes: a number that tells most names apart."""
    return sum(text(arguments[0]).encode("utf-8", "surrogatepass"))


def substr(arguments: Sequence[Scalar]) -> str:
    """`substr(text, offset[, length])`, negative ones counted from the end."""
    whole = text(arguments[0])
    offset = number(arguments[1])
    begin = max(len(whole) + offset, 0) if offset < 0 else offset
    if len(arguments) == 2:
        return whole[begin:]
    length = number(arguments[2])
    return whole[begin : (len(whole) if length < 0 else begin) + length]


def _code(arguments: Sequence[Scalar]) -> int:
    return ord(text(arguments[0])[:1] or "\0")


def _character(arguments: Sequence[Scalar]) -> str:
    return sprintf(("%c", arguments[0]))


def _based(base: int) -> Callable[[Sequence[Scalar]], int]:
    def read(arguments: Sequence[Scalar]) -> int:
        digits = text(arguments[0])
        try:
            return bounded(int(digits, base))
        except ValueError:
            raise BadRule(f"'{digits}' is not a number of base {base}: hex and oct take digits.") from None

    return read


FUNCTIONS: Mapping[str, Function] = {
    "a2idx": Function(a2idx, 1, 1),
    "a2zidx": Function(a2zidx, 1, 1),
    "abs": Function(lambda a: bounded(abs(number(a[0]))), 1, 1),
    "chr": Function(_character, 1, 1),
    "dim2idx": Function(dim2idx, 1, _MANY),
    "hex": Function(_based(16), 1, 1),
    "index": Function(lambda a: text(a[0]).find(text(a[1])), 2, 2),
    "int": Function(lambda a: number(a[0]), 1, 1),
    "ipadd": Function(ipadd, 7, 7),
    "join": Function(lambda a: text(text(a[0]).join(map(text, a[1:]))), 1, _MANY),
    "lc": Function(lambda a: text(a[0]).lower(), 1, 1),
    "lcfirst": Function(lambda a: text(a[0])[:1].lower() + text(a[0])[1:], 1, 1),
    "length": Function(lambda a: len(text(a[0])), 1, 1),
    "mknum": Function(mknum, 1, 1),
    "oct": Function(_based(8), 1, 1),
    "ord": Function(_code, 1, 1),
    "rindex": Function(lambda a: text(a[0]).rfind(text(a[1])), 2, 2),
    "skip": Function(skip, 2, 2),
    "sprintf": Function(sprintf, 1, _MANY),
    "substr": Function(substr, 2, 3),
    "uc": Function(lambda a: text(a[0]).upper(), 1, 1),
    "ucfirst": Function(lambda a: text(a[0])[:1].upper() + text(a[0])[1:], 1, 1),
}
