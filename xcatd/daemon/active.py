"""Which management node is the active one, where there are several: this daemon waits for the lead, holds it, and notices when
it is gone.

What proves it is a session of the database (`store.engine.lead`). The server must have answered within LEASE seconds; who has
not been heard there for SILENCE seconds is ousted by the one who waits. So the one before has stopped by then, by its own
clock, and should it have been frozen meanwhile, the term in the database refuses what it writes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xcatd.errors import StandsBy, StoreError
from xcatd.model import Command, Where
from xcatd.store import SqlStore

if TYPE_CHECKING:
    from xcatd.store.engine import Lead, Seat

log = logging.getLogger(__name__)

LOOK: Final = 0.5
"""Seconds between two looks of one who waits."""
BEAT: Final = 1.0
"""Seconds between two words of the active one to the server."""
LEASE: Final = 4.0
"""Seconds for which the active one is sure of itself after the server has answered."""
SILENCE: Final = 5.0
"""Seconds after which one is ousted of whom the server has not heard."""


class Part(StrEnum):
    """What this daemon is among the management nodes."""

    WAITING = "stands by"
    RISING = "becomes active"
    LEADING = "active"
    OVER = "was active"


@dataclass(slots=True)
class Silence:
    """For how long the server has not heard of the one who leads, by the clock of this host. Looks that are too far apart say
    nothing: this daemon has stood still itself."""

    _heard: str = ""
    _since: float = 0.0
    _looked: float = 0.0

    def of(self, seats: Sequence[Seat], now: float) -> Seat | None:
        """The one who has been silent for too long."""
        leading = next((seat for seat in seats if seat.leads), None)
        heard = "" if leading is None else f"{leading.name} {leading.process} {leading.heard}"
        if heard != self._heard or now - self._looked > SILENCE / 2:
            self._heard, self._since = heard, now
        self._looked = now
        return leading if heard and now - self._since > SILENCE else None


@dataclass(slots=True)
class Active:
    """See the module. `nodes`: the management nodes by their short names, each with its host:port. `doubted` is called when this
    daemon cannot be sure any more."""

    name: str
    nodes: Mapping[str, str]
    store: SqlStore
    lead: Lead
    path: Path
    """Where the term is kept for the next daemon of this host."""
    doubted: Callable[[], None] = lambda: None
    part: Part = Part.WAITING
    term: int = 0
    is_new: bool = False
    """Whether the term has begun here, and not in a daemon of this host before."""
    _until: float = 0.0
    """By the monotonic clock: this daemon is sure until then."""
    _has_session: bool = True
    """Whether the session on which the server has answered is still there."""
    _lost: asyncio.Event = field(default_factory=asyncio.Event)
    _not_before: float = 0.0
    """When one that waits may take the lead at the earliest: the server was away, and the one before may be sure for a while."""
    _seats: Sequence[Seat] = ()
    _trouble: str = ""
    _error: StoreError | None = None
    """Why the server has not answered this one, which leads."""
    _silence: Silence = field(default_factory=Silence)

    def __post_init__(self) -> None:
        self.lead.lost = self._session_lost

    @property
    def is_sure(self) -> bool:
        """Whether this daemon knows that it leads. The clock says so, not a task: a process that has stood still knows at once."""
        return self.part is Part.LEADING and self._has_session and time.monotonic() < self._until

    async def beside(self) -> None:
        """Have the lead together with the daemon from which this one takes over, if that one leads: before it lets go."""
        now = time.monotonic()
        try:
            if await self._resumed():
                self._heard(now)
                self.part = Part.RISING
        except StoreError as error:
            self._complain(str(error))

    async def wait(self) -> None:
        """Wait until this daemon has the lead. `rise` must follow, while `hold` keeps it."""
        while self.part is Part.WAITING:
            if await self._tried():
                self.part = Part.RISING
            else:
                await asyncio.sleep(LOOK)

    async def rise(self) -> None:
        """Read what was written before, and lead, unless somebody else does by then."""
        while self.part is Part.RISING:
            try:
                await self.store.take_lead(self.term)
            except StoreError as error:
                self._complain(str(error))
                await asyncio.sleep(LOOK)
            else:
                break
        if self.part is Part.RISING:
            self.part = Part.LEADING
            log.info("this is the active management node now (term %d)", self.term)

    async def hold(self) -> None:
        """Keep the lead, until somebody else has it."""
        is_told = False
        while self.part is not Part.OVER:
            await self._pause()
            await self._beat()
            doubts = time.monotonic() > self._until
            if doubts and not is_told:
                self._doubt()
            is_told = doubts

    def close(self) -> None:
        """Let go of it."""
        self.lead.drop()

    # -- waiting --------------------------------------------------------------------------------------------------

    async def _tried(self) -> bool:
        now = time.monotonic()
        try:
            if not (await self._resumed() or (now >= self._not_before and await self._taken())):
                await self._look()
                return False
        except StoreError as error:
            self.lead.drop()
            self._complain(str(error))
            self._not_before = time.monotonic() + LEASE
            return False
        self._heard(now)
        return True

    def _heard(self, when: float) -> None:
        """The server has answered what was said then."""
        self._until, self._has_session, self._trouble, self._error = when + LEASE, True, "", None

    async def _resumed(self) -> bool:
        """Whether the term in which a daemon of this host led is still that of the cluster: then this one goes on with it."""
        if not (term := await asyncio.to_thread(_read, self.path)):
            return False
        if await self.lead.join():
            if await self.lead.term() == term:
                self.term = term
                return True
            self.lead.drop()
            await asyncio.to_thread(self.path.unlink, missing_ok=True)
        return False

    async def _taken(self) -> bool:
        if not await self.lead.take():
            return False
        self.term, self.is_new = await self.store.begin_term(), True
        await asyncio.to_thread(self.path.write_text, f"{self.term}\n", encoding="ascii")
        await self.lead.settle()
        return True

    async def _look(self) -> None:
        self._seats = await self.lead.seats()
        self._trouble = ""
        if gone := self._silence.of(self._seats, time.monotonic()):
            log.warning("%s has not been heard by the database for %d s: it is ousted", gone.name, SILENCE)
            await self.lead.oust(gone)

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("who is the active management node cannot be asked: %s", trouble)
        self._trouble = trouble

    # -- holding --------------------------------------------------------------------------------------------------

    def _doubt(self) -> None:
        if self.part is Part.OVER:
            return
        log.warning("this cannot be sure any more that it is the active management node")
        if self._error is not None:
            self.store.begin_without(self._error)  # what is shown from now on may be old
        self.doubted()

    def _session_lost(self) -> None:
        self._has_session = False
        self._lost.set()

    async def _pause(self) -> None:
        """Until the next word to the server, at once when the session is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK if self._trouble else BEAT):
                await self._lost.wait()
        self._lost.clear()

    async def _beat(self) -> None:
        now = time.monotonic()
        try:
            if self._trouble or not self._has_session or now > self._until:
                if not self._has_session:
                    self.lead.drop()
                if not await self._regained():
                    return
            else:
                await self.lead.beat()
        except StoreError as error:
            self._error = error
            self._complain(str(error))
        else:
            self._heard(now)

    async def _regained(self) -> bool:
        """Whether this daemon still leads after its session was lost. One that has the lock alone is about to lead: the next look
        will tell."""
        if not await self.lead.join():
            return False
        if await self.lead.term() == self.term:
            log.info("this is still the active management node")
            return True
        self.part = Part.OVER
        self._seats = await self.lead.seats()
        self.lead.drop()
        log.warning("another management node has become the active one: this one stands by")
        return False

    # -- what is said of it ---------------------------------------------------------------------------------------

    @property
    def others(self) -> Sequence[str]:
        """The names of those that lead, besides this daemon."""
        return [seat.name for seat in self._seats if seat.leads and seat.name != self.name]

    def gate(self, command: Command | None, words: Sequence[str]) -> None:
        """Raises StandsBy for what must not be done here; None stands for a request that is no command. What a daemon says of
        itself it always says; while the database is away from it, it shows what it knows."""
        if self.is_sure or (command is not None and command.where is Where.LOCAL):
            return
        knows = self.part is Part.LEADING and self._error is not None
        if not knows or command is None or command.edits or command.alters(words):
            raise self.refusal()

    def gate_link(self) -> None:
        """Raises StandsBy when no daemon from below must come in."""
        if not self.is_sure:
            raise self.refusal()

    def refusal(self) -> StandsBy:
        """That this is not the active one, and which is, or may be."""
        if self.part is Part.LEADING:
            return StandsBy(
                f"{self.name} cannot reach the database, so it does not know whether it still is the active management node: "
                "nothing was done; try again when the database is back",
                [place for name, place in self.nodes.items() if name != self.name],
            )
        names = self.others
        places = [self.nodes.get(name, name) for name in names]
        if names:
            return StandsBy(f"{names[0]} is the active management node, {self.name} stands by: type it there", places)
        return StandsBy(
            f"No management node is the active one at this moment, {self.name} stands by: try again in a moment"
        )

    def facts(self) -> Iterator[tuple[str, str]]:
        """What `lsdaemons` says of it: this daemon's part, and who is the active one."""
        yield "part", str(self.part) if self.is_sure or self.part is not Part.LEADING else "not sure"
        yield "active", self.name if self.is_sure else ",".join(self.others) or "nobody known"


def _read(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 0
    return int(text) if text.isdecimal() else 0
