"""One service of this host, kept as the tables want it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from xcatd.errors import ServiceError, XcatError
from xcatd.services.drained import TABLE as DRAINED
from xcatd.services.drained import Drain, drain_of
from xcatd.services.keeping.backoff import Backoff
from xcatd.services.keeping.status import Status
from xcatd.services.managers import Manager, Program, Report, State
from xcatd.services.place import Place
from xcatd.services.service import ALONE, Outcome, Service, Work
from xcatd.store.news import News, merged

log = logging.getLogger(__name__)

SETTLES = 1.0
"""Seconds that a change of the tables may be followed by others before it is acted upon."""
_PAUSED = "waiting for current tables"
ReadPlace = Callable[[], Awaitable[Place]]


class Keeper:
    """`read_place` gives this host as it is now."""

    def __init__(self, service: Service, read_place: ReadPlace, manager: Manager) -> None:
        self.service = service
        self.status = Status(service.name)
        self._settled = self.status
        """What was known of it when nothing was being done."""
        self.settled = asyncio.Event()
        """It has had its first turn, whatever came of it."""
        self._read_place = read_place
        self._manager = manager
        self._backoff = Backoff()
        self._alone = asyncio.Lock()
        self._wake = asyncio.Event()
        self._everything = False
        self._news: News = {}
        self._program: Program | None = None
        self._other_program = asyncio.Event()

    def look_at_everything(self) -> None:
        """Its turn has come, whatever has changed."""
        self._everything = True
        self._wake.set()

    def hear(self, news: News) -> None:
        """Tables have changed. Quick."""
        if self.service.concerns(news):
            self._news = merged(self._news, news)
            self._wake.set()

    async def look(self) -> None:
        """See what is wanted and what its server does, and leave it alone."""
        try:
            place = await self._read_place()
            value = self.service.wanted(place)
        except XcatError as error:
            self._failed(str(error))
            return
        if _rests(place):
            value = ALONE
        self._tell(replace(self.status, wanted=value))
        self._follow(None if value == ALONE else self.service.program(place, value))

    async def pause(self) -> None:
        """Have its servers stopped until its turn comes: what they serve may be another host's by now."""
        with contextlib.suppress(XcatError):  # its turn says what is wrong
            place = await self._read_place()
            if (value := self.service.wanted(place)) == ALONE or _rests(place):
                return
            self._tell(replace(self.status, wanted=value, doing=_PAUSED))
            for program in self.service.serving(place, value):
                await self._manager.stop(program)

    async def run(self, *, dry_run: bool) -> Outcome:
        """Do it now, as somebody has typed. Raises XcatError."""
        try:
            async with self._alone:
                return await self._try(None, dry_run=dry_run)
        except XcatError as error:
            if not dry_run:
                self._failed(str(error))
            raise
        finally:
            await self._look_after()

    async def keep(self) -> None:
        """Do it whenever there is a reason, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._watch(), name=f"watch {self.service.name}")
                group.create_task(self._work(), name=f"keep {self.service.name}")
        finally:
            self.status = replace(self.status, error="nobody keeps it any more: a fault was logged; restart xcatd")
            self.settled.set()

    # -- turns ---------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            await self._until_due()
            misses_some = self._everything or self.status.error or DRAINED in self._news
            news = None if misses_some else self._news
            self._everything, self._news = False, {}
            async with self._alone:
                await self._turn(news)
            await self._look_after()
            self.settled.set()

    async def _until_due(self) -> None:
        while not self._everything and not self._news:
            self._wake.clear()
            try:
                async with asyncio.timeout(self._left()):
                    await self._wake.wait()
            except TimeoutError:
                self._everything = self._left() == 0.0  # somebody may have done it by hand meanwhile
        if not self._everything:
            await asyncio.sleep(SETTLES)

    def _left(self) -> float | None:
        """Seconds until the next try; None when none is due."""
        again = self.status.again
        return None if again is None else max(0.0, (again - _now()).total_seconds())

    async def _turn(self, news: News | None) -> None:
        try:
            outcome = await self._try(news, dry_run=False)
        except XcatError as error:
            self._failed(str(error))
            return
        if outcome.changed:
            log.info("%s is as the tables want it now", self.service.name)
        for text in outcome.warnings:
            log.warning("%s: %s", self.service.name, text)

    async def _try(self, news: News | None, *, dry_run: bool) -> Outcome:
        place = await self._read_place()
        value = self.service.wanted(place)
        if value == ALONE:
            if not dry_run:
                self._follow(None)
                self._tell(Status(self.service.name, ALONE))
            return Outcome()
        if _rests(place):
            return await self._rest(place, value, dry_run=dry_run)
        if dry_run:
            return await self.service.reconcile(place, value, Work(self._manager, dry_run=True))
        self._tell(replace(self.status, wanted=value, doing="being set up"))
        try:
            outcome = await self.service.reconcile(place, value, Work(self._manager, news))
        finally:
            self._tell(replace(self.status, doing=""))
        self._done(outcome)
        self._follow(None if outcome.idle else self.service.program(place, value))
        return outcome

    async def _rest(self, place: Place, value: str, *, dry_run: bool) -> Outcome:
        """This host is drained: its servers do not run. What they would do stays in their files."""
        lines: list[str] = []
        if not dry_run:
            self._follow(None)
        for program in self.service.serving(place, value):
            if (await self._manager.report(program)).state in (State.RUNNING, State.STARTING):
                lines.append(f"{program.name} is stopped, because {place.name} is drained")
                if not dry_run:
                    await self._manager.stop(program)
        if not dry_run:
            self._tell(Status(self.service.name, ALONE))
        return Outcome(bool(lines), lines)

    def _done(self, outcome: Outcome) -> None:
        self._backoff.rest()
        state = None if outcome.idle else self.status.state
        self._tell(replace(self.status, state=state, error="", warnings=tuple(outcome.warnings), again=None))
        self.status = replace(self.status, checked=_now())

    def _failed(self, reason: str) -> None:
        if reason != self.status.error:
            log.error("%s: %s", self.service.name, reason)
        self._tell(replace(self.status, error=reason))
        self.status = replace(self.status, again=_now() + timedelta(seconds=self._backoff.next()))
        self._wake.set()

    # -- its server ----------------------------------------------------------------------------------------------

    def _follow(self, program: Program | None) -> None:
        if program != self._program:
            self._program = program
            self._other_program.set()

    async def _watch(self) -> None:
        """Hear of each change of its server's state."""
        while True:
            self._other_program.clear()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._reports(self._program))
                await self._other_program.wait()
                watching.cancel()

    async def _reports(self, program: Program | None) -> None:
        while program is not None:
            try:
                async with aclosing(self._manager.watch(program)) as reports:
                    async for report in reports:
                        self._heard(program, report)
            except ServiceError as error:
                self._failed(str(error))
                await asyncio.sleep(self._left() or 0.0)

    def _heard(self, program: Program, report: Report) -> None:
        self._tell(replace(self.status, state=report.state))
        if report.state is State.FAILED and not self._alone.locked():
            self._failed(f"{program.name} has died: {report.detail or 'it does not say why'}")

    async def _look_after(self) -> None:
        """See to a death that came during a turn, when it was not known whose doing it was."""
        program = self._program
        if program is not None and self.status.state is State.FAILED and not self.status.error:
            with contextlib.suppress(ServiceError):  # who watches it says so
                self._heard(program, await self._manager.report(program))

    def _tell(self, new: Status) -> None:
        """What is known now; `since` is when it became so. Being looked at, and found as before, is no news."""
        if new == self.status:
            return
        before = self.status if new.doing else self._settled
        is_same = (new.wanted, new.state, new.doing, new.error) == (
            before.wanted,
            before.state,
            before.doing,
            before.error,
        )
        self.status = replace(new, since=before.since if is_same else _now())
        if not new.doing or new.state != self._settled.state:
            self._settled = self.status


def _rests(place: Place) -> bool:
    return drain_of(place.snapshot, place.name) is Drain.DRAINED


def _now() -> datetime:
    return datetime.now(UTC)
