"""How the service nodes directly below this daemon are, kept all the time: their links, their ports, their services, and what
others see of them."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from xcatd.errors import XcatError
from xcatd.hierarchy import Links
from xcatd.hierarchy.link import Spawn
from xcatd.services.health.judgement import Judgement, Seen
from xcatd.services.health.state import Health, Word

if TYPE_CHECKING:
    from xcatd.services.health.aspect import Aspect

log = logging.getLogger(__name__)

LOOKS = 1.0
"""Seconds between two looks at the links."""
DOUBTFUL = 3.0
"""Seconds without a link after which the port is tried, and others are asked."""
AGAIN = 3.0
"""Seconds from the end of one such round to the next."""
SETTLED = 60.0
"""Seconds for which nothing has changed, after which there is a round every SELDOM seconds only."""
SELDOM = 30.0
SERVICES = 30.0
"""Seconds from one look at a service node's services to the next."""
TROUBLED = 10.0
"""The same while one of them does not answer, and until it has some."""
Look = Callable[[str, "_Known"], Awaitable[None]]


class Rounds(Protocol):
    """Looks that take their time; see `healthrounds`."""

    def linked(self, name: str) -> None:
        """It has called."""
        ...

    async def around(self, name: str) -> Seen:
        """What this daemon and others see of a service node that has no link."""
        ...

    async def services(self, name: str, answered: set[Aspect]) -> tuple[str, ...] | None:
        """Sentences about its services that do not answer; None: it has none that are asked. `answered`: what has answered before;
        it grows."""
        ...


@dataclass(slots=True)
class _Known:
    """One service node. `next_round`, `next_services`: when to look again."""

    judgement: Judgement
    next_services: float
    next_round: float = 0.0
    seen: Seen = field(default_factory=lambda: Seen(is_linked=False))
    answered: set[Aspect] = field(default_factory=set)
    """What has answered since this daemon started."""
    is_busy: bool = False


class KeptHealth:
    """A `HealthView` that keeps itself current. `below`: who should be directly below; it raises XcatError when nobody can say.
    `spawn` runs what may fail alone; `clock` is the loop's."""

    def __init__(
        self,
        links: Links,
        below: Callable[[], Collection[str]],
        rounds: Rounds,
        spawn: Spawn,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._below = below
        self._rounds = rounds
        self._spawn = spawn
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._looks = False

    def healths(self) -> Mapping[str, Health]:
        """See `HealthView`: as it is at this moment. None on a daemon that does not look: a management node that stands by."""
        if not self._looks:
            return {}
        self._look(self._clock())
        return {name.partition(".")[0]: known.judgement.health for name, known in self._known.items()}

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.turn()
            await asyncio.sleep(LOOKS)

    def turn(self) -> None:
        """Look once, and begin the looks that take their time and are due."""
        self._looks, now = True, self._clock()
        self._look(now)
        for name, known in self._known.items():
            if not known.is_busy and (look := self._due(known, now)) is not None:
                known.is_busy = True
                self._spawn(self._guarded(name, known, look), f"a look at {name}")

    def _look(self, now: float) -> None:
        """Judge all, by what is known of them now."""
        names = self._names()
        for name in [name for name in self._known if name not in names]:
            del self._known[name]
        for name in names:
            if (known := self._known.get(name)) is None:
                # Spread, so that services are not asked all in the same moment.
                later = now + random.uniform(0, TROUBLED)  # noqa: S311 - it keeps no secret
                known = self._known[name] = _Known(Judgement(name, now), later)
            self._judge(name, known, now)

    def _names(self) -> Collection[str]:
        try:
            return dict.fromkeys(self._below())
        except XcatError:  # no tables yet, or a circle in them
            return ()

    def _judge(self, name: str, known: _Known, now: float) -> None:
        is_linked = self._links.find(name) is not None
        if is_linked and not known.seen.is_linked:
            known.seen = Seen(is_linked=True)  # what was seen of it meanwhile is of no use any more
            self._rounds.linked(name)
        elif not is_linked and known.seen.is_linked:
            known.seen, known.next_round = Seen(is_linked=False), now + DOUBTFUL
        before = known.judgement.health
        after = known.judgement.look(now, known.seen)
        if after.word is not before.word:
            say = log.info if after.word is Word.HEALTHY else log.warning
            say("%s is %s%s", name, after.word, "".join(f"; {reason}" for reason in after.reasons))

    def _due(self, known: _Known, now: float) -> Look | None:
        if known.seen.is_linked:
            return self._services if now >= known.next_services else None
        is_due = known.judgement.missing_for(now) >= DOUBTFUL and now >= known.next_round
        return self._around if is_due else None

    async def _services(self, name: str, known: _Known) -> None:
        faults = await self._rounds.services(name, known.answered)
        if known.seen.is_linked:
            known.seen = Seen(is_linked=True, faults=faults or ())
        known.next_services = self._clock() + (SERVICES if faults == () else TROUBLED)

    async def _around(self, name: str, known: _Known) -> None:
        before, seen = known.seen, await self._rounds.around(name)
        now = self._clock()
        if known.seen is before:  # else the link was back meanwhile
            known.seen = seen
        known.next_round = now + (SELDOM if now - known.judgement.health.since > SETTLED else AGAIN)

    async def _guarded(self, name: str, known: _Known, look: Look) -> None:
        try:
            await look(name, known)
        except XcatError as error:
            log.warning("no look at %s: %s", name, error)
        finally:
            known.is_busy = False
