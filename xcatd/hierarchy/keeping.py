"""When the copy of the tables on disk is written: soon after changes, not at every one, and at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from xcatd.store.replica import ROWS, Copy, Replica, Step

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds in which changes gather before they are saved together."""
CURRENT = 60.0
"""Seconds after which it is noted that the tables are current, when nothing changes."""
STEPS = 10_000
"""Changes that are gathered; when there are more, all tables are saved."""


class Keeping:
    """What of the tables is not saved yet. Without a replica nothing is."""

    def __init__(self, replica: Replica | None) -> None:
        self._replica = replica
        self._steps: list[Step] | None = None
        """The changes since the tables were saved; None when they are to be saved as a whole."""
        self._news = asyncio.Event()
        self._when: datetime | None = None
        """Until when the saved tables are known to have been current."""
        self._complaint = ""

    async def load(self) -> Copy | None:
        """The tables as they were saved."""
        if self._replica is None:
            return None
        copy = await asyncio.to_thread(self._replica.load)
        if copy is not None:
            self._steps, self._when = [], copy.when
        return copy

    def changed(self, step: Step) -> None:
        """The tables have changed, and are current."""
        if self._replica is None:
            return
        if self._steps is not None:
            self._steps.append(step)
            if len(self._steps) > STEPS or sum(map(len, step.values())) > ROWS:
                self._steps = None
        self._news.set()

    async def keep(self, copy: Callable[[], Copy | None]) -> None:
        """Save what `copy` gives whenever it has changed, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(CURRENT):
                    await self._news.wait()
            except TimeoutError:
                pass  # time to note that nothing has changed
            self._news.clear()
            await asyncio.sleep(PAUSE)
            await self._save(copy())

    async def close(self, copy: Callable[[], Copy | None]) -> None:
        """Save the last changes, and let others have the replica."""
        if self._replica is not None:
            await self._save(copy())
            await asyncio.to_thread(self._replica.close)

    async def _save(self, copy: Copy | None) -> None:
        """Save all that is new. What is not saved is saved the next time, as a whole."""
        if self._replica is None or copy is None or (self._steps == [] and copy.when == self._when):
            return
        steps, self._steps = self._steps, []
        is_saved = False
        try:
            is_saved = await asyncio.to_thread(self._replica.save, copy, steps)
            self._complain("" if is_saved else "another daemon of this host has it")
        except OSError as error:
            self._complain(error.strerror or "the disk refuses")
        finally:
            if is_saved:
                self._when = copy.when
            else:
                self._steps = None

    def _complain(self, reason: str) -> None:
        if reason and reason != self._complaint:
            log.warning("the copy of the tables is not saved, and it is tried again: %s", reason)
        self._complaint = reason
