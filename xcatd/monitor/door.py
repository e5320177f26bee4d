"""The door for nodes: listening sockets, who is inside, and that nobody stays for long."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from dataclasses import dataclass, field

from xcatd.errors import XcatError
from xcatd.hierarchy.accepting import Accepting
from xcatd.hierarchy.complaints import Complaints
from xcatd.hierarchy.link import Spawn
from xcatd.monitor.limits import NodeLimits
from xcatd.monitor.visit import Visit
from xcatd.services.nodes import Hearing

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class NodeDoor:
    """Lets nodes in, one task each."""

    hearing: Hearing
    spawn: Spawn
    limits: NodeLimits = field(default_factory=NodeLimits)
    _accepting: Accepting = field(init=False)
    _inside: Counter[str] = field(default_factory=Counter)
    _left: asyncio.Event = field(default_factory=asyncio.Event)
    _repeated: Complaints = field(default_factory=lambda: Complaints(log.warning))

    def __post_init__(self) -> None:
        self._accepting = Accepting(lambda: self._inside.total() >= self.limits.connections)

    def open(self, listener: socket.socket) -> None:
        """Accept nodes from now on."""
        self._accepting.open(listener, self._let_in)

    def close(self, listener: socket.socket) -> None:
        """Accept none here any more."""
        self._accepting.close(listener)

    def shut(self) -> None:
        """Accept nobody any more. Those inside may end what they say."""
        self._accepting.shut()

    async def quiet(self) -> None:
        """Wait until nobody is inside."""
        while self._inside.total():
            self._left.clear()
            await self._left.wait()

    def _let_in(self, caller: socket.socket, address: tuple[str, int]) -> None:
        peer = address[0]
        if self._inside[peer] >= self.limits.from_one:
            self._complain(peer, f"it has {self.limits.from_one} connections already")
            caller.close()
            return
        self._inside[peer] += 1
        task = self.spawn(self._serve(caller, peer), "a node at the door")
        task.add_done_callback(lambda _: self._let_out(caller, peer))

    def _let_out(self, caller: socket.socket, peer: str) -> None:
        caller.close()
        self._inside[peer] -= 1
        if not self._inside[peer]:
            del self._inside[peer]
        self._left.set()
        self._accepting.left()

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
        self._repeated.about(f"the node at {peer} is sent away: {sentence}")
