"""What is known of a service of this host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xcatd.services.managers import State
from xcatd.services.service import ALONE


@dataclass(frozen=True, slots=True)
class Status:
    """`wanted`: ALONE, ON or SECOND; None: the tables have not been looked at yet. `state` is of its server; None when it has none
    or nobody has looked. `doing`: what is being done, "" for nothing. `error`: why it is not as it shall be. `since`: when this
    became so. `checked`: when it was last brought to what is wanted, or found so. `again`: when the next try is due."""

    service: str
    wanted: str | None = None
    state: State | None = None
    doing: str = ""
    error: str = ""
    warnings: Sequence[str] = ()
    since: datetime | None = None
    checked: datetime | None = None
    again: datetime | None = None

    @property
    def word(self) -> str:
        """How it is, in one word."""
        if self.error:
            return "failed"
        if self.doing:
            return self.doing
        if self.wanted is None:
            return "waiting"
        if self.wanted == ALONE:
            return "left alone"
        return str(self.state) if self.state is not None else "done" if self.checked else "not looked at"
