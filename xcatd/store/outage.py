"""That the tables are a copy whose original is out of reach, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """`since`: the last moment at which the copy was known to be current, with a time zone. `reason`: a few words. `what`:
    who has the original."""

    since: datetime
    reason: str
    what: str = "The management node"

    def notice(self, now: datetime) -> str:
        """One sentence for whoever reads from the copy. `now`, with a time zone: on another day the date is said too."""
        since, now = self.since.astimezone(), now.astimezone()
        moment = since.strftime("%H:%M:%S" if since.date() == now.date() else "%Y-%m-%d %H:%M:%S")
        reason = self.reason.rstrip(".")
        return f"{self.what} cannot be reached since {moment} ({reason}): what is shown is how it was then"
