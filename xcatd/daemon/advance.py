"""Nodes that have done what they were to do go on: `nodeset NODES next`, as if root of this host had typed it.

A thousand nodes may ask in the same second, and one nodeset after the other writes. So those that ask while one runs go together in
the next one, and each gets its own answer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.daemon.asitself import Heard
from xcatd.dispatch import Hall
from xcatd.errors import Denied, NotFound, ServiceError, XcatError
from xcatd.hierarchy.link import Spawn
from xcatd.model import Caller, Request, Role
from xcatd.noderange import fold
from xcatd.objects import world_of

_SILENT = "nodeset does not say why"


@dataclass(slots=True)
class _Asked:
    """A node's question. `answer`: the trouble with it, "" for none; `askers`: how many wait for it."""

    answer: asyncio.Future[str]
    askers: int = 0


@dataclass(slots=True, eq=False)
class Advance:
    """`hall` gives the daemon's; on a service node it passes the command up. `spawn` runs what must not end with one of those who
    wait for it."""

    hall: Callable[[], Hall]
    spawn: Spawn
    _waiting: dict[str, _Asked] = field(default_factory=dict)
    _running: dict[str, _Asked] = field(default_factory=dict)
    _is_at_work: bool = False

    async def __call__(self, node: str) -> None:
        """Take the next step of the node's chain. Raises XcatError when that does not work.

        Who asks again before the answer is there (its connection broke, or it did not want to wait) takes one step, not two. Who is
        cancelled before his turn takes none.
        """
        asked = self._asked(node)
        asked.askers += 1
        try:
            trouble = await asyncio.shield(asked.answer)
        finally:
            asked.askers -= 1
            if not asked.askers and self._waiting.get(node) is asked:
                del self._waiting[node]
        if trouble:
            raise ServiceError(f"{node}: {trouble}")

    def _asked(self, node: str) -> _Asked:
        if (asked := self._running.get(node) or self._waiting.get(node)) is None:
            asked = self._waiting[node] = _Asked(asyncio.get_running_loop().create_future())
        if not self._is_at_work:
            self._is_at_work = True
            self.spawn(self._work(), "nodes that take their next steps")
        return asked

    async def _work(self) -> None:
        try:
            while self._waiting:
                self._running, self._waiting = self._waiting, {}
                try:
                    await self._run(list(self._running))
                finally:
                    self._answer(dict.fromkeys(self._running, "the daemon stops; ask again"))
        finally:
            self._is_at_work = False

    async def _run(self, nodes: Sequence[str]) -> None:
        """One nodeset for all. When it is refused as a whole, nothing was done: halves are tried, so that the rest goes on when it
        is for the sake of one node."""
        heard = Heard()
        try:
            await self._nodeset(nodes, heard)
        except (Denied, NotFound) as error:
            if len(nodes) > 1:
                for half in _halves(nodes):
                    await self._run(half)
                return
            self._answer({nodes[0]: str(error)})
        except XcatError as error:
            self._answer(dict.fromkeys(nodes, str(error)))
        else:
            self._answer({node: "" if node in heard.good else heard.trouble(node) or _SILENT for node in nodes})

    async def _nodeset(self, nodes: Sequence[str], heard: Heard) -> None:
        hall = self.hall()
        world = world_of(hall.host.store.snapshot)
        if missing := [node for node in nodes if not world.has_node(node)]:
            raise NotFound(f"There is no node {missing[0]}; see: nodels")
        caller = Caller("root", Role.USER, hall.me.name, "this host")
        number = secrets.token_hex(4)
        request = Request(number, "nodeset", caller, ("next",), noderange=fold(nodes), nodes=tuple(nodes))
        await hall.run(request, heard)

    def _answer(self, answers: Mapping[str, str]) -> None:
        """Those that have one already keep it."""
        for node, trouble in answers.items():
            if (asked := self._running.pop(node, None)) is not None:
                asked.answer.set_result(trouble)


def _halves(nodes: Sequence[str]) -> Iterator[Sequence[str]]:
    middle = len(nodes) // 2
    yield nodes[:middle]
    yield nodes[middle:]
