"""The accounting of a request: its exit status, and that no node is forgotten."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.api import Sink
from xcatd.model import Ended, Failure, Reply, Verdict


class Ledger:
    """A sink that passes replies on and keeps the books."""

    def __init__(self, sink: Sink, nodes: Iterable[str]) -> None:
        self._sink = sink
        self._open = dict.fromkeys(nodes)
        self.status = 0

    @property
    def flowing(self) -> bool:
        return self._sink.flowing

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure):
            self.status |= reply.code
        elif isinstance(reply, Ended):
            self._open.pop(reply.node, None)
        await self._sink.send(reply)

    def left(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nodes that have no verdict yet."""
        return [node for node in nodes if node in self._open]

    async def end_all(self, nodes: Iterable[str], verdict: Verdict) -> None:
        """The same verdict for each of these nodes that has none."""
        for node in self.left(nodes):
            await self.send(Ended(node, verdict))

    async def close(self, source: str) -> None:
        """Every node has a verdict; one without is a fault of ours, and it is said."""
        for node in list(self._open):
            await self.send(Failure("unknown result: no daemon gave an answer for this node", node=node, source=source))
            await self.send(Ended(node, Verdict.UNKNOWN))
