"""Running a command's coroutine over the nodes that are here."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from xcatd.api import Ctx
from xcatd.dispatch.argv import Parsed
from xcatd.dispatch.ledger import Ledger
from xcatd.dispatch.locks import Locks
from xcatd.errors import Fault, NodeError, TimedOut, Unreachable, XcatError
from xcatd.model import Command, Ended, Failure, Node, Nodes, Verdict

log = logging.getLogger(__name__)

_BEGINNERS = 32
"""Nodes that begin in one turn of the loop: a thousand at once would keep others waiting for a quarter of a second."""


class Run:
    """One run of one command on this daemon."""

    def __init__(self, ctx: Ctx, locks: Locks, ledger: Ledger, parsed: Parsed) -> None:
        self._ctx = ctx
        self._command: Command = ctx.command
        self._locks = locks
        self._ledger = ledger
        self._arguments = parsed.arguments
        self.alters = ctx.command.alters(parsed.words)
        """Whether these words, the noderange not among them, alter nodes."""

    async def over(self, nodes: Sequence[str]) -> None:
        """Run it: once per node side by side, or once for all."""
        if self._command.nodes == "each":
            await self._side_by_side(nodes)
            return
        arguments = dict(self._arguments)
        if self._command.nodes == "all":
            arguments[self._command.node_parameter] = Nodes(nodes)
        verdict = await self._guarded(None, functools.partial(self._call, None, arguments))
        await self._ledger.end_all(nodes, verdict)

    async def _side_by_side(self, nodes: Sequence[str]) -> None:
        names = iter(nodes)
        async with asyncio.TaskGroup() as group:
            for number in range(min(self._command.fanout, len(nodes))):
                group.create_task(self._worker(names))
                if number % _BEGINNERS == _BEGINNERS - 1:
                    await asyncio.sleep(0)

    async def _worker(self, names: Iterator[str]) -> None:
        for name in names:
            arguments = {self._command.node_parameter: Node(name), **self._arguments}
            began = time.monotonic()
            verdict = await self._guarded(name, functools.partial(self._call, name, arguments))
            await self._ledger.send(Ended(name, verdict, time.monotonic() - began))

    async def _call(self, node: str | None, arguments: Mapping[str, Any], ctx: Ctx) -> None:
        text = await self._command.handler(ctx, **arguments)
        if text is not None:
            await ctx.say(text, node=node)

    def _lock(self, node: str | None) -> AbstractAsyncContextManager[None]:
        request = self._ctx.request
        if node is None or not self.alters:
            return nullcontext()
        purpose = f"{self._command.name} of {request.caller.name} (request {request.id})"
        return self._locks.hold(node, purpose, self._command.timeout)

    async def _guarded(self, node: str | None, work: Callable[[Ctx], Coroutine[Any, Any, None]]) -> Verdict:
        """Do the work within its time; whatever goes wrong becomes a failure of this node and of no other.

        The time begins when the node's lock is ours: it measures the device, not who came before.
        """
        try:
            async with self._lock(node), self._ctx.turn, asyncio.timeout(self._command.timeout) as clock:
                ctx = self._ctx.timed(clock)
                await work(ctx)
            self._ledger.status |= ctx.status
        except XcatError as error:
            await self._fail(node, str(error), error.status, error.code)
            return Verdict.UNREACHABLE if isinstance(error, (Unreachable, TimedOut)) else Verdict.FAILED
        except TimeoutError:
            text = f"no end within {self._command.timeout:g} s; given up"
            await self._fail(node, text, NodeError.status, TimedOut.code)
            return Verdict.UNREACHABLE
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("request %s: fault %s in %s", self._ctx.request.id, reference, self._command.name)
            text = f"A fault in {self._command.name} was logged under {reference}; please report it"
            await self._fail(node, text, Fault.status, Fault.code)
            return Verdict.FAILED
        return Verdict.FAILED if ctx.failed else Verdict.OK

    async def _fail(self, node: str | None, text: str, status: int, cause: str) -> None:
        await self._ledger.send(Failure(text, node=node, code=status, source=self._ctx.host.name, cause=cause))
