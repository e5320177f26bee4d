"""The services of this host, kept beside all else that the daemon does."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.errors import StoreError
from xcatd.store import Snapshot
from xcatd.store.news import Listener, News

if TYPE_CHECKING:
    from xcatd.services.keeping import Reconciler, Status
    from xcatd.services.keeping.reconciler import Hold, Spawn
    from xcatd.services.service import Outcome

_TABLE = "servicenode"


@dataclass(slots=True)
class KeptServices:
    """`snapshot` gives the tables, StoreError before there are any; `on_change` calls a listener after each change of them, and
    gives what ends that. `names`: what this host may be called. `spawn` runs what may fail alone."""

    snapshot: Callable[[], Snapshot]
    on_change: Callable[[Listener], Callable[[], None]]
    names: Collection[str]
    is_master: bool
    root: Path
    spawn: Spawn
    hold: Hold | None = None
    """What services that need current tables wait for."""
    _reconciler: Reconciler | None = field(default=None, init=False)

    async def keep(self, *, at_start: bool) -> None:
        """Until cancelled. `at_start`: look at all of them now; else only changes matter.

        A cluster whose table servicenode is empty keeps none: then what they need is not even loaded.
        """
        await self._asked_for()
        await asyncio.to_thread(importlib.import_module, "xcatd.services.catalogue")
        from xcatd.services.catalogue import services
        from xcatd.services.keeping import Reconciler
        from xcatd.services.managers import manager_of
        from xcatd.services.place import Place, read_place

        async def place() -> Place:
            return await read_place(self.snapshot(), self.names, is_master=self.is_master, root=self.root)

        async with manager_of(self.root) as manager:
            reconciler = self._reconciler = Reconciler(services(), place, manager, self.spawn, self.hold)
            leave = self.on_change(reconciler.changed)
            try:
                await reconciler.keep(at_start=at_start)
            finally:
                leave()

    def statuses(self) -> Sequence[Status]:
        """What is known of each; none where none are kept. Before they are loaded one stands for all."""
        if self._reconciler is not None:
            return self._reconciler.statuses()
        from xcatd.services.keeping import Status

        return (Status("all"),) if self._has_rows() else ()

    def chosen(self, names: Collection[str]) -> Sequence[str]:
        """The services of these names, all without names. Raises UsageError for one that there is not."""
        return () if self._reconciler is None else self._reconciler.chosen(names)

    async def run(self, name: str, *, dry_run: bool) -> Outcome:
        """Do one now. Raises XcatError."""
        assert self._reconciler is not None, "it is one that was chosen"
        return await self._reconciler.run(name, dry_run=dry_run)

    async def _asked_for(self) -> None:
        """Wait until a table servicenode has rows."""
        changed = asyncio.Event()

        def hear(news: News, snapshot: Snapshot) -> None:
            if _TABLE in news:
                changed.set()

        leave = self.on_change(hear)
        try:
            while not self._has_rows():
                changed.clear()
                await changed.wait()
        finally:
            leave()

    def _has_rows(self) -> bool:
        try:
            return bool(self.snapshot().table(_TABLE).rows)
        except StoreError:  # a service node whose tables have not arrived
            return False
