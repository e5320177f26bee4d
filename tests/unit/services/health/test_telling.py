"""Health as a fact in a line."""

from __future__ import annotations

import pytest

from xcatd.services.health.state import Health, Word
from xcatd.services.health.telling import Told, fact_of, read_fact, span


@pytest.mark.parametrize("word", Word)
def test_what_is_told_is_read_again(word: Word) -> None:
    health = Health("sn1", word, 10.0, ("it has no link", "TFTP: silent"), damped=True)
    assert fact_of(health, 75.9) == f"{word} 65s damped: it has no link; TFTP: silent"
    assert read_fact(fact_of(health, 75.9)) == Told(word, 65, damped=True, why="it has no link; TFTP: silent")
    assert read_fact(fact_of(Health("sn1", word, 10.0), 10.0)) == Told(word, 0)


def test_what_another_version_may_say_is_nothing() -> None:
    assert [read_fact(text) for text in ("", "excellent 5s", "dead", "healthy 5 s")] == [None] * 4


def test_times_as_people_say_them() -> None:
    assert [span(seconds) for seconds in (0, 59.9, 60, 7199, 90000, 200000)] == ["0s", "59s", "1m", "1h", "1d", "2d"]
