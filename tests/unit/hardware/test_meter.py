"""The books on controllers."""

from __future__ import annotations

import pytest

from xcatd.errors import BadCredentials, Unreachable
from xcatd.hardware import Meter
from xcatd.hardware.meter import BOUNDS


def test_what_is_asked_is_counted_with_its_time_and_its_trouble() -> None:
    meter = Meter()
    with meter.watch("IPMI", "b1:623"):
        pass
    with pytest.raises(Unreachable), meter.watch("IPMI", "b1:623"):
        raise Unreachable("no answer")
    account = meter.accounts["IPMI", "b1:623"]
    assert (account.asked, account.errors) == (2, {"unreachable": 1})
    assert 0 <= account.last <= account.seconds
    assert sum(meter.drivers["IPMI"].counts) == 2


def test_a_caller_who_goes_away_is_not_counted() -> None:
    meter = Meter()
    with pytest.raises(KeyboardInterrupt), meter.watch("IPMI", "b1:623"):
        raise KeyboardInterrupt
    assert not meter.accounts


def test_who_was_not_asked_for_the_longest_time_is_forgotten_first() -> None:
    meter = Meter(most=2)
    for place in ("b1", "b2", "b1", "b3"):
        with meter.watch("IPMI", place):
            pass
    assert list(meter.accounts) == [("IPMI", "b1"), ("IPMI", "b3")]


def test_the_slowest_come_first() -> None:
    meter = Meter()
    for place, seconds in (("b1", 0.2), ("b2", 3.0), ("b3", 0.1)):
        with pytest.raises(BadCredentials), meter.watch("IPMI", place):
            raise BadCredentials("no")
        meter.accounts["IPMI", place].last = seconds
    assert [place for (_, place), _ in meter.slowest(2)] == ["b2", "b1"]


def test_times_fall_into_the_class_whose_end_they_do_not_pass() -> None:
    meter = Meter()
    with meter.watch("IPMI", "b1"):
        pass
    histogram = meter.drivers["IPMI"]
    histogram.add(BOUNDS[3])
    histogram.add(1000.0)
    assert histogram.counts[3] >= 1
    assert histogram.counts[-1] == 1
