"""Passing a request on: through a pool left to right, or up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from xcatd.api import ReadStdin, Sink
from xcatd.errors import NoServiceNode, PeerLost
from xcatd.hierarchy.link import Link, NotDelivered
from xcatd.hierarchy.links import Links
from xcatd.model import Ended, Failure, Reply, Request, Verdict

log = logging.getLogger(__name__)


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

    async def up(self, request: Request, nodes: Sequence[str] | None, sink: Sink, stdin: ReadStdin) -> int:
        """Have the daemon above us run it. Raises NoServiceNode when there is none."""
        link = self._links.above
        if link is None:
            raise NoServiceNode(
                f"{self._name} has no connection to the management node, which must run {request.command}; "
                "try again when it is back"
            )
        return await self._through([link], request, nodes, sink, stdin, repeat=False)

    async def down(
        self,
        pool: Sequence[str],
        request: Request,
        nodes: Sequence[str],
        sink: Sink,
        stdin: ReadStdin,
        *,
        repeat: bool,
    ) -> int:
        """Have the first daemon of the pool that can serve run it for these nodes.

        `repeat`: the command changes nothing, so nodes left unfinished by a daemon that died may be tried on the next.
        Raises NoServiceNode when none can.
        """
        links, misses = [], []
        for name in pool:
            link = await self._links.wait_for(name)
            if link is None:
                misses.append(self._links.why_not(name))
                log.warning("request %s: %s", request.id, misses[-1])
            else:
                links.append(link)
        links.sort(key=lambda link: link.doubted)
        if not links:
            raise NoServiceNode(
                f"Failed to dispatch command to any of the following service nodes: {','.join(pool)} "
                f"({'; '.join(misses)})"
            )
        return await self._through(links, replace(request, down=True), nodes, sink, stdin, repeat=repeat)

    async def _through(
        self,
        links: Sequence[Link],
        request: Request,
        nodes: Sequence[str] | None,
        sink: Sink,
        stdin: ReadStdin,
        *,
        repeat: bool,
    ) -> int:
        status, rest = 0, _Open(sink, nodes or ())
        for number, link in enumerate(links):
            last = number == len(links) - 1
            part = replace(request, nodes=None if nodes is None else tuple(rest.nodes))
            try:
                return status | await link.call(part, rest, stdin, patient=last)
            except NotDelivered as missed:
                log.warning("request %s: %s; trying the next", request.id, missed)
                if last:
                    raise NoServiceNode(
                        "Failed to dispatch command to any of the following service nodes: "
                        f"{','.join(each.name for each in links)} ({missed})"
                    ) from missed
            except PeerLost as lost:
                log.warning("request %s: %s", request.id, lost)
                if not repeat or last:
                    return status | await _unknown(lost, link, rest, sink)
        return status


async def _unknown(lost: PeerLost, link: Link, rest: _Open, sink: Sink) -> int:
    """Nobody can say how it ended for the nodes that are left."""
    for node in list(rest.nodes):
        await sink.send(Failure(f"unknown result: {lost}", node=node, source=link.name))
        await sink.send(Ended(node, Verdict.UNKNOWN))
    if not rest.nodes:
        await sink.send(Failure(str(lost), source=link.name))
    return 1
