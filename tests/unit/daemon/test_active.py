"""When one that leads counts as silent."""

from __future__ import annotations

from xcatd.daemon.active import SILENCE, Silence
from xcatd.store.engine import Seat


def seat(heard: str, *, leads: bool = True) -> Seat:
    return Seat("mn1", "42", leads, heard)


def test_it_is_silent_when_the_server_has_not_heard_of_it_for_long() -> None:
    silence, step = Silence(), SILENCE / 4
    found = [silence.of([seat("noon")], now * step) for now in range(6)]
    assert found == [None] * 5 + [seat("noon")]


def test_a_word_begins_it_anew() -> None:
    silence, step = Silence(), SILENCE / 4
    assert not any(silence.of([seat(f"word {now // 4}")], now * step) for now in range(40))


def test_looks_that_are_far_apart_say_nothing() -> None:
    silence = Silence()
    assert not any(silence.of([seat("noon")], now * SILENCE) for now in range(10))


def test_who_does_not_lead_may_be_silent() -> None:
    silence = Silence()
    assert not any(silence.of([seat("noon", leads=False)], float(now)) for now in range(40))
    assert silence.of([], 41.0) is None
