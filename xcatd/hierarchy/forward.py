"""Passing a request on: through a pool left to right, or up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcatd.api import ReadStdin, Sink
from xcatd.errors import NoServiceNode, PeerLost
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.links import Links
from xcatd.hierarchy.refusal import NotDelivered, Refused
from xcatd.model import Ended, Failure, Raw, Reply, Request, Terminal, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chances:
    """How often a request may be tried.

    `repeat`: it changes nothing, so nodes left unfinished by a daemon that died may be tried on the next. `home`: when
    none of the pool can serve, this daemon itself can.
    """

    repeat: bool = False
    home: bool = False


ONE_TRY = Chances()


class _Open:
    """Passes replies on and remembers for which nodes nothing has ended yet."""

    def __init__(self, sink: Sink, nodes: Sequence[str]) -> None:
        self._sink = sink
        self.nodes = dict.fromkeys(nodes)

    @property
    def flowing(self) -> bool:
        return self._sink.flowing

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            self.nodes.pop(reply.node, None)
        await self._sink.send(reply)


class Forwarder:
    """Forwards requests in this daemon's name."""

    def __init__(self, name: str, links: Links) -> None:
        self._name = name
        self._links = links

    async def up(
        self,
        request: Request,
        nodes: Sequence[str] | None,
        sink: Sink,
        stdin: ReadStdin,
        terminal: Terminal | None = None,
    ) -> int:
        """Have the daemon above us run it. Raises NoServiceNode when there is none, or the error that it raises."""
        rest = _Open(sink, nodes or ())
        part = request if nodes is None else replace(request, nodes=tuple(nodes))
        while (link := await self._links.wait_above()) is not None:
            try:
                return await link.call(part, rest, stdin, patient=True, terminal=terminal)
            except Refused as refused:
                raise refused.error from None
            except NotDelivered as missed:
                log.warning("request %s: %s; waiting for the next connection", request.id, missed)
            except PeerLost as lost:
                log.warning("request %s: %s", request.id, lost)
                return await _unknown(lost, link, rest, sink)
        raise NoServiceNode(
            f"{self._name} has no connection to the management node, which must run {request.command}; try again when "
            "it is back"
        )

    async def down(
        self,
        pool: Sequence[str],
        request: Request,
        nodes: Sequence[str],
        sink: Sink,
        stdin: ReadStdin,
        chances: Chances = ONE_TRY,
        terminal: Terminal | None = None,
    ) -> int:
        """Have the first daemon of the pool that can serve run it for these nodes. Raises NoServiceNode when none can."""
        rest = _Open(sink, nodes)
        misses: list[str] = []
        links = await self._serving(pool, request, misses)
        for number, link in enumerate(links):
            last = number == len(links) - 1
            part = replace(request, nodes=tuple(rest.nodes), down=True)
            try:
                patient = last and not chances.home
                return await link.call(part, rest, stdin, patient=patient, terminal=terminal)
            except NotDelivered as missed:
                self._note(request, misses, str(missed))
            except PeerLost as lost:
                self._note(request, misses, str(lost))
                if not chances.repeat or (last and not chances.home):
                    return await _unknown(lost, link, rest, sink)
                if terminal is not None:
                    await sink.send(Raw(f"\r\n[{lost}]\r\n".encode()))
        raise NoServiceNode(
            f"Failed to dispatch command to any of the following service nodes: {','.join(pool)} ({'; '.join(misses)})"
        )

    async def _serving(self, pool: Sequence[str], request: Request, misses: list[str]) -> list[Link]:
        """The live links to the pool, left to right; those that were slow to answer last time come last."""
        links = []
        for name in pool:
            link = await self._links.wait_for(name)
            if link is None:
                self._note(request, misses, self._links.why_not(name))
            else:
                links.append(link)
        return sorted(links, key=lambda link: link.doubted)

    def _note(self, request: Request, misses: list[str], miss: str) -> None:
        misses.append(miss)
        log.warning("request %s: %s", request.id, miss)


async def _unknown(lost: PeerLost, link: Link, rest: _Open, sink: Sink) -> int:
    """Nobody can say how it ended for the nodes that are left."""
    for node in list(rest.nodes):
        await sink.send(Failure(f"unknown result: {lost}", node=node, source=link.name))
        await sink.send(Ended(node, Verdict.UNKNOWN))
    if not rest.nodes:
        await sink.send(Failure(str(lost), source=link.name))
    return 1
