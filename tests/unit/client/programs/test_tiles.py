"""Where windows go that stand side by side."""

from __future__ import annotations

from itertools import islice

import pytest

from xcat_client.programs.tiles import places


@pytest.mark.parametrize(
    ("screen", "window", "across", "expected"),
    [
        ((300, 200), (100, 90), 0, ["+0+0", "+100+0", "+200+0", "+0+90", "+100+90", "+200+90", "+0+0"]),
        ((300, 200), (100, 90), 2, ["+0+0", "+100+0", "+0+90", "+100+90", "+0+0"]),
        ((300, 200), (100, 90), 4, ["+0+0", "+100+0", "+200+0", "+300+0", "+0+90"]),
        ((300, 200), (400, 300), 0, ["+0+0", "+0+0", "+0+0"]),
        ((300, 200), (100, 90), 1, ["+0+0", "+0+90", "+0+0"]),
    ],
    ids=["as many as fit", "two across", "more than fit", "larger than the screen", "one below the other"],
)
def test_from_the_left_then_below_then_anew(
    screen: tuple[int, int], window: tuple[int, int], across: int, expected: list[str]
) -> None:
    assert list(islice(places(screen, window, across), len(expected))) == expected
