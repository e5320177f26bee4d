"""What a service node does not serve while others may serve it (docs/takeover.md, decision 13).

Where nodes go to another service node by themselves, one that was away may find that its nodes have gone. So after a start it waits
for current tables before it gives addresses to machines and opens the consoles of these nodes; and one that is cut off lets their
consoles go in time. Where nobody has set that, nothing waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from xcatd.errors import StoreError
from xcatd.noderange import fold
from xcatd.objects import World, world_of
from xcatd.services.health.judgement import AFTER
from xcatd.services.health.reach import MISSED, first_word, look
from xcatd.services.takeover.fence import asked_by, at_risk
from xcatd.store import Snapshot
from xcatd.store.outage import Outage
from xcatd.tls import TlsFiles

log = logging.getLogger(__name__)

LOOKS = 1.0
"""Seconds between two looks."""
PATIENCE = 60.0
"""Seconds after the start after which it serves with the tables that it has: to be served counts for more then."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a fence sees. `names`: how the tables call this host. `outage`: why the tables may be old. `is_linked`: whether there is
    a link to the daemon above; `is_above_down`: whether that is known not to run. `missed`: how many of these daemons, of which
    there is one at least, do not answer."""

    names: Collection[str]
    snapshot: Callable[[], Snapshot]
    outage: Callable[[], Outage | None]
    is_linked: Callable[[], bool]
    is_above_down: Callable[[], bool]
    missed: Callable[[Sequence[str]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Missed:
    """How many of some daemons do not answer at their port. `files`: of this daemon."""

    snapshot: Callable[[], Snapshot]
    files: TlsFiles

    async def __call__(self, names: Sequence[str]) -> int:
        world = world_of(self.snapshot())
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(look(world, name, "", self.files)) for name in names]
        return sum(first_word(one.result()) == MISSED for one in looks)


class _State(Enum):
    BEGINNING = auto()
    """Tables have not been current since the start."""
    GIVEN_UP = auto()
    """The same, for longer than PATIENCE."""
    OPEN = auto()
    ALONE = auto()
    """Cut off from the daemon above and from most others."""


class Fence:
    """`tell` is called with the nodes whose consoles are withheld, whenever they change."""

    def __init__(self, around: Surroundings, tell: Callable[[Collection[str]], None]) -> None:
        self._around = around
        self._tell = tell
        self._state = _State.BEGINNING
        self._begun: float | None = None
        self._lost: float | None = None
        """Since when there is neither a link nor current tables."""
        self._withheld: frozenset[str] = frozenset()
        self._opened = asyncio.Event()
        self._opened.set()

    @property
    def is_shut(self) -> bool:
        """Whether this host has begun with tables that may be old, and waits."""
        return not self._opened.is_set()

    async def opened(self) -> None:
        """Wait until the tables are current, or the patience is over."""
        await self._opened.wait()

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.step(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOKS)

    async def step(self, now: float) -> None:
        """Look once, and ask others where that is needed; `now` in seconds."""
        if (asked := self._look(now)) and await self._is_alone(asked):
            self._let_go(now)

    def _look(self, now: float) -> Sequence[str]:
        """See how it is now. Gives the service nodes that are to be asked whether this one is cut off."""
        self._begun = now if self._begun is None else self._begun
        try:
            world = world_of(self._around.snapshot())
        except StoreError:  # without tables nothing is served
            return ()
        outage = self._around.outage()
        if outage is None:
            self._state, self._lost = _State.OPEN, None
            self._withhold(frozenset())
            self._opened.set()
        elif self._state is _State.BEGINNING:
            self._wait(world, outage, now - self._begun)
        if outage is None or self._around.is_linked() or self._state not in (_State.OPEN, _State.ALONE):
            self._lost = None
            return ()
        return self._cut(world, now)

    def _wait(self, world: World, outage: Outage, lasts: float) -> None:
        risk = at_risk(world, self._around.names)
        age = (datetime.now(UTC) - outage.since).total_seconds()
        since = f"{outage.since.astimezone():%Y-%m-%d %H:%M:%S}"
        if lasts >= PATIENCE and self.is_shut:
            log.warning("no current tables for %.0f s: DHCP and consoles are served with those of %s", PATIENCE, since)
        elif risk and (age >= AFTER or self.is_shut):
            if not self.is_shut:
                text = (
                    "the tables are of %s: DHCP, and the consoles of %s, wait for current ones, for %.0f s at the most"
                )
                log.warning(text, since, fold(risk), PATIENCE)
            self._opened.clear()
            self._withhold(risk)
            return
        self._state = _State.GIVEN_UP if lasts >= PATIENCE else _State.OPEN
        self._withhold(frozenset())
        self._opened.set()

    def _cut(self, world: World, now: float) -> Sequence[str]:
        """There is no link. Whoever knows that the daemon above does not run keeps what it has: nobody has moved its nodes."""
        self._lost = now if self._lost is None else self._lost
        lasts = now - self._lost
        if (
            lasts < AFTER
            or self._around.is_above_down()
            or not at_risk(world, self._around.names, lasts) - self._withheld
        ):
            return ()
        return asked_by(world, self._around.names)

    async def _is_alone(self, asked: Sequence[str]) -> bool:
        """Whether most of them are out of reach, too: then the daemon above hears from them that this one is dead."""
        return 2 * await self._around.missed(asked) > len(asked)

    def _let_go(self, now: float) -> None:
        """Nodes that have gone to another one by now, because this host counts as dead. Only current tables say who comes back."""
        if self._around.outage() is None or self._around.is_linked() or self._lost is None:
            return  # all was well again before the others had answered
        risk = at_risk(world_of(self._around.snapshot()), self._around.names, now - self._lost)
        text = "cut off from the management node and from most others: the consoles of %s are left to these"
        log.warning(text, fold(risk))
        self._state = _State.ALONE
        self._withhold(risk | self._withheld)

    def _withhold(self, nodes: frozenset[str]) -> None:
        if nodes != self._withheld:
            if not nodes:
                log.warning("consoles are not withheld any more")
            self._withheld = nodes
            self._tell(nodes)
