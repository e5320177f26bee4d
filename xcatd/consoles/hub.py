"""All consoles of this daemon: those that are kept open, and those that somebody looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextvars import Context
from typing import Any

from xcatd.consoles.console import Console, State
from xcatd.consoles.line import Way
from xcatd.consoles.owners import Owner, inherited, on_demand, owned, whereabouts
from xcatd.consoles.recorder import Recorder
from xcatd.objects import World
from xcatd.store.news import News

OPENS = 128
"""Consoles that are opened at once."""
SETTLES = 1.0
"""Seconds that a change of the tables may be followed by others."""
RECOVERS = 60.0
"""Seconds after a fault of ours, before the console that it ended is opened again."""
_LET_GO = "this daemon is cut off and lets go of the console of {}, which another service node has by now"
_TABLES = frozenset(
    ("nodehm", "noderes", "nodelist", "nodegroup", "ipmi", "openbmc", "passwd", "vm", "ppc", "mp", "hosts", "site")
)
Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
FindWay = Callable[[World, str], Way]


class Hub:
    """`world` gives the tables now, and raises StoreError before there are any; `way` how a node is reached; `spawn` runs what may
    fail alone. `has_died`: the daemon before this one ended without letting its consoles go."""

    def __init__(
        self,
        me: Owner,
        world: Callable[[], World],
        way: FindWay,
        recorder: Recorder,
        spawn: Spawn,
        *,
        has_died: bool = False,
    ) -> None:
        self._me = me
        self._world = world
        self._way = way
        self._recorder = recorder
        self._spawn = spawn
        self._consoles: dict[str, Console] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Semaphore(OPENS)
        self._changed = asyncio.Event()
        self._away: frozenset[str] = frozenset()
        self._withheld: frozenset[str] = frozenset()
        self._ours: Collection[str] = ()
        self._has_died = has_died
        self._closed = False

    async def keep(self) -> None:
        """Keep open what is to be kept open, until cancelled."""
        try:
            while True:
                self._changed.clear()
                await self._arrange()
                await self._changed.wait()
                await asyncio.sleep(SETTLES)
        finally:
            self._let_go()

    def hear(self, news: News) -> None:
        """Tables have changed. Quick."""
        if not _TABLES.isdisjoint(news):
            self._changed.set()

    def without(self, away: Collection[str]) -> None:
        """These service nodes are away: the next ones of their pools have their consoles."""
        if self._away != frozenset(away):
            self._away = frozenset(away)
            self._changed.set()

    def withhold(self, nodes: Collection[str]) -> None:
        """The consoles of these nodes may be another's by now: they are not kept open here, until another word comes."""
        if self._withheld != frozenset(nodes):
            self._withheld = frozenset(nodes)
            self._changed.set()

    def close(self, why: str) -> None:
        """No more: viewers are sent away, and what is open is let go."""
        for console in self._consoles.values():
            console.send_away(why)
        self._let_go()

    def _let_go(self) -> None:
        self._closed = True
        for task in self._running.values():
            task.cancel()

    def find(self, node: str) -> Console | None:
        """The console of a node, if it is open or was looked at here."""
        return self._consoles.get(node)

    def console(self, node: str) -> Console:
        """The console of a node, which need not be ours: whoever asks here is shown it here."""
        if node not in self._consoles:
            self._consoles[node] = Console(
                node, lambda: self._way(self._world(), node), self._recorder, self._opening, self._wake
            )
        return self._consoles[node]

    async def _arrange(self) -> None:
        """As the tables are now. Ten thousand consoles are not looked at in one go."""
        world = self._world()
        ours = [node for node in owned(world, self._me, self._away) if node not in self._withheld]
        demand = on_demand(world, ours)
        self._see_off(world, [node for node in self._ours if node not in demand])
        self._claim(world, [node for node in ours if node not in self._ours])
        self._ours = demand.keys()
        for number, node in enumerate(dict.fromkeys((*ours, *self._consoles))):
            console = self.console(node)
            console.on_demand = demand.get(node, True)
            console.consider()
            if not (console.is_wanted or node in self._running or node in demand):
                del self._consoles[node]
            if number % 200 == 0:
                await asyncio.sleep(0)

    def _see_off(self, world: World, gone: Collection[str]) -> None:
        """Whoever looks at a console that is not ours any more goes where it is: else there would be two of it."""
        for node in gone:
            if (console := self.find(node)) is not None and console.viewers:
                console.send_away(
                    _LET_GO.format(node) if node in self._withheld else whereabouts(world, node, self._away)
                )

    def _claim(self, world: World, new: Sequence[str]) -> None:
        """Sessions of daemons that have died hold some consoles for a minute yet, and there is nobody to end them."""
        for node in new if self._has_died else inherited(world, new, self._away):
            self.console(node).claim()
        self._has_died = False

    def _wake(self, console: Console) -> None:
        if console.node not in self._running and not self._closed:
            work = console.run()  # not in the name of the request that somebody's coming is
            task = self._running[console.node] = Context().run(self._spawn, work, f"console of {console.node}")
            task.add_done_callback(lambda _: self._slept(console))

    def _slept(self, console: Console) -> None:
        """It is not wanted any more; unless somebody came in this very moment, or there was a fault."""
        del self._running[console.node]
        if self._closed:
            return
        if console.state not in (State.IDLE, State.OFF):
            console.stumbled()
            asyncio.get_running_loop().call_later(RECOVERS, console.consider)
        elif console.is_wanted:
            self._wake(console)
