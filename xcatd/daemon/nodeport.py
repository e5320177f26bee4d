"""The port for nodes under installation, kept open as site.xcatiport says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from xcatd.daemon.listeners import Listener, listen_for_nodes
from xcatd.errors import StoreError, XcatError
from xcatd.monitor import NodeDoor
from xcatd.store import Listener as Listens
from xcatd.store import Store

log = logging.getLogger(__name__)

PORT = 3002
AGAIN = 5.0
"""Seconds until a port that cannot be had is tried again."""


def wanted_port(store: Store) -> int:
    """The port that the tables want; 0: none. StoreError: the tables have not arrived yet."""
    text = store.snapshot.site("xcatiport")
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else 0


def is_for_nodes(port: int, store: Store) -> bool:
    """Whether a socket of this port that systemd has made is meant for nodes."""
    try:
        return port in (wanted_port(store), PORT)
    except StoreError:
        return port == PORT


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
            port = wanted_port(self.store)
        except StoreError:
            return False  # a service node whose tables have not arrived yet
        for each in self._own:
            if each.port != port:
                self._give_up(each)
        if port and not self._own:
            return self._open(port)
        return True

    def _open(self, port: int) -> bool:
        try:
            made = listen_for_nodes(self.addresses, port)
        except XcatError as error:
            if str(error) != self._trouble:
                log.error("nodes under installation are not heard: %s", error)
            self._trouble = str(error)
            return False
        self._trouble = ""
        self.listeners += made
        for each in made:
            self.door.open(each.socket)
        log.info("nodes under installation are heard on port %d", port)
        return True

    def _give_up(self, listener: Listener) -> None:
        self.door.close(listener.socket)
        self.listeners.remove(listener)
        listener.socket.close()
