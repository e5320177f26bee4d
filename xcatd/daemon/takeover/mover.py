"""Has nodes moved, as the daemon itself: `snmove` does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.daemon.asitself import AsItself, Heard


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it. `troubles`: sentences, the nodes that they are about folded before them; none if all is well."""

    good: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mover:
    """`daemon`: by which it acts."""

    daemon: AsItself

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
        return await self.daemon.do("snmove", words, nodes)


def _moved(heard: Heard, nodes: Sequence[str]) -> Moved:
    return Moved(tuple(node for node in nodes if node in heard.good), tuple(heard.sentences()))


def _all(heard: Heard, nodes: Sequence[str]) -> Moved:
    """Of a command that names no nodes."""
    troubles = tuple(heard.sentences())
    return Moved(() if troubles else tuple(nodes), troubles)
