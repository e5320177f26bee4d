"""That the tables are a copy whose original is out of reach, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

FELT = 3.0
"""Seconds after which somebody wants to know: a restart of the other side takes less."""
OLD = 90.0
"""Seconds of age that are always worth a word: a daemon that has just begun with a copy may have one of a minute ago."""


@dataclass(frozen=True, slots=True)
class Outage:
    """`since`: the last moment at which the copy was known to be current, with a time zone. `reason`: a few words. `what`:
    who has the original. `noticed`: when it was found out, if that was later."""

    since: datetime
    reason: str
    what: str = "The management node"
    noticed: datetime | None = None

    def is_felt(self, now: datetime) -> bool:
        """Whether it lasts so long, or the copy is so old, that it is worth a word."""
        lasts = now - (self.noticed or self.since)
        return lasts.total_seconds() > FELT or (now - self.since).total_seconds() > OLD

    def notice(self, now: datetime) -> str:
        """One sentence for whoever reads from the copy. `now`, with a time zone: on another day the date is said too."""
        since, now = self.since.astimezone(), now.astimezone()
        moment = since.strftime("%H:%M:%S" if since.date() == now.date() else "%Y-%m-%d %H:%M:%S")
        reason = self.reason.rstrip(".")
        return f"{self.what} cannot be reached since {moment} ({reason}): what is shown is how it was then"
