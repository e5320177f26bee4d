"""The operators of expressions in |regex| values, with Perl's precedence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.objects.rules.arithmetic import (
    MAX_TEXT,
    Scalar,
    bounded,
    is_true,
    number,
    power,
    quotient,
    remainder,
    text,
    truth,
)
from xcatd.objects.rules.bad_rule import BadRule

Term = Callable[[Sequence[str]], Scalar]
"""An expression that has been read: from the captures (whole match first) to its value."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`level`: higher binds tighter. `join` makes one term of two, so that && and || need not work out both."""

    level: int
    join: Callable[[Term, Term], Term]
    from_right: bool = False


TERNARY_LEVEL = 4
"""Where `a ? b : c` stands among the levels of BINARY."""


def negated(term: Term) -> Term:
    return lambda captures: bounded(-number(term(captures)))


def inverted(term: Term) -> Term:
    return lambda captures: truth(not is_true(term(captures)))


def _numeric(level: int, work: Callable[[int, int], Scalar], *, from_right: bool = False) -> Operator:
    def join(left: Term, right: Term) -> Term:
        return lambda captures: work(number(left(captures)), number(right(captures)))

    return Operator(level, join, from_right)


def _textual(level: int, work: Callable[[str, str], Scalar]) -> Operator:
    def join(left: Term, right: Term) -> Term:
        return lambda captures: work(text(left(captures)), text(right(captures)))

    return Operator(level, join)


def _either(left: Term, right: Term) -> Term:
    return lambda captures: value if is_true(value := left(captures)) else right(captures)


def _both(left: Term, right: Term) -> Term:
    return lambda captures: right(captures) if is_true(value := left(captures)) else value


def _defined(left: Term, right: Term) -> Term:
    return lambda captures: value if (value := left(captures)) != "" else right(captures)


def _one_of(left: Term, right: Term) -> Term:
    return lambda captures: truth(is_true(left(captures)) != is_true(right(captures)))


def _repeated(what: str, count: str) -> str:
    times = number(count)
    if len(what) * times > MAX_TEXT:
        raise BadRule(f"The text is longer than {MAX_TEXT} characters: repeat it less often.")
    return what * times


def _shifted(value: int, places: int) -> int:
    if not 0 <= places < 64:
        raise BadRule("A shift goes by 0 to 63 places.")
    return bounded(value << places)


def _shifted_back(value: int, places: int) -> int:
    if not 0 <= places < 64:
        raise BadRule("A shift goes by 0 to 63 places.")
    return value >> places


BINARY: Mapping[str, Operator] = {
    "or": Operator(1, _either),
    "xor": Operator(1, _one_of),
    "and": Operator(2, _both),
    "||": Operator(5, _either),
    "//": Operator(5, _defined),
    "&&": Operator(6, _both),
    "|": _numeric(7, lambda a, b: a | b),
    "^": _numeric(7, lambda a, b: a ^ b),
    "&": _numeric(8, lambda a, b: a & b),
    "==": _numeric(9, lambda a, b: truth(a == b)),
    "!=": _numeric(9, lambda a, b: truth(a != b)),
    "<=>": _numeric(9, lambda a, b: (a > b) - (a < b)),
    "eq": _textual(9, lambda a, b: truth(a == b)),
    "ne": _textual(9, lambda a, b: truth(a != b)),
    "cmp": _textual(9, lambda a, b: (a > b) - (a < b)),
    "<": _numeric(10, lambda a, b: truth(a < b)),
    ">": _numeric(10, lambda a, b: truth(a > b)),
    "<=": _numeric(10, lambda a, b: truth(a <= b)),
    ">=": _numeric(10, lambda a, b: truth(a >= b)),
    "lt": _textual(10, lambda a, b: truth(a < b)),
    "gt": _textual(10, lambda a, b: truth(a > b)),
    "le": _textual(10, lambda a, b: truth(a <= b)),
    "ge": _textual(10, lambda a, b: truth(a >= b)),
    "<<": _numeric(11, _shifted),
    ">>": _numeric(11, _shifted_back),
    "+": _numeric(12, lambda a, b: bounded(a + b)),
    "-": _numeric(12, lambda a, b: bounded(a - b)),
    ".": _textual(12, lambda a, b: text(a + b)),
    "*": _numeric(13, lambda a, b: bounded(a * b)),
    "/": _numeric(13, quotient),
    "%": _numeric(13, remainder),
    "x": _textual(13, _repeated),
    "**": _numeric(14, power, from_right=True),
}
