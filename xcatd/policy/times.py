"""The `time` column of the policy table: when a row holds. xCAT 2 reads this column and ignores it.

    text    = window *( "," window )
    window  = days | hours | days " " hours
    days    = day | day "-" day                 Mon, mon-fri, Saturday-Monday (may run over the end of the week)
    hours   = clock "-" clock                   8:00-17:00, 8-17, 22:00-6:00
    clock   = 0-23 [ ":" 00-59 ] | 24:00

Hours begin with the first minute named and end before the last one; without days they hold on every day, days without
hours last from midnight to midnight. A window over midnight belongs to the day on which it begins: `Fri 22:00-6:00`
ends on Saturday morning. Days without hours next to a window with hours (`Mon,Tue 8:00-17:00`) can be meant in two
ways, so they cannot be read: write `Mon-Tue 8:00-17:00`, or `Mon 0:00-24:00,Tue 8:00-17:00`. Times are local times of
the daemon that decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from xcatd.errors import ConfigError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MIDNIGHT = 24 * 60
_CLOCK = r"(\d{1,2})(?::(\d{2}))?"
_HOURS = re.compile(rf"{_CLOCK}\s*-\s*{_CLOCK}")
_WINDOW = re.compile(r"(?P<days>[A-Za-z]+(?:\s*-\s*[A-Za-z]+)?)?\s*(?P<hours>\d[\d:\s-]*)?")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of minutes of the day, on some weekdays (0 = Monday). `end` <= `begin` runs over midnight."""

    days: frozenset[int]
    begin: int
    end: int

    def __contains__(self, moment: datetime) -> bool:
        minute, day = moment.hour * 60 + moment.minute, moment.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        return (day in self.days and minute >= self.begin) or ((day - 1) % 7 in self.days and minute < self.end)


def read_times(text: str) -> tuple[Window, ...]:
    """The windows of a `time` value; none for an empty one or `*`. Raises ConfigError naming what cannot be read."""
    if text.strip() in ("", "*"):
        return ()
    parts = [_WINDOW.fullmatch(part.strip()) for part in text.split(",")]
    if not all(part and part.group() for part in parts):
        raise _unreadable(text, 'write it like "Mon-Fri 8:00-17:00,Sat 9:00-12:00"')
    found = [(part["days"], part["hours"]) for part in parts if part]
    if any(hours is None for _, hours in found) and not all(hours is None for _, hours in found):
        raise _unreadable(text, "give hours for each of its days, or for none")
    return tuple(Window(_days(text, days), *_hours(text, hours)) for days, hours in found)


def _days(text: str, words: str | None) -> frozenset[int]:
    if words is None:
        return frozenset(range(7))
    first, *rest = (_day(text, word.strip()) for word in words.split("-"))
    last = rest[0] if rest else first
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _day(text: str, word: str) -> int:
    found = [number for number, name in enumerate(_DAYS) if name.startswith(word.lower())]
    if len(word) < 3 or not found:
        raise _unreadable(text, f"{word!r} is not a day of the week (Mon, Tue, Wed, Thu, Fri, Sat, Sun)")
    return found[0]


def _hours(text: str, words: str | None) -> tuple[int, int]:
    if words is None:
        return 0, _MIDNIGHT
    found = _HOURS.fullmatch(words.strip())
    if found is None:
        raise _unreadable(text, f"{words.strip()!r} is not a span of hours such as 8:00-17:00")
    begin = _minute(text, found[1], found[2])
    end = _minute(text, found[3], found[4])
    if begin in (end, _MIDNIGHT):
        raise _unreadable(text, f"{words.strip()!r} has no length; a whole day is 0:00-24:00")
    return begin, end


def _minute(text: str, hour: str, minute: str | None) -> int:
    at = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or at > _MIDNIGHT:
        raise _unreadable(text, f"{hour}:{minute or '00'} is not a time of the day")
    return at


def _unreadable(text: str, remedy: str) -> ConfigError:
    return ConfigError(f"The time {text!r} cannot be read: {remedy}")
