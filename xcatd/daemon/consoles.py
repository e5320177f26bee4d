"""The consoles of this daemon, kept beside all else that it does."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.daemon.supervisor import Supervisor
from xcatd.errors import Moved, StoreError
from xcatd.hardware import Controllers
from xcatd.objects import World, world_of
from xcatd.store import Snapshot
from xcatd.store.news import Listener, News

if TYPE_CHECKING:
    from xcatd.consoles.console import Console
    from xcatd.consoles.hub import Hub
    from xcatd.consoles.line import Way
    from xcatd.consoles.log.settings import LogSettings

KEPT = "run/xcat/consoles.pid"
"""Who keeps the consoles of this root. Whoever ends in good order removes it."""


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
    _withheld: Collection[str] = field(default=(), init=False)

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
        has_died = await asyncio.to_thread(_take, self.root / KEPT)
        hub = Hub(owner, lambda: world_of(self.snapshot()), self._way, logs, self.supervisor.spawn, has_died=has_died)
        hub.without(self._away)
        hub.withhold(self._withheld)
        leave = self.on_change(lambda news, snapshot: hub.hear(news))
        self._hub = hub
        try:
            await hub.keep()
        finally:
            leave()
            _leave(self.root / KEPT)

    def console(self, node: str) -> Console:
        """The console of a node. Raises NodeError while there are none yet."""
        return self._found().console(node)

    def find(self, node: str) -> Console | None:
        """The console of a node, if this daemon has it. Raises NodeError while there are none yet."""
        return self._found().find(node)

    def without(self, away: Collection[str]) -> None:
        """These service nodes are away: the next ones of their pools have their consoles."""
        self._away = away
        if self._hub is not None:
            self._hub.without(away)

    def withhold(self, nodes: Collection[str]) -> None:
        """The consoles of these nodes may be another's by now; see `Fence`."""
        self._withheld = nodes
        if self._hub is not None:
            self._hub.withhold(nodes)

    def close(self, why: str) -> None:
        """This daemon ends: who looks at a console is told, and the consoles are let go."""
        if self._hub is not None:
            self._hub.close(why)

    def _found(self) -> Hub:
        if self._hub is None:
            raise Moved("this daemon has just started and has no consoles yet: try again")
        return self._hub

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


def _take(path: Path) -> bool:
    """Write down who keeps the consoles now. Gives whether the one before has died; a predecessor that lives lets them go."""
    before = path.read_text().strip() if path.exists() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{os.getpid()}\n")
    return bool(before) and not Path("/proc", before).exists()


def _leave(path: Path) -> None:
    """There is nothing to be let go any more; unless a successor has it by now."""
    if path.exists() and path.read_text().strip() == str(os.getpid()):
        path.unlink()
