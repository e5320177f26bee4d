"""systemd does what it is asked in jobs: one is queued, and its end is a signal. org.freedesktop.systemd1(5), "Jobs"."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.managers.bus import LOST, PROPERTIES, Bus, Refused, Signal

DONE: Final = "done"
UNSEEN: Final = ""
"""It ended while the bus was away: only the unit knows how."""
_WITHIN = 300.0
"""Seconds. A unit has 90 to start or to stop unless it says otherwise, and may have to wait for others before."""
_SENTENCES: Final = {
    "canceled": "somebody else wanted something else of it meanwhile",
    "timeout": "it waited too long for its turn",
    "dependency": "a unit that it needs does not start",
    "assert": "an assertion of its unit is not met",
    "unsupported": "this host cannot have such a unit",
    "invalid": "it does not run",
    "once": "it may run only once",
}


async def finished(bus: Bus, member: str, signature: str, *arguments: object, what: str) -> str:
    """Have systemd queue a job and give how it ended. Raises ServiceError when it does not end."""
    try:
        async with asyncio.timeout(_WITHIN), _ended(bus) as ends:
            (job,) = await bus.manager(member, signature, *arguments)
            return await ends.of(job)
    except TimeoutError as error:
        raise ServiceError(
            f"systemd has not {what} within {_WITHIN:g} s: `systemctl list-jobs` shows what it waits for"
        ) from error


def why_not(result: str) -> str:
    """What a result that is not DONE means; "" where the unit has more to say."""
    return _SENTENCES.get(result, "")


@contextlib.asynccontextmanager
async def _ended(bus: Bus) -> AsyncIterator[_Ends]:
    ends = _Ends(bus)
    with bus.heard_by(ends.hear):
        yield ends


class _Ends:
    """Ends of jobs, which are listened for before there is a job: the signal may be here before the answer is read."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._results: dict[str, str] = {}
        self._news = asyncio.Event()
        self._lost = False

    def hear(self, signal: Signal) -> None:
        if signal is LOST:
            self._lost = True
        elif signal.member == "JobRemoved":
            _, job, _, result = signal.body
            self._results[job] = result
        else:
            return
        self._news.set()

    async def of(self, job: str) -> str:
        while job not in self._results:
            await self._news.wait()
            self._news.clear()
            if self._lost:
                self._lost = False
                if not await self._is_queued(job):
                    return self._results.get(job, UNSEEN)
        return self._results[job]

    async def _is_queued(self, job: str) -> bool:
        try:
            await self._bus.call(job, PROPERTIES, "GetAll", "s", "org.freedesktop.systemd1.Job")
        except Refused:
            return False
        return True
