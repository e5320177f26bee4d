"""Looks again and again whether nodes of a dead service node are to be moved, or moved back, and has that done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from xcatd.daemon.takeover.mover import Moved, Mover
from xcatd.daemon.takeover.notices import Event, Notice, Notices
from xcatd.errors import StoreError
from xcatd.hierarchy.link import Spawn
from xcatd.noderange import fold
from xcatd.objects import world_of
from xcatd.services.health.state import HealthView
from xcatd.services.keeping.backoff import Backoff
from xcatd.services.takeover import Back, Deed, Go, Remark, Scene, is_on, judged, problems
from xcatd.services.takeover.moves import open_moves
from xcatd.store import Snapshot

log = logging.getLogger(__name__)

LOOKS = 1.0
"""Seconds between two looks."""
_SHOWN = 3
"""Sentences of a failure that are said."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a takeover knows of this daemon. `names`: how the tables call it. `linked`: whether there is a link to a service node.
    `moving`: the nodes on which an snmove works. `leads`: whether this is the active management node."""

    snapshot: Callable[[], Snapshot]
    health: HealthView
    names: Collection[str]
    linked: Callable[[str], bool]
    moving: Collection[str]
    spawn: Spawn
    leads: Callable[[], bool]


def _now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class _Pause:
    """After something that failed."""

    backoff: Backoff
    until: float = 0.0


@dataclass(slots=True)
class Takeover:
    """Everything that lasts is in the tables: after a restart of the daemon it goes on."""

    around: Around
    mover: Mover
    notices: Notices
    clock: Callable[[], float] = _now
    _working: set[str] = field(default_factory=set)
    """Nodes that are being moved by us."""
    _pauses: dict[tuple[str, ...], _Pause] = field(default_factory=dict)
    _said: set[object] = field(default_factory=set)
    """Why nodes do not move, as far as it has been said and is still so."""
    _failures: dict[tuple[str, ...], str] = field(default_factory=dict)
    _wrong: frozenset[str] = frozenset()
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _is_closed: bool = False

    async def keep(self) -> None:
        """Until cancelled."""
        self.around.spawn(self.notices.keep(), "telling of takeovers")
        while True:
            await asyncio.sleep(LOOKS)  # a predecessor lets go of what it does
            self.look(self.clock())

    def close(self) -> None:
        """This daemon stops: nothing more is begun, and what is under way is left to the next one, which resumes it."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()

    def look(self, now: float) -> None:
        """Begin all that is due now; `now` in seconds, by the clock of the healths."""
        if self._is_closed or not self.around.leads():
            return
        try:
            world = world_of(self.around.snapshot())
        except StoreError:  # there are no tables yet
            return
        self._complain(problems(world))
        if not (is_on(world) or open_moves(world)):
            self._said.clear()
            return
        healths = self.around.health.healths()
        linked = {name for name in healths if self.around.linked(name)}
        moving = {*self.around.moving, *self._working}
        found = judged(Scene(world, healths, linked, now, self.around.names, moving))
        self._remark(found.remarks)
        for deed in found.deeds:
            if self._is_due(deed, now):
                self._working.update(deed.nodes)
                task = self.around.spawn(self._do(deed), f"moving nodes of {deed.source}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _complain(self, texts: Iterable[str]) -> None:
        wrong = frozenset(texts)
        for text in sorted(wrong - self._wrong):
            log.warning("takeover: %s", text)
        self._wrong = wrong

    def _remark(self, remarks: Iterable[Remark]) -> None:
        now: set[object] = {*remarks}
        for one in remarks:
            if one not in self._said:
                self.notices.say(Notice(Event(one.about), one.source, "", one.nodes, one.text))
        self._said = now

    def _is_due(self, deed: Deed, now: float) -> bool:
        pause = self._pauses.get(_key(deed))
        return pause is None or pause.until <= now

    async def _do(self, deed: Deed) -> None:
        log.info("takeover: %s", _announced(deed))
        try:
            moved = await self._done(deed)
        finally:
            self._working.difference_update(deed.nodes)
        if moved.good:
            event = Event.BACK if isinstance(deed, Back) else Event.MOVED
            self.notices.say(Notice(event, deed.source, deed.dest, moved.good, _told(deed, moved.good)))
        self._note(deed, moved)

    async def _done(self, deed: Deed) -> Moved:
        if isinstance(deed, Go):
            return await self.mover.go(deed.nodes, deed.dest)
        if isinstance(deed, Back):
            return await self.mover.back(deed.id, deed.nodes)
        return await self.mover.resume(deed.id, deed.nodes)

    def _note(self, deed: Deed, moved: Moved) -> None:
        """What failed is said once, and tried again later."""
        key = _key(deed)
        if not moved.troubles:
            self._pauses.pop(key, None)
            self._failures.pop(key, None)
            return
        pause = self._pauses.setdefault(key, _Pause(Backoff(self.clock)))
        pause.until = self.clock() + pause.backoff.next()
        text = "; ".join(moved.troubles[:_SHOWN])
        if self._failures.get(key) != text:
            self._failures[key] = text
            left = tuple(node for node in deed.nodes if node not in moved.good)
            said = f"{_announced(deed)}: that has failed, and is tried again: {text}"
            self.notices.say(Notice(Event.FAILED, deed.source, deed.dest, left, said))


def _key(deed: Deed) -> tuple[str, ...]:
    return ("go", deed.source, deed.dest) if isinstance(deed, Go) else ("move", deed.id)


def _announced(deed: Deed) -> str:
    nodes = fold(deed.nodes)
    if isinstance(deed, Go):
        return f"{deed.source} is dead: {nodes} go to {deed.dest}"
    if isinstance(deed, Back):
        return f"{nodes} go back from {deed.source} to {deed.dest} (move {deed.id})"
    return f"the move {deed.id} of {nodes} from {deed.source} to {deed.dest} goes on"


def _told(deed: Deed, good: tuple[str, ...]) -> str:
    nodes = fold(good)
    if isinstance(deed, Go):
        return f"{deed.source} is dead: {nodes} have gone to {deed.dest}"
    if isinstance(deed, Back):
        return f"{nodes} have gone back from {deed.source} to {deed.dest}"
    return f"the move {deed.id} of {nodes} from {deed.source} to {deed.dest} is complete"
