"""How the site wants the logs, and when."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from xcatd.consoles.log.moments import moment, shown
from xcatd.consoles.log.places import is_fit
from xcatd.consoles.log.settings import LogSettings, log_settings
from xcatd.errors import UsageError


def settings(**site: str) -> LogSettings:
    return log_settings(lambda key: site.get(key, ""))


def test_a_site_that_says_nothing_has_the_defaults() -> None:
    assert settings() == LogSettings(16 << 20, 30, 4, False)


def test_the_site_says_how_large_how_old_and_how_many() -> None:
    said = settings(consolelogsize="2", consolelogdays="0", consolelogkeep="0", consolesyslog="Yes")
    assert said == LogSettings(2 << 20, 0, 0, True)


@pytest.mark.parametrize("value", ["x", "-1", "0", "1.5", "99999999999", "²"])
def test_a_size_that_makes_no_sense_counts_as_not_said(value: str) -> None:
    assert settings(consolelogsize=value) == LogSettings()


@pytest.mark.parametrize("name", ["", ".", "..", ".times", "a/b", "/etc/passwd", "a\0", "x" * 300])
def test_a_name_that_leads_elsewhere_is_not_fit(name: str) -> None:
    assert not is_fit(name)


def test_times_are_said_in_several_ways() -> None:
    assert moment("2026-11-21 14:00") == int(datetime(2026, 11, 21, 14).timestamp() * 1000)
    assert moment("1970-01-02T00:00:00+00:00") == 86_400_000
    assert datetime.fromtimestamp(moment("9:05") / 1000).strftime("%H:%M:%S") == "09:05:00"
    assert datetime.fromtimestamp(moment("09:05:07") / 1000).date() == datetime.now().date()
    before = time.time() * 1000
    assert before - 600_001 <= moment("10m") <= time.time() * 1000 - 600_000
    assert shown(moment("2026-11-21 14:00:03.250")) == "2026-11-21 14:00:03.250"


@pytest.mark.parametrize("text", ["", "yesterday", "25:00", "10", "9999999d", "-1m"])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="is no time; write it as 14:00"):
        moment(text)
