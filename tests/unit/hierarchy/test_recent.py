"""Who was away is told what it missed, as far back as that is known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from xcatd.hierarchy import recent
from xcatd.hierarchy.greeting import Mark
from xcatd.hierarchy.recent import Recent
from xcatd.store.patch import Touched


def test_what_has_changed_since_a_moment() -> None:
    feed = Recent()
    marks = [feed.mark]
    changes: list[Mapping[str, Touched | None]] = [
        {"nodelist": {"n1": False}},
        {"nodelist": {"n2": True}, "site": None},
        {"nodelist": {"n1": False}},
    ]
    for change in changes:
        feed.add(change)
        marks.append(feed.mark)
    missed = [feed.since(mark) for mark in marks]
    assert [None if dirty is None else list(dirty) for dirty in missed] == [
        [("nodelist", {"n1": False, "n2": True}), ("site", None)],
        [("nodelist", {"n2": True, "n1": False}), ("site", None)],
        [("nodelist", {"n1": False})],
        [],
    ]


def test_of_another_feed_or_of_the_future_nothing_is_known() -> None:
    feed, other = Recent(), Recent()
    feed.add({"site": None})
    for mark in (Mark(), other.mark, Mark(feed.mark.feed, 2), Mark(feed.mark.feed, -1)):
        assert feed.since(mark) is None


def test_what_is_too_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "CHANGES", 3)
    feed = Recent()
    marks = [feed.mark]
    for _ in range(5):
        feed.add({"site": None})
        marks.append(feed.mark)
    assert [feed.since(mark) is not None for mark in marks] == [False, False, True, True, True, True]


def test_many_rows_are_forgotten_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "ROWS", 100)
    feed = Recent()
    before = feed.mark
    feed.add({"nodelist": {f"n{number}": False for number in range(60)}})
    between = feed.mark
    feed.add({"nodelist": {f"n{number}": False for number in range(60)}})
    assert feed.since(before) is None
    assert feed.since(between) is not None
