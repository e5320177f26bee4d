"""Has nodes moved, as the daemon itself: `snmove` does it."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from xcatd.api.host import RunRequest
from xcatd.errors import XcatError
from xcatd.model import Caller, Ended, Failure, Reply, Request, Role, Verdict
from xcatd.noderange import fold

_SILENT = "snmove does not say why"


@dataclass(slots=True)
class Heard:
    """What snmove says: the nodes that have moved, and what went wrong with a node or with all ("")."""

    good: set[str] = field(default_factory=set)
    troubles: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure) and reply.code:
            self.troubles[reply.node or ""].append(reply.text)
        elif isinstance(reply, Ended) and reply.verdict is Verdict.OK:
            self.good.add(reply.node)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it. `troubles`: sentences, the nodes that they are about folded before them; none if all is well."""

    good: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mover:
    """`run` runs a command; `name` is that of this daemon, whom the policy table must allow snmove and what it does."""

    run: RunRequest
    name: str

    async def go(self, nodes: Sequence[str], dest: str) -> Moved:
        """Move nodes to a service node. Those that cannot be planned hold up nobody else."""
        words = ("-d", dest, "-i", "--takeover")
        heard = await self._snmove(words, nodes)
        rest = [node for node in nodes if node not in heard.troubles]
        if heard.good or not rest or len(rest) == len(nodes):
            return _moved(heard, nodes)
        again = await self._snmove(words, rest)
        bad = {node: texts for node, texts in heard.troubles.items() if node}
        again.troubles.update(bad)
        return _moved(again, nodes)

    async def back(self, move: str, nodes: Sequence[str]) -> Moved:
        """Take a move back."""
        return _all(await self._snmove(("--rollback", move)), nodes)

    async def resume(self, move: str, nodes: Sequence[str]) -> Moved:
        """Go on with a move, or with its way back, that was cut short."""
        return _all(await self._snmove(("--resume", move)), nodes)

    async def _snmove(self, words: Sequence[str], nodes: Sequence[str] = ()) -> Heard:
        caller = Caller(self.name, Role.MANAGEMENT, self.name, "this host")
        heard, request = Heard(), Request(secrets.token_hex(4), "snmove", caller, tuple(words))
        if nodes:
            request = replace(request, noderange=fold(nodes), nodes=tuple(nodes))
        try:
            if await self.run(request, heard) and not heard.troubles:
                heard.troubles[""].append(_SILENT)
        except XcatError as error:
            heard.troubles[""].append(str(error))
        return heard


def _moved(heard: Heard, nodes: Sequence[str]) -> Moved:
    return Moved(tuple(node for node in nodes if node in heard.good), tuple(_sentences(heard)))


def _all(heard: Heard, nodes: Sequence[str]) -> Moved:
    """Of a command that names no nodes."""
    troubles = tuple(_sentences(heard))
    return Moved(() if troubles else tuple(nodes), troubles)


def _sentences(heard: Heard) -> Collection[str]:
    """What is wrong, what is said of several nodes once."""
    found: dict[str, list[str]] = {}
    for node, texts in heard.troubles.items():
        for text in texts:
            found.setdefault(text, []).append(node)
    return [f"{fold(filter(None, nodes))}: {text}" if any(nodes) else text for text, nodes in found.items()]
