"""What a running command sees of the world."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from xcatd.errors import NotFound
from xcatd.hardware import Controllers, Power
from xcatd.model import Channel, Command, Failure, Line, Node, Reply, Request, Role
from xcatd.noderange import expand
from xcatd.objects import World, bmc_endpoint, management_method, world_of
from xcatd.store import Change, Snapshot, Store


class Sink(Protocol):
    """Where replies go. `send` returns when the reader has room for more: this is how back-pressure travels."""

    @property
    def flowing(self) -> bool:
        """Whether the reader keeps up: then `send` returns at once."""
        ...

    async def send(self, reply: Reply) -> None: ...


ReadStdin = Callable[[], Awaitable[str]]
"""Fetches the caller's whole standard input, when a command wants it."""


@dataclass(frozen=True, slots=True)
class Host:
    """The daemon as its plugins see it: its name, its place, its database and its hands."""

    name: str
    role: Role
    version: str
    store: Store
    controllers: Controllers
    rescan: Callable[[], int]
    names: Callable[[], Sequence[str]]


class Ctx:
    """One run of one command. Made by the hall; a plugin only uses it."""

    def __init__(
        self,
        request: Request,
        command: Command,
        host: Host,
        sink: Sink,
        read_stdin: ReadStdin,
        clock: asyncio.Timeout | None = None,
    ) -> None:
        self.request = request
        self.command = command
        self.host = host
        self.snapshot: Snapshot = host.store.snapshot
        self._sink = sink
        self._read_stdin = read_stdin
        self._clock = clock
        self._standing = 0
        self._left = 0.0
        self.failed = False

    def timed(self, clock: asyncio.Timeout) -> Ctx:
        """This context for a run whose time is measured by `clock`."""
        return Ctx(self.request, self.command, self.host, self._sink, self._read_stdin, clock)

    async def send(self, reply: Reply) -> None:
        """Send a reply. The clock stands still meanwhile: a slow reader is not the device's fault."""
        if self._sink.flowing:
            await self._sink.send(reply)
            return
        with self._standstill():
            await self._sink.send(reply)

    @contextmanager
    def _standstill(self) -> Iterator[None]:
        """Stop the clock, and let it go on when the last of those who stopped it has left. One that ran out stays so."""
        clock = self._clock
        if clock is None or clock.expired() or (clock.when() is None and not self._standing):
            yield
            return
        loop = asyncio.get_running_loop()
        if not self._standing:
            self._left = (clock.when() or 0.0) - loop.time()
            clock.reschedule(None)
        self._standing += 1
        try:
            yield
        finally:
            self._standing -= 1
            if not self._standing:
                clock.reschedule(loop.time() + self._left)

    @property
    def world(self) -> World:
        """Nodes and groups with their inherited values, as they were when the command began."""
        return world_of(self.snapshot)

    def site(self, key: str, default: str = "") -> str:
        """A value of the site table."""
        return self.snapshot.site(key, default)

    async def say(
        self, text: str | None, *, node: str | None = None, label: str | None = None, channel: Channel = Channel.DATA
    ) -> None:
        """Send a line. With a node it prints as `node: text` or `node: label: text`."""
        await self.send(Line(text, node, label, channel, self.host.name))

    async def fail(
        self, text: str, *, node: str | None = None, code: int = 1, channel: Channel = Channel.ERROR
    ) -> None:
        """Report something that did not work and go on; `code` is OR-ed into the exit status."""
        self.failed = True
        await self.send(Failure(text, node, code, channel, self.host.name))

    async def stdin(self) -> str:
        """The caller's whole standard input; it is asked for only now. The clock stands still until it has come."""
        if self.request.stdin is not None:
            return self.request.stdin
        with self._standstill():
            return await self._read_stdin()

    def expand(self, noderange: str) -> tuple[str, ...]:
        """The nodes of a noderange. Raises NotFound for names that are neither node nor group, or BadNoderange."""
        found = expand(noderange, self.world, exclude=self.site("excludenodes"))
        if found.missing:
            raise NotFound(f"Invalid nodes and/or groups in noderange: {','.join(found.missing)}")
        return tuple(found.nodes)

    def power(self, node: Node) -> Power:
        """The power switch of a node. Raises NotFound when the tables do not say how to reach it."""
        method = management_method(self.world, node.name)
        self.host.controllers.check(method)
        return self.host.controllers.power(method, bmc_endpoint(self.world, node.name))

    async def write(self, *changes: Change) -> None:
        """Change tables, all or nothing, in the caller's name."""
        await self.host.store.write(changes, author=self.request.caller.name or "anonymous")
