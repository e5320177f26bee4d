"""How long to wait before the next try."""

from __future__ import annotations

from xcatd.services.keeping.backoff import Backoff


def test_tries_become_rarer_up_to_once_a_minute() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_only_a_minute_of_health_makes_the_next_trouble_the_first_one() -> None:
    now = [0.0]
    backoff = Backoff(lambda: now[0])
    assert [backoff.next(), backoff.next()] == [1, 2]
    backoff.rest()
    now[0] = 59.0
    backoff.rest()
    assert backoff.next() == 4
    backoff.rest()
    now[0] = 119.0
    assert backoff.next() == 1
