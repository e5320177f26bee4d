"""Somebody who reads replies, or does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.model import Block, Ended, Failure, Line, NodeBlock, Reply, Verdict


class Reader:
    """Takes replies. A `lazy` one says that it does not keep up, and takes each only after `taken`."""

    def __init__(self, *, lazy: bool = False) -> None:
        self.replies: list[Reply] = []
        self.flowing = not lazy
        self.asked = asyncio.Event()
        self.taken = asyncio.Event()

    async def send(self, reply: Reply) -> None:
        if not self.flowing:
            self.asked.set()
            await self.taken.wait()
        self.replies.append(reply)

    @property
    def lines(self) -> Sequence[tuple[str | None, str | None]]:
        """Node and text of each line, sorted by node, as nodes end in any order."""
        found: list[tuple[str | None, str | None]] = []
        for reply in self.replies:
            match reply:
                case Line(text, node):
                    found.append((node, text))
                case Block(texts):
                    found += [(None, text) for text in texts]
                case NodeBlock(lines):
                    found += [(node, text) for node, _, text in lines]
        return sorted(found, key=lambda line: line[0] or "")

    @property
    def failures(self) -> Sequence[Failure]:
        return [reply for reply in self.replies if isinstance(reply, Failure)]

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """How it ended for each node; a node that ended twice is a mistake."""
        ended = [(reply.node, reply.verdict) for reply in self.replies if isinstance(reply, Ended)]
        assert len(dict(ended)) == len(ended)
        return dict(ended)
