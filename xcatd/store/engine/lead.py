"""Which of several management nodes leads: an advisory lock of PostgreSQL, held by a session of its own.

Who leads holds the lock in shared mode, and who wants to lead needs it alone for a moment, in which he raises the term
(`catchup.TERM`). So a daemon that has lost its session finds out by the two whether it still leads: the lock can be had in
shared mode, and the term is its own (PostgreSQL manual, 13.3.5 Advisory Locks).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xcatd.errors import StoreError
from xcatd.store.catchup import TERM
from xcatd.store.engine.metadata import REVISIONS

_LOCK: Final = 0x7863414C
"""The advisory lock."""
_PATIENCE: Final = 2.0
"""Seconds for a question on this session, with dialling."""
_CANDIDATE, _WORKER = "xcatd mn", "xcatd of"
"""What the names of sessions begin with: of the one that competes, and of those of the same daemon that read and write."""
_LONGEST: Final = 40
"""Characters of a name of a host in the name of a session, which has 63."""

_SEATS: Final = f"""
SELECT a.application_name, l.pid IS NOT NULL, coalesce(a.state_change::text, '')
FROM pg_stat_activity AS a LEFT JOIN pg_locks AS l ON l.pid = a.pid AND l.granted
    AND l.locktype = 'advisory' AND l.classid = 0 AND l.objid = {_LOCK} AND l.objsubid = 1
WHERE a.datname = current_database() AND a.application_name LIKE '{_CANDIDATE} %'
ORDER BY 1"""  # noqa: S608 - constants
_OUST: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = ANY($1)"""
_ABANDONED: Final = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE '{_WORKER} %' AND application_name <> $1
    AND state LIKE 'idle in transaction%'"""  # noqa: S608 - constants
_TERM: Final = f"SELECT revision FROM {REVISIONS.name} WHERE name = '{TERM}'"  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Seat:
    """A daemon that leads or wants to, as the server sees it. `process`: its number on its host. `heard`: what changes whenever
    the server has answered it."""

    name: str
    process: str
    leads: bool
    heard: str


class Lead:
    """See the module. Each method raises StoreError when the database cannot be asked; the session, and with it the lock, is
    given up then."""

    def __init__(
        self,
        dial: Callable[[], Awaitable[Any]],
        explain: Callable[[BaseException], StoreError],
        raw_errors: tuple[type[Exception], ...],
        name: str,
    ) -> None:
        self._dial = dial
        self._explain = explain
        self._raw_errors = raw_errors
        self._own = f"{name[:_LONGEST]} {os.getpid()}"
        self._session: Any = None
        self.lost: Callable[[], None] = lambda: None
        """Called when the server, or the network, has ended the session."""

    @property
    def worker(self) -> str:
        """The name of this daemon's other sessions."""
        return f"{_WORKER} {self._own}"

    async def take(self) -> bool:
        """Have the lock alone, if nobody has it; `settle` must follow. What those who led before have begun in the database is
        ended."""
        if not (await self._ask("SELECT pg_try_advisory_lock($1)", _LOCK))[0][0]:
            return False
        await self._ask(_ABANDONED, self.worker)
        return True

    async def settle(self) -> None:
        """Go on with it in shared mode: a successor on this host can have it as well."""
        await self._ask("SELECT pg_advisory_lock_shared($1), pg_advisory_unlock($1)", _LOCK)

    async def join(self) -> bool:
        """Have it in shared mode; False while somebody has it alone."""
        return bool((await self._ask("SELECT pg_try_advisory_lock_shared($1)", _LOCK))[0][0])

    async def term(self) -> int:
        """The term that the database knows."""
        found = await self._ask(_TERM)
        return int(found[0][0]) if found else 0

    async def beat(self) -> None:
        """Let the server hear of us."""
        await self._ask("SELECT 1")

    async def seats(self) -> Sequence[Seat]:
        """All who lead or want to."""
        rows = await self._ask(_SEATS)
        return [Seat(*_name_and_process(shown), leads, heard) for shown, leads, heard in rows]

    async def oust(self, seat: Seat) -> None:
        """End the sessions of a daemon, all that it has begun, and its lock."""
        own = f"{seat.name} {seat.process}"
        await self._ask(_OUST, [f"{_CANDIDATE} {own}", f"{_WORKER} {own}"])

    def drop(self) -> None:
        """Give up the session, and the lock."""
        session, self._session = self._session, None
        if session is not None:
            session.terminate()

    def _ended(self, session: Any) -> None:
        if session is self._session:
            self.lost()

    async def _ask(self, query: str, *values: object) -> Sequence[Any]:
        answered = False
        try:
            async with asyncio.timeout(_PATIENCE):
                if self._session is None:
                    self._session = await self._dial()
                    self._session.add_termination_listener(self._ended)
                    await self._session.execute(f"SET application_name = '{_CANDIDATE} {_quoted(self._own)}'")
                rows: Sequence[Any] = await self._session.fetch(query, *values)
                answered = True
                return rows
        except self._raw_errors as error:
            raise self._explain(error) from error
        finally:
            if not answered:
                self.drop()


def _name_and_process(shown: str) -> tuple[str, str]:
    name, _, process = shown.removeprefix(f"{_CANDIDATE} ").rpartition(" ")
    return name, process


def _quoted(text: str) -> str:
    return text.replace("'", "''")
