"""All services of this host, kept as the tables want them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from xcatd.errors import UsageError
from xcatd.services.keeping.keeper import Keeper, ReadPlace
from xcatd.services.keeping.status import Status
from xcatd.services.managers import Manager
from xcatd.services.service import Outcome, Service
from xcatd.store import Snapshot
from xcatd.store.news import News

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
"""Runs something under a name, whose faults are logged and hurt nobody else."""


class Hold(Protocol):
    """Says whether the tables are current enough for services that need that."""

    @property
    def is_shut(self) -> bool: ...

    async def opened(self) -> None: ...


class Reconciler:
    """`services` in the order in which people are shown them; none may come `after` one that stands behind it. `hold`: at the start
    services that need current tables wait for it."""

    def __init__(
        self,
        services: Sequence[Service],
        read_place: ReadPlace,
        manager: Manager,
        spawn: Spawn,
        hold: Hold | None = None,
    ) -> None:
        self._spawn = spawn
        self._hold = hold
        self._keepers: Mapping[str, Keeper] = {each.name: Keeper(each, read_place, manager) for each in services}

    async def keep(self, *, at_start: bool) -> None:
        """Until cancelled. `at_start`: look at everything now; else only what changes from now on matters."""
        keepers = self._keepers.values()
        tasks = [self._spawn(keeper.keep(), f"keeping {keeper.service.name}") for keeper in keepers]
        try:
            async with asyncio.TaskGroup() as group:
                for keeper in keepers:
                    group.create_task(self._first(keeper) if at_start else keeper.look())
            await asyncio.Event().wait()
        finally:
            for task in tasks:
                task.cancel()

    async def _first(self, keeper: Keeper) -> None:
        for name in keeper.service.after:
            await self._keepers[name].settled.wait()
        if self._hold is not None and self._hold.is_shut and keeper.service.needs_current_tables:
            await keeper.pause()
            await self._hold.opened()
        keeper.look_at_everything()

    def changed(self, news: News, snapshot: Snapshot) -> None:
        """Tables have changed (a Listener of the store). Quick."""
        for keeper in self._keepers.values():
            keeper.hear(news)

    def statuses(self) -> Sequence[Status]:
        return [keeper.status for keeper in self._keepers.values()]

    def chosen(self, names: Collection[str]) -> Sequence[str]:
        """The services of these names, all without names. Raises UsageError for one that there is not."""
        unknown = next((name for name in names if name not in self._keepers), None)
        if unknown is not None:
            raise UsageError(f"There is no service {unknown!r}: it is one of {', '.join(self._keepers)}")
        return [name for name in self._keepers if not names or name in names]

    async def run(self, name: str, *, dry_run: bool) -> Outcome:
        """Do one now. Raises XcatError."""
        return await self._keepers[name].run(dry_run=dry_run)
