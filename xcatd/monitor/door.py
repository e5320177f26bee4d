"""The door for nodes: listening sockets, who is inside, and that nobody stays for long."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections import Counter
from dataclasses import dataclass, field

from xcatd.errors import XcatError
from xcatd.hierarchy.link import Spawn
from xcatd.monitor.limits import NodeLimits
from xcatd.monitor.visit import Visit
from xcatd.services.nodes import Hearing

log = logging.getLogger(__name__)

_SHORTAGE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_BREATH = 0.1
"""Seconds without new nodes when the system is short of something."""
_AT_ONCE = 64
"""Nodes let in before others have their turn."""
_OFTEN = 60.0
"""Seconds in which the same trouble of the same address is said once."""
_MANY = 4096
"""Addresses of which that is known."""


@dataclass(slots=True, eq=False)
class NodeDoor:
    """Lets nodes in, one task each."""

    hearing: Hearing
    spawn: Spawn
    limits: NodeLimits = field(default_factory=NodeLimits)
    _listeners: set[socket.socket] = field(default_factory=set)
    _inside: Counter[str] = field(default_factory=Counter)
    _is_paused: bool = False
    _is_shut: bool = False
    _left: asyncio.Event = field(default_factory=asyncio.Event)
    _said: dict[str, float] = field(default_factory=dict)

    def open(self, listener: socket.socket) -> None:
        """Accept nodes from now on."""
        if self._is_shut:
            return
        self._listeners.add(listener)
        if not self._is_paused:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def close(self, listener: socket.socket) -> None:
        """Accept none here any more."""
        if listener in self._listeners:
            self._listeners.discard(listener)
            asyncio.get_running_loop().remove_reader(listener)

    def shut(self) -> None:
        """Accept nobody any more. Those inside may end what they say."""
        self._is_shut = True
        for listener in list(self._listeners):
            self.close(listener)

    async def quiet(self) -> None:
        """Wait until nobody is inside."""
        while self._inside.total():
            self._left.clear()
            await self._left.wait()

    def _pause(self) -> None:
        self._is_paused = True
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)

    def _resume(self) -> None:
        self._is_paused = False
        for listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if self._inside.total() >= self.limits.connections:
                self._pause()
                return
            try:
                caller, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _SHORTAGE:
                    raise
                log.warning("cannot accept a node: %s", error.strerror)
                self._pause()
                asyncio.get_running_loop().call_later(_BREATH, self._resume)
                return
            self._let_in(caller, str(address[0]))

    def _let_in(self, caller: socket.socket, peer: str) -> None:
        if self._inside[peer] >= self.limits.from_one:
            self._complain(peer, f"it has {self.limits.from_one} connections already")
            caller.close()
            return
        caller.setblocking(False)
        self._inside[peer] += 1
        task = self.spawn(self._serve(caller, peer), "a node at the door")
        task.add_done_callback(lambda _: self._let_out(caller, peer))

    def _let_out(self, caller: socket.socket, peer: str) -> None:
        caller.close()
        self._inside[peer] -= 1
        if not self._inside[peer]:
            del self._inside[peer]
        self._left.set()
        if self._is_paused and not self._is_shut:
            self._resume()

    async def _serve(self, caller: socket.socket, peer: str) -> None:
        try:
            async with asyncio.timeout(self.limits.whole):
                node = await self.hearing.whose.node(peer)
                await Visit(caller, node, peer, self.hearing, self.limits).go()
        except XcatError as error:  # nobody knows this address, the tables have not arrived yet, or it says too much
            self._complain(peer, str(error))
        except TimeoutError:
            self._complain(peer, "it was silent for too long")
        except OSError as error:
            log.info("the node at %s hung up: %s", peer, error.strerror)

    def _complain(self, peer: str, sentence: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._said.get(f"{peer} {sentence}", float("-inf")) > now - _OFTEN:
            return
        if len(self._said) >= _MANY:
            self._said.clear()
        self._said[f"{peer} {sentence}"] = now
        log.warning("the node at %s is sent away: %s", peer, sentence)
