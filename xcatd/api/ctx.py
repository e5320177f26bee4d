"""What a running command sees of the world."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from xcatd.api.listing import Listing
from xcatd.errors import NotFound
from xcatd.hardware import Controllers, Power
from xcatd.model import Channel, Command, Failure, Line, Node, Origin, Reply, Request, Role
from xcatd.noderange import expand
from xcatd.objects import World, bmc_endpoint, management_method, world_of
from xcatd.policy import mask
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
        *,
        dry_run: bool = False,
        listing: Listing | None = None,
    ) -> None:
        self.request = request
        self.command = command
        self.host = host
        self.snapshot: Snapshot = host.store.snapshot
        self._sink = sink
        self._read_stdin = read_stdin
        self._clock = clock
        self.dry_run = dry_run
        """The caller only wants to know what would change: `write` says it and changes nothing."""
        self._listing = listing
        self._standing = 0
        self._left = 0.0
        self.failed = False

    def timed(self, clock: asyncio.Timeout) -> Ctx:
        """This context for a run whose time is measured by `clock`."""
        return Ctx(
            self.request,
            self.command,
            self.host,
            self._sink,
            self._read_stdin,
            clock,
            dry_run=self.dry_run,
            listing=self._listing,
        )

    @property
    def wants_json(self) -> bool:
        """The caller said --json: show things by `item` and nothing by `say`."""
        return self._listing is not None

    async def item(self, kind: str, name: str, attributes: Mapping[str, str]) -> None:
        """Show a thing to a caller who wants JSON: its type, its name and what is known of it (docs/json.md)."""
        assert self._listing is not None, "only with wants_json"
        await self._listing.add(kind, name, attributes)

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

    async def lines(self, texts: Iterable[str], *, channel: Channel = Channel.DATA) -> None:
        """Send many lines. They travel together, and others may run meanwhile."""
        for text in texts:
            await self.say(text, channel=channel)

    async def done(self, text: str) -> None:
        """Say what has been changed; in a dry run nothing has."""
        if not self.dry_run:
            await self.say(text, channel=Channel.INFO)

    async def warn(self, text: str) -> None:
        """Say what looks wrong and is done all the same."""
        await self.say(text, channel=Channel.WARNING)

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
        """Change tables, all or nothing, in the caller's name; in a dry run, say what would change."""
        if self.dry_run:
            await self.lines(self.host.store.preview(changes))
            return
        await self.host.store.write(changes, author=self._origin())

    def _origin(self) -> Origin:
        request, caller = self.request, self.request.caller
        return Origin(
            user=caller.name or "anonymous",
            client=caller.host or caller.peer,
            request=request.id,
            command=request.command,
            words=mask((*filter(None, (request.noderange,)), *request.argv), request.command),
        )
