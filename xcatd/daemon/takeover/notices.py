"""Telling people of automatic takeovers: in the log, in table eventlog, and by a program of the site."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from xcatd.api.host import Report
from xcatd.daemon.notifications.program import run_program
from xcatd.errors import XcatError
from xcatd.hierarchy.link import Spawn
from xcatd.model import Origin
from xcatd.noderange import fold
from xcatd.store import Append, Snapshot

log = logging.getLogger(__name__)

PROGRAM = "takeoverprogram"
"""The site attribute that names the program."""
PATIENCE = 60.0
"""Seconds after which the program is killed."""


class Event(StrEnum):
    """What has happened to nodes."""

    MOVED = "moved"
    BACK = "back"
    FAILED = "failed"
    HELD = "held"
    STAYS = "stays"


_SEVERITY = {Event.BACK: "informational", Event.MOVED: "warning"}


@dataclass(frozen=True, slots=True)
class Notice:
    """`source`: the service node that the nodes leave, or do not leave; `dest`: where they go, "" for nowhere."""

    event: Event
    source: str
    dest: str
    nodes: tuple[str, ...]
    text: str

    def lines(self) -> str:
        """What the program reads."""
        about = {"event": self.event, "source": self.source, "dest": self.dest, "nodes": fold(self.nodes)}
        return "".join(f"{name}={value}\n" for name, value in {**about, "text": self.text}.items())


@dataclass(slots=True)
class Notices:
    """`name` is this daemon's; `report` keeps an event on disk until it is written; `snapshot` gives the tables."""

    name: str
    snapshot: Callable[[], Snapshot]
    report: Report
    spawn: Spawn
    _waiting: asyncio.Queue[Notice] = field(default_factory=asyncio.Queue)

    def say(self, notice: Notice) -> None:
        """Tell of it. Quick."""
        log.warning("takeover: %s", notice.text)
        self.spawn(self._record(notice), "the event of a takeover")
        self._waiting.put_nowait(notice)

    async def keep(self) -> None:
        """Run the program once for each notice, one after the other, until cancelled."""
        while True:
            notice = await self._waiting.get()
            if not (command := self.snapshot().site(PROGRAM).strip()):
                continue
            if trouble := await run_program(command, notice.lines(), PATIENCE):
                log.warning("takeover: %s %s (site.%s)", command, trouble, PROGRAM)

    async def _record(self, notice: Notice) -> None:
        row = {
            "eventtime": datetime.now().strftime("%Y-%m-%d %H:%M:%S"),
            "eventtype": "takeover",
            "monitor": "xcatd",
            "monnode": self.name,
            "node": notice.source,
            "component": str(notice.event),
            "severity": _SEVERITY.get(notice.event, "critical"),
            "message": notice.text,
        }
        try:
            await self.report((Append("eventlog", row),), Origin(self.name, command="takeover"))
        except XcatError as error:
            log.warning("takeover: the event is not in table eventlog: %s", error)
