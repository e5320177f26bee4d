"""The port for nodes under installation, kept open as site.xcatiport says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xcatd.daemon.listeners import Listener, listen_for_nodes
from xcatd.daemon.ports import node_port
from xcatd.errors import StoreError, XcatError
from xcatd.monitor import NodeDoor
from xcatd.store import Listener as Listens
from xcatd.store import Store

log = logging.getLogger(__name__)

AGAIN = 5.0
"""Seconds until a port that cannot be had is tried again."""


@dataclass(slots=True)
class NodePort:
    """Opens the door where the tables want it, and elsewhere when they change. `listeners` are all of the daemon, as its
    successor gets them: those for nodes are added and taken out here."""

    store: Store
    on_change: Callable[[Listens], object]
    addresses: Sequence[str]
    listeners: list[Listener]
    door: NodeDoor
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _trouble: str = ""

    async def keep(self) -> None:
        """Lasts until it is cancelled. A port that cannot be had is said once, and tried again: the rest of the daemon works."""
        self.on_change(lambda news, snapshot: self._news.set())
        for each in self._own:
            self.door.open(each.socket)
        while True:
            self._news.clear()
            is_settled = self._settle()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if is_settled else AGAIN):
                    await self._news.wait()

    @property
    def _own(self) -> list[Listener]:
        return [each for each in self.listeners if each.nodes]

    def _settle(self) -> bool:
        """Listen where it is wanted and nowhere else; gives whether that is so."""
        try:
            port = node_port(self.store)
        except StoreError:
            return False  # a service node whose tables have not arrived yet
        for each in self._own:
            if each.port != port:
                self._give_up(each)
        if port and not self._own:
            return self._open(port)
        if not port:
            self._say("site.xcatiport is empty", port=port)
        return True

    def _open(self, port: int) -> bool:
        try:
            made = listen_for_nodes(self.addresses, port)
        except XcatError as error:
            self._say(str(error), port=port)
            return False
        self._trouble = ""
        self.listeners += made
        for each in made:
            self.door.open(each.socket)
        log.info("nodes under installation are heard on port %d", port)
        return True

    def _say(self, why: str, *, port: int) -> None:
        if why != self._trouble:
            (log.warning if port else log.info)("nodes under installation are not heard: %s", why)
        self._trouble = why

    def _give_up(self, listener: Listener) -> None:
        self.door.close(listener.socket)
        self.listeners.remove(listener)
        listener.socket.close()
