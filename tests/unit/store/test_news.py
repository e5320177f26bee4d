"""Two changes are told as one."""

from __future__ import annotations

import pytest

from xcatd.store.news import News, merged

ONE, TWO = frozenset({"a", "b"}), frozenset({"b", "c"})


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({}, {}, {}),
        ({"site": ONE}, {}, {"site": ONE}),
        ({}, {"site": ONE}, {"site": ONE}),
        ({"site": ONE}, {"site": TWO}, {"site": ONE | TWO}),
        ({"site": ONE}, {"nodelist": TWO}, {"site": ONE, "nodelist": TWO}),
        ({"site": None}, {"site": TWO}, {"site": None}),
        ({"site": ONE}, {"site": None}, {"site": None}),
        ({"site": None}, {"site": None}, {"site": None}),
    ],
)
def test_both(one: News, other: News, both: News) -> None:
    before = dict(one), dict(other)
    assert merged(one, other) == both
    assert (one, other) == before
