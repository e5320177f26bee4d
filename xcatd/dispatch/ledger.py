"""The accounting of a request: its exit status, and that no node is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from xcatd.api import Sink
from xcatd.model import Ended, Failure, Reply, Verdict


class Ledger:
    """A sink that passes replies on and keeps the books."""

    def __init__(self, sink: Sink, nodes: Iterable[str]) -> None:
        self._sink = sink
        self._open = dict.fromkeys(nodes)
        self._verdicts: dict[str, Verdict] = {}
        self._awaited: dict[str, asyncio.Future[Verdict]] = {}
        self.status = 0
        self.blamed: set[str] = set()
        """The nodes for which something was said to have failed."""

    @property
    def flowing(self) -> bool:
        return self._sink.flowing

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure):
            self.status |= reply.code
            if reply.node is not None:
                self.blamed.add(reply.node)
        elif isinstance(reply, Ended):
            self._end(reply)
        await self._sink.send(reply)

    def _end(self, ended: Ended) -> None:
        self._open.pop(ended.node, None)
        verdict = self._verdicts.setdefault(ended.node, ended.verdict)
        if (waiting := self._awaited.pop(ended.node, None)) is not None and not waiting.done():
            waiting.set_result(verdict)

    async def verdict(self, node: str) -> Verdict:
        """How it ended for a node, as soon as it has."""
        if node in self._verdicts:
            return self._verdicts[node]
        if node not in self._awaited:
            self._awaited[node] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._awaited[node])

    def left(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nodes that have no verdict yet."""
        return [node for node in nodes if node in self._open]

    async def end_all(self, nodes: Iterable[str], verdict: Verdict) -> None:
        """The same verdict for each of these nodes that has none."""
        for node in self.left(nodes):
            await self.send(Ended(node, verdict))

    async def close(self, source: str, nodes: Iterable[str] | None = None) -> None:
        """Every node, or every one of `nodes`, has a verdict; one without is a fault of ours, and it is said."""
        for node in self.left(list(self._open) if nodes is None else nodes):
            await self.send(Failure("unknown result: no daemon gave an answer for this node", node=node, source=source))
            await self.send(Ended(node, Verdict.UNKNOWN))
