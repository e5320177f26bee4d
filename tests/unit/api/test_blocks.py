"""Many things cut into pieces: small first, then as large as others can bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.api.blocks import FIRST, FULL, SLOW, blocks


def characters(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


@given(st.lists(st.text(max_size=3), max_size=200))
def test_nothing_is_lost_and_the_order_is_kept(texts: list[str]) -> None:
    made = list(blocks(texts, characters))
    assert list(chain.from_iterable(made)) == texts
    assert all(made)


def test_the_first_block_is_small_and_the_others_grow_up_to_a_bound() -> None:
    sizes = [len(block) for block in blocks(("x" * 100 for _ in range(20_000)), characters, lambda: 0.0)]
    assert sizes[0] == FIRST
    assert sizes == sorted(sizes[:-1]) + sizes[-1:]
    assert FULL / 2 <= sizes[-2] * 100 <= 2 * FULL


def test_long_texts_go_in_smaller_blocks() -> None:
    sizes = [len(block) for block in blocks(("x" * FULL for _ in range(200)), characters, lambda: 0.0)]
    assert sizes[:3] == [FIRST, FIRST // 2, FIRST // 4]
    assert sizes[-2] in (1, 2)


def test_what_is_slow_to_make_goes_in_smaller_blocks() -> None:
    now = 0.0

    def slow() -> Iterator[str]:
        nonlocal now
        for _ in range(100):
            now += SLOW
            yield "x"

    sizes = [len(block) for block in blocks(slow(), characters, lambda: now)]
    assert sizes[:6] == [FIRST, FIRST // 2, FIRST // 4, FIRST // 8, FIRST // 16, 1]


def test_nothing_is_read_before_it_is_wanted() -> None:
    read = []
    made = blocks((read.append(number) or "x" for number in range(1000)), characters)  # type: ignore[func-returns-value]
    next(made)
    assert len(read) == FIRST


def test_what_came_before_a_fault_is_given_first() -> None:
    def faulty() -> Iterator[str]:
        yield "one"
        raise LookupError

    made = blocks(faulty(), characters)
    assert next(made) == ("one",)
    with pytest.raises(LookupError):
        next(made)
    with pytest.raises(LookupError):
        next(blocks(chain((), iter(map(str, Broken()))), characters))


class Broken:
    def __iter__(self) -> Iterator[int]:
        raise LookupError
