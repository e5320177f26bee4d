"""Output by the thousand lines: cut into pieces that are worth a reply each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import TypeVar

_T = TypeVar("_T")

FIRST = 32
"""Things in the first block, so that a reader sees soon that something comes."""
FULL = 1 << 16
"""Characters that a block should have."""
SLOW = 0.01
"""Seconds that making a block may take, so that others have their turn."""


def blocks(
    things: Iterable[_T], length: Callable[[Sequence[_T]], int], clock: Callable[[], float] = monotonic
) -> Iterator[tuple[_T, ...]]:
    """The things in tuples, a small one first; `length` gives the characters in some of them.

    When `things` raises, what it gave before comes first.
    """
    source, count = iter(things), FIRST
    while True:
        began, block = clock(), list[_T]()
        try:
            block.extend(islice(source, count))
        except Exception:
            if block:
                yield tuple(block)
            raise
        if not block:
            return
        took, size = clock() - began, length(block)
        yield tuple(block)
        if took > SLOW or size > 2 * FULL:
            count = max(1, count // 2)
        elif took < SLOW / 2 and size < FULL / 2:
            count *= 2
