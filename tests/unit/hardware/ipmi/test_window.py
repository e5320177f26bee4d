"""Sequence numbers: each is accepted once, late ones too, very late ones not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xcatd.hardware.ipmi.window import WIDTH, ReplayWindow


@given(st.lists(st.integers(0, 4 * WIDTH)))
def test_it_behaves_like_a_set_that_forgets(numbers: list[int]) -> None:
    window = ReplayWindow()
    seen = {0}
    for number in numbers:
        expected = number not in seen and number > max(seen) - WIDTH
        assert window.accept(number) is expected
        if expected:
            seen.add(number)


def test_a_leap_forward_is_believed() -> None:
    window = ReplayWindow()
    assert window.accept(2**32 - 1)
    assert not window.accept(2**32 - 1)
    assert not window.accept(1)
