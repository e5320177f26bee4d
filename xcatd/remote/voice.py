"""What one node says, passed on as it comes, or together when the node has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from xcatd.model import Failure, NodeLine, Reply

HELD = 1 << 20
"""Characters of a node that are held back; what goes beyond is passed on as it comes, so that nothing grows."""


class Named(Protocol):
    """A daemon."""

    @property
    def name(self) -> str: ...


class Teller(Protocol):
    """Who answers the caller: a command's context."""

    @property
    def host(self) -> Named: ...

    async def send(self, reply: Reply) -> None: ...

    async def node_lines(self, lines: Iterable[NodeLine]) -> None: ...


class Voice:
    """`stream`: as it comes. `silent`: not at all."""

    def __init__(self, teller: Teller, node: str, *, stream: bool = False, silent: bool = False) -> None:
        self._teller = teller
        self._node = node
        self._stream = stream
        self._silent = silent
        self._size = 0
        self._output: list[str] = []
        self._errors: list[str] = []

    async def output(self, lines: Sequence[str]) -> None:
        """It says this on standard output."""
        await self._take(self._output, lines)

    async def errors(self, lines: Sequence[str]) -> None:
        """It says this on standard error."""
        await self._take(self._errors, lines)

    async def _take(self, held: list[str], lines: Sequence[str]) -> None:
        if self._silent:
            return
        held.extend(lines)
        self._size += sum(map(len, lines)) + len(lines)
        if self._size > HELD:
            self._stream = True
        if self._stream:
            await self.flush()

    async def flush(self) -> None:
        """Pass on what is held."""
        output, errors = self._output[:], self._errors[:]
        self._output.clear()
        self._errors.clear()
        if output:
            await self._teller.node_lines((self._node, None, line) for line in output)
        for line in errors:
            await self.trouble(line)

    async def trouble(self, text: str, cause: str = "") -> None:
        """A line on standard error, without the word Error."""
        source = self._teller.host.name
        await self._teller.send(Failure(text, self._node, code=0, source=source, prefix=False, cause=cause))
