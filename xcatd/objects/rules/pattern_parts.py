"""The parts of a regular expression, and how many choices they leave to a matcher that backtracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xcatd.objects.rules.charset import ANYTHING, NOTHING

_MANY_CHOICES = 1 << 40
_MANY_DEGREES = 12


@dataclass(frozen=True, slots=True)
class One:
    """One character out of a set."""

    mask: int


@dataclass(frozen=True, slots=True)
class Place:
    """A condition on the place: the end of the text (`is_end`), its start, or a word boundary."""

    is_end: bool


@dataclass(frozen=True, slots=True)
class Same:
    """What a group matched before (\\1)."""


@dataclass(frozen=True, slots=True)
class Either:
    """A group: one of several sequences."""

    branches: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """`least` to `most` times the same; `most` None: without end."""

    part: Part
    least: int
    most: int | None


Part = One | Place | Same | Either | Repeated


@dataclass(frozen=True, slots=True)
class Cost:
    """At most `choices * length**degree` ways through the pattern from one place of a text of `length` characters.

    `bounded` False: the number of ways grows exponentially with the text.
    """

    choices: int = 1
    degree: int = 0
    bounded: bool = True

    def times(self, other: Cost) -> Cost:
        return Cost(
            min(self.choices * other.choices, _MANY_CHOICES),
            min(self.degree + other.degree, _MANY_DEGREES),
            self.bounded and other.bounded,
        )


_CLEAR = Cost()
_ENDLESS = Cost(bounded=False)


def cost_of(parts: Sequence[Part], follow: int = NOTHING) -> Cost:
    """The cost of a sequence, after which a character of the set `follow` comes, or nothing that could fail.

    It is looked at from its end, so that for each part it is known with what the rest may begin: a repetition leaves
    a choice only where the next thing may be taken for one more of the same.
    """
    cost = _CLEAR
    for part in reversed(parts):
        cost = cost.times(_cost(part, follow))
        first, may_be_empty = beginning((part,))
        follow = first | follow if may_be_empty else first
    return cost


def beginning(parts: Sequence[Part]) -> tuple[int, bool]:
    """With which characters a sequence may begin, and whether it may match nothing."""
    first = NOTHING
    for part in parts:
        own, may_be_empty = _beginning(part)
        first |= own
        if not may_be_empty:
            return first, False
    return first, True


def _beginning(part: Part) -> tuple[int, bool]:
    match part:
        case One(mask):
            return mask, False
        case Place(is_end=True):
            return NOTHING, False
        case Place() | Same():
            return ANYTHING, True
        case Either(branches):
            starts = [beginning(branch) for branch in branches]
            return _union(first for first, _ in starts), any(empty for _, empty in starts)
        case Repeated(inner, least, _):
            first, may_be_empty = _beginning(inner)
            return first, may_be_empty or least == 0


def _union(masks: Iterable[int]) -> int:
    whole = NOTHING
    for mask in masks:
        whole |= mask
    return whole


def _cost(part: Part, follow: int) -> Cost:
    if isinstance(part, Either):
        return _cost_of_group(part, follow)
    if isinstance(part, Repeated):
        return _cost_of_repetition(part, follow)
    return _CLEAR


def _cost_of_group(group: Either, follow: int) -> Cost:
    cost = _CLEAR
    begun, is_clear = NOTHING, True
    for branch in group.branches:
        first, may_be_empty = beginning(branch)
        first |= follow if may_be_empty else NOTHING
        is_clear = is_clear and not first & begun
        begun |= first
        cost = cost.times(cost_of(branch, follow))
    return cost if is_clear else cost.times(Cost(choices=len(group.branches)))


def _cost_of_repetition(repeated: Repeated, follow: int) -> Cost:
    first, may_be_empty = _beginning(repeated.part)
    if repeated.most == 1:
        return _cost(repeated.part, follow).times(Cost(choices=2 if first & follow or may_be_empty else 1))
    if may_be_empty:
        return _ENDLESS
    inner = _cost(repeated.part, first | follow)
    if repeated.most is None:
        return (_CLEAR if inner == _CLEAR else _ENDLESS).times(Cost(degree=1 if first & follow else 0))
    cost = Cost(choices=repeated.most - repeated.least + 1 if first & follow else 1)
    for _ in range(repeated.most):
        cost = cost.times(inner)
    return cost
