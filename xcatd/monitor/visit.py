"""One conversation with a node: `ready`, its lines, and `done` behind each when it is done."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from xcatd.errors import Denied, Malformed, UsageError, XcatError
from xcatd.monitor.limits import NodeLimits
from xcatd.services.nodes import Hearing, Saying, Verb, read_saying
from xcatd.services.nodes.hearing import LEGACY
from xcatd.services.nodes.logs import END

log = logging.getLogger(__name__)

READY: Final = "ready"
DONE: Final = "done"
"""The two words that old nodes wait for."""
PRIVILEGED: Final = 1024
"""Ports below it are for root only."""


@dataclass(slots=True)
class Visit:
    """A node at the door. `caller` is its socket, which stays the door's."""

    caller: socket.socket
    node: str
    peer: str
    hearing: Hearing
    limits: NodeLimits
    _held: bytes = b""
    _said: int = field(default=0)

    async def go(self) -> None:
        """Talk until the node has said what ends a conversation, hangs up, is silent, or does what it must not: then Malformed
        or TimeoutError. Raises OSError when it is gone."""
        await self._send(READY)
        while (line := await self._line()) is not None:
            if not await self._answer(line):
                return

    async def _answer(self, line: str) -> bool:
        """Do what a line says; gives whether another may follow. `done` comes after the work, or when it would never be done:
        a node that does not hear it asks again."""
        try:
            saying = read_saying(line.split())
        except UsageError as error:
            log.warning("node %s at %s: %s", self.node, self.peer, error)
            await self._send(DONE)
            return False
        try:
            self._check(saying)
            if saying.verb is Verb.LOG:
                await self.hearing.keep_log(self.node, await self._log(), self.peer)
                answer: Sequence[str] = ()
            else:
                answer = await self.hearing.hear(self.node, saying, self.peer)
        except XcatError as error:
            log.warning("node %s at %s is not served: %s", self.node, self.peer, error)
            await self._send(f"refused: {error}")
            return False
        await self._send(DONE, *answer)
        return _goes_on(saying)

    async def _log(self) -> str:
        """The lines behind `nodelog`, until the one that ends them."""
        lines, size = list[str](), 0
        while (line := await self._next()) != END:
            if line is None:
                raise Malformed("it hung up in the middle of its log")
            lines.append(line.removeprefix(END))
            size += len(line) + 1
            if size > self.limits.log:
                raise Malformed(f"its log has more than {self.limits.log} bytes")
        return "\n".join(lines)

    def _check(self, saying: Saying) -> None:
        """Tokens and scripts are given to root of the node's address; scripts to all there where the site allows it."""
        if saying.verb not in (Verb.TOKEN, Verb.POSTSCRIPT) or self.caller.getpeername()[1] < PRIVILEGED:
            return
        if saying.verb is Verb.TOKEN:
            raise Denied(f"who asks for the token of {self.node} must be its root: ask from a port below {PRIVILEGED}")
        if not self.hearing.serves_old_images:
            raise Denied(
                f"{self.node} gets its script with its own certificate, or from a port below {PRIVILEGED}; for old images: "
                f"chtab key={LEGACY} site.value=yes"
            )

    async def _line(self) -> str | None:
        """The next line that is no line of a log. Raises Malformed when these are too many."""
        line = await self._next()
        self._said += 1
        if self._said > self.limits.lines:
            raise Malformed(f"it says more than {self.limits.lines} lines")
        return line

    async def _next(self) -> str | None:
        """The next line without its end; None when the node has hung up."""
        while b"\n" not in self._held:
            if len(self._held) > self.limits.line:
                raise Malformed(f"a line is longer than {self.limits.line} bytes")
            async with asyncio.timeout(self.limits.idle):
                piece = await asyncio.get_running_loop().sock_recv(self.caller, self.limits.line)
            if not piece:
                return None
            self._held += piece
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    async def _send(self, *lines: str) -> None:
        text = "".join(f"{line}\n" for line in lines)
        await asyncio.get_running_loop().sock_sendall(self.caller, text.encode("utf-8", "surrogateescape"))


def _goes_on(saying: Saying) -> bool:
    """The conversations of xCAT end with most lines; behind these others may follow."""
    return saying.verb in (Verb.LOCK, Verb.APPLICATION, Verb.UPDATE, Verb.AIX, Verb.ISCSI)
