"""The forms of table nodelist."""

from __future__ import annotations

from datetime import datetime

import pytest

from xcatd.services.nodes.statuses import LONGEST, is_wanted, merged, reason_of, time_of


@pytest.mark.parametrize(
    ("before", "states", "after"),
    [
        ("", {"gpfs": "up"}, "gpfs=up"),
        ("gpfs=up,ll=down", {"gpfs": "down"}, "gpfs=down,ll=down"),
        ("gpfs=up", {"ll": "up"}, "gpfs=up,ll=up"),
        ("gpfs=up,reason=no disk", {"reason": None}, "gpfs=up"),
        ("reason=a=b", {"gpfs": "up"}, "reason=a=b,gpfs=up"),
        ("gpfs=up", {"reason": None}, "gpfs=up"),
        ("gpfs=up,,", {}, "gpfs=up"),
    ],
)
def test_states_of_applications_are_merged(before: str, states: dict[str, str | None], after: str) -> None:
    assert merged(before, states) == after


def test_a_reason_is_one_line_that_stands_among_pairs() -> None:
    assert reason_of(" disk\tfull,\n\x1b[31mred ") == "disk full; [31mred"
    assert len(reason_of("x" * 1000)) == LONGEST


def test_the_time_is_xcats() -> None:
    assert time_of(datetime(2026, 3, 4, 5, 6, 7)) == "03-04-2026 05:06:07"


@pytest.mark.parametrize(("word", "wanted"), [("", True), ("y", True), ("n", False), ("NO", False), ("0", False)])
def test_the_site_may_want_none(word: str, wanted: bool) -> None:
    assert is_wanted(word) is wanted
