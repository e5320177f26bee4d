"""When a policy row holds: the `time` column."""

from __future__ import annotations

from datetime import datetime

import pytest

from xcatd.errors import ConfigError
from xcatd.policy.times import read_times

FRIDAY = "2026-11-20"
SATURDAY = "2026-11-21"
SUNDAY = "2026-11-22"


def holds(text: str, day: str, clock: str) -> bool:
    moment = datetime.fromisoformat(f"{day} {clock}")
    return any(moment in window for window in read_times(text))


@pytest.mark.parametrize("text", ["", "*", "  "])
def test_an_empty_time_names_no_window(text: str) -> None:
    assert read_times(text) == ()


@pytest.mark.parametrize(
    ("clock", "expected"), [("07:59", False), ("08:00", True), ("16:59:59", True), ("17:00", False), ("00:00", False)]
)
def test_hours_begin_with_the_first_minute_and_end_before_the_last(clock: str, expected: bool) -> None:
    assert holds("8:00-17:00", FRIDAY, clock) is expected


@pytest.mark.parametrize(("day", "expected"), [(FRIDAY, True), (SATURDAY, False)])
def test_weekdays_limit_the_hours(day: str, expected: bool) -> None:
    assert holds("Mon-Fri 8:00-17:00", day, "12:00") is expected


@pytest.mark.parametrize("text", ["sat", "Saturday", "Sat-Mon", "fri-sat", "Sat 0-24", "sat 0:00-24:00"])
def test_days_may_be_written_short_long_and_over_the_end_of_the_week(text: str) -> None:
    assert holds(text, SATURDAY, "23:59")


def test_several_windows_are_separated_by_commas() -> None:
    text = "Mon-Fri 8:00-17:00, Sat 9-12"
    assert holds(text, FRIDAY, "16:00")
    assert holds(text, SATURDAY, "11:59")
    assert not holds(text, SATURDAY, "16:00")
    assert not holds(text, SUNDAY, "11:00")


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    text = "Fri 22:00-6:00"
    assert holds(text, FRIDAY, "22:00")
    assert holds(text, SATURDAY, "05:59")
    assert not holds(text, FRIDAY, "05:59")
    assert not holds(text, SATURDAY, "06:00")
    assert not holds(text, SATURDAY, "22:00")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("soon", "'soon' is not a day of the week (Mon, Tue, Wed, Thu, Fri, Sat, Sun)"),
        ("M 8:00-17:00", "'M' is not a day of the week (Mon, Tue, Wed, Thu, Fri, Sat, Sun)"),
        ("8:00", "'8:00' is not a span of hours such as 8:00-17:00"),
        ("8:00-8:00", "'8:00-8:00' has no length; a whole day is 0:00-24:00"),
        ("8:60-17:00", "8:60 is not a time of the day"),
        ("8:00-25:00", "25:00 is not a time of the day"),
        ("Mon,Tue 8:00-17:00", "give hours for each of its days, or for none"),
        ("8:00-17:00 Mon", 'write it like "Mon-Fri 8:00-17:00,Sat 9:00-12:00"'),
        ("8:00-17:00,", 'write it like "Mon-Fri 8:00-17:00,Sat 9:00-12:00"'),
    ],
)
def test_what_cannot_be_read_is_named_with_its_remedy(text: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_times(text)
    assert str(error.value) == f"The time {text!r} cannot be read: {remedy}"
