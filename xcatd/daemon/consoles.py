"""The consoles of this daemon, kept beside all else that it does."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import NodeError, StoreError
from xcatd.hardware import Controllers
from xcatd.objects import World, world_of
from xcatd.store import Snapshot
from xcatd.store.news import Listener, News

if TYPE_CHECKING:
    from xcatd.consoles.console import Console
    from xcatd.consoles.hub import Hub
    from xcatd.consoles.line import Way
    from xcatd.consoles.log.settings import LogSettings


@dataclass(slots=True)
class KeptConsoles:
    """`snapshot` gives the tables, StoreError before there are any; `on_change` calls a listener after each change of them, and
    gives what ends that. `names`: what the tables may call this host."""

    snapshot: Callable[[], Snapshot]
    on_change: Callable[[Listener], Callable[[], None]]
    names: Collection[str]
    is_master: bool
    root: Path
    controllers: Controllers
    supervisor: Supervisor
    _hub: Hub | None = field(default=None, init=False)
    _away: Collection[str] = field(default=(), init=False)

    async def keep(self) -> None:
        """Until cancelled."""
        await self._tables()
        for name in ("hub", "log.writer", "ways.choose"):
            await asyncio.to_thread(importlib.import_module, f"xcatd.consoles.{name}")
        from xcatd.consoles.hub import Hub
        from xcatd.consoles.log.places import FOLDER
        from xcatd.consoles.log.syslogcopy import SyslogCopy
        from xcatd.consoles.log.writer import ConsoleLogs
        from xcatd.consoles.owners import Owner

        logs = ConsoleLogs(self.root / FOLDER, self._log_settings, SyslogCopy())
        self.supervisor.keep(logs.keep(), "logs of consoles")
        owner = Owner(frozenset(self.names), self.is_master)
        hub = Hub(owner, lambda: world_of(self.snapshot()), self._way, logs, self.supervisor.spawn)
        hub.without(self._away)
        leave = self.on_change(lambda news, snapshot: hub.hear(news))
        self._hub = hub
        try:
            await hub.keep()
        finally:
            leave()

    def console(self, node: str) -> Console:
        """The console of a node. Raises NodeError while there are none yet."""
        if self._hub is None:
            raise NodeError("this daemon has just started and has no consoles yet: try again")
        return self._hub.console(node)

    def find(self, node: str) -> Console | None:
        """The console of a node, if this daemon has it."""
        return None if self._hub is None else self._hub.find(node)

    def without(self, away: Collection[str]) -> None:
        """These service nodes are away: the next ones of their pools have their consoles."""
        self._away = away
        if self._hub is not None:
            self._hub.without(away)

    def close(self, why: str) -> None:
        """This daemon ends: who looks at a console is told, and the consoles are let go."""
        if self._hub is not None:
            self._hub.close(why)

    async def _tables(self) -> None:
        """Wait until there are any."""
        changed = asyncio.Event()

        def hear(news: News, snapshot: Snapshot) -> None:
            changed.set()

        leave = self.on_change(hear)
        try:
            while not self._has_tables():
                changed.clear()
                await changed.wait()
        finally:
            leave()

    def _has_tables(self) -> bool:
        try:
            self.snapshot()
        except StoreError:
            return False
        return True

    def _way(self, world: World, node: str) -> Way:
        from xcatd.consoles.ways.choose import way_of

        return way_of(world, node, self.controllers, root=self.root)

    def _log_settings(self) -> LogSettings:
        from xcatd.consoles.log.settings import LogSettings, log_settings

        try:
            return log_settings(self.snapshot().site)
        except StoreError:
            return LogSettings()
