"""What a running command sees of the world."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from xcatd.api.below import Below
from xcatd.api.blocks import blocks
from xcatd.api.host import Host, Sink
from xcatd.api.listing import Listing
from xcatd.api.namefile import read_name_file
from xcatd.api.pace import Pace
from xcatd.api.turn import Turn
from xcatd.errors import NotFound, UsageError
from xcatd.hardware import Device, Inventory, Power
from xcatd.model import (
    Block,
    Channel,
    Command,
    Failure,
    Line,
    Node,
    NodeBlock,
    NodeLine,
    Origin,
    Progress,
    Reply,
    Request,
    Terminal,
    length_of,
)
from xcatd.noderange import expand, names
from xcatd.objects import World, endpoint_of, management_method, world_of
from xcatd.policy import mask
from xcatd.store import Change, Snapshot
from xcatd.store.accepts import ValueCheck

ReadStdin = Callable[[], Awaitable[str]]
"""Fetches the caller's whole standard input, when a command wants it."""


class PassDown(Protocol):
    """Has daemons below run the request too; see `Ctx.pass_down`."""

    async def __call__(self, towards: Collection[str] | None) -> Below: ...


May = Callable[[Sequence[str], Sequence[str]], bool]
"""Asks the policy about words and nodes."""


def nobody_may(words: Sequence[str], nodes: Sequence[str]) -> bool:
    """The policy of a host without a daemon."""
    return False


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
        pass_down: PassDown | None = None,
        turn: Turn | None = None,
        answer: ReadStdin | None = None,
        terminal: Terminal | None = None,
        may: May = nobody_may,
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
        self._pass_down = pass_down
        self._answer = answer
        self._terminal = terminal
        self.may = may
        """Whether the caller may go on with other words on some nodes, by the policy; it is recorded as a command is."""
        self.turn = turn or Turn()
        """Held from the beginning by a command that edits tables, until it has written."""
        self._pace = Pace()
        self._standing = 0
        self._left = 0.0
        self.failed = False
        self.status = 0
        """Is OR-ed into the exit status when the command has ended well."""

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
            pass_down=self._pass_down,
            turn=self.turn,
            answer=self._answer,
            terminal=self._terminal,
            may=self.may,
        )

    @property
    def wants_json(self) -> bool:
        """The caller said --json: show things by `item`. What is said for standard output is left out."""
        return self._listing is not None

    async def item(self, kind: str, name: str, attributes: Mapping[str, str]) -> None:
        """Show a thing to a caller who wants JSON: its type, its name and what is known of it (docs/json.md)."""
        assert self._listing is not None, "only with wants_json"
        await self._listing.add(kind, name, attributes)

    async def send(self, reply: Reply) -> None:
        """Send a reply. The clock stands still meanwhile: a slow reader is not the device's fault."""
        if self._listing is not None and not _is_trouble(reply):
            return  # beside the items of a listing, only what goes to standard error
        if self._sink.flowing:
            await self._sink.send(reply)
            return
        with self.standstill():
            await self._sink.send(reply)

    @contextmanager
    def standstill(self) -> Iterator[None]:
        """Stop the clock that measures the device, while something else is waited for, and let it go on when the last of those
        who stopped it has left. One that ran out stays so."""
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
        """Send many lines. `texts` is read as they go out: they travel together, and others may run meanwhile."""
        for some in blocks(texts, lambda made: sum(map(len, made))):
            await self._send_block(Block(some, channel, self.host.name))

    async def node_lines(self, lines: Iterable[NodeLine]) -> None:
        """Send many lines about nodes, each a node, a label or None, a text or None; see `say` and `lines`."""
        for some in blocks(lines, lambda made: length_of(NodeBlock(tuple(made)))):
            await self._send_block(NodeBlock(some, self.host.name))

    async def _send_block(self, block: Block | NodeBlock) -> None:
        await self.send(block)
        await asyncio.sleep(0)  # it leaves now, and others have their turn

    async def progress(self, done: int, total: int) -> None:
        """Let a caller at a terminal see how far a long change has come. Say it as often as you like."""
        if self.request.progress and self._pace.due():
            await self.send(Progress(done, total))
            await asyncio.sleep(0)  # it leaves now

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
        channel = Channel.ERROR if self.wants_json else channel
        await self.send(Failure(text, node, code, channel, self.host.name))

    async def stdin(self) -> str:
        """The caller's whole standard input; it is asked for only now. The clock stands still until it has come.

        Others may change tables meanwhile: what was read from `snapshot` or `world` before is old then.
        """
        if self.request.stdin is not None:
            return self.request.stdin
        with self.standstill():
            self.turn.give_up()
            text = await self._read_stdin()
            await self.turn.take()
        self.snapshot = self.host.store.snapshot
        return text

    async def ask(self, question: str) -> str | None:
        """What somebody at a terminal answers, a line without its end; None when nobody sits there who could be asked."""
        if self._answer is None:
            return None
        await self.send(Failure(question, code=0, prefix=False))
        with self.standstill():
            return (await self._answer()).strip()

    @property
    def terminal(self) -> Terminal:
        """The caller's terminal, of an interactive command. UsageError when there is none at the other end."""
        if self._terminal is None:
            raise UsageError(f"{self.command.name} needs a terminal: use this release's client")
        return self._terminal

    async def pass_down(self, towards: Collection[str] | None = None) -> Below:
        """Have every service node below run this request too, and those below it; or only service nodes of these names, and
        those on the way to them. Their replies go to the caller as they come, and one that cannot be reached is a failure of
        its own; what is given says which nodes and which daemons failed. The clock stands still meanwhile.

        They get the words that were typed, a noderange among them, but no nodes to work on.
        """
        self.turn.give_up()
        if self._pass_down is None:
            return Below()
        with self.standstill():
            return await self._pass_down(towards)

    def expand(self, noderange: str) -> tuple[str, ...]:
        """The nodes of a noderange. Raises NotFound for names that are neither node nor group, or BadNoderange."""
        found = expand(noderange, self.world, exclude=self.site("excludenodes"))
        if found.missing:
            raise NotFound(f"Invalid nodes and/or groups in noderange: {','.join(found.missing)}")
        return tuple(found.nodes)

    def named(self, nodes: Sequence[str]) -> Sequence[str]:
        """The `nodes` of the command; or those that were typed, where the daemon above has passed down the whole request
        (`pass_down`), which comes without nodes. Raises as `expand`.
        """
        request = self.request
        return nodes or (self.expand(request.noderange) if request.down and request.noderange else ())

    def new_names(self, noderange: str) -> tuple[str, ...]:
        """The names that a noderange spells, in the order typed, whether there are such nodes or not. Raises BadNoderange,
        or Denied for a `^file` that the caller must not have read.
        """
        env = dict(self.request.env)
        return names(
            noderange,
            prefix=env.get("XCAT_NODE_PREFIX", "node"),
            suffix=env.get("XCAT_NODE_SUFFIX", ""),
            read_file=partial(read_name_file, self.request),
        )

    def power(self, node: Node) -> Power:
        """The power switch of a node, by nodehm.power. Raises what `device` raises."""
        return self._device(node, "power").power

    def device(self, node: Node) -> Device:
        """The hardware of a node, by nodehm.mgt. Raises NotFound when the tables do not say how to reach it, Unsupported when
        no driver speaks the method."""
        return self._device(node, "mgt")

    def macs(self, node: Node) -> Inventory:
        """What knows a node's network interfaces, by nodehm.getmac. Raises what `device` raises."""
        return self._device(node, "getmac").inventory

    def _device(self, node: Node, column: str) -> Device:
        method = management_method(self.world, node.name, column)
        self.host.controllers.check(method)
        return self.host.controllers.device(method, endpoint_of(self.world, node.name, method))

    async def write(self, *changes: Change) -> None:
        """Change tables, all or nothing, in the caller's name; in a dry run, say what would change.

        Values that their columns do not take are a warning, or UsageError where the site attribute checkvalues says strict.
        """
        complaints = await self._complaints(changes)
        if self.dry_run:
            await self.lines(
                await asyncio.to_thread(list, self.host.store.preview(changes))
            )  # at 100,000 nodes a second
        else:
            await self.host.store.write(changes, author=self._origin())
            self.turn.give_up()
        for complaint in complaints:
            await self.warn(complaint)

    async def report(self, *changes: Change) -> None:
        """Change tables, all or nothing, soon: what nodes say of themselves must not get lost while the database or the
        management node is away. When this returns it is on the disk of this daemon, which does it, once and in order, as
        soon as that can be done. StoreError when the disk refuses."""
        await self.host.report(changes, self._origin())

    async def _complaints(self, changes: Sequence[Change]) -> Sequence[str]:
        """What the site wants said about the new values."""
        manner = self.site("checkvalues", "warn").lower()
        if manner == "no":
            return ()
        check = ValueCheck(self.snapshot)
        for _ in check.look(changes):
            await asyncio.sleep(0)
        complaints = list(check.complaints())
        if complaints and manner == "strict":
            raise UsageError("; ".join(complaints))
        return complaints

    def _origin(self) -> Origin:
        request, caller = self.request, self.request.caller
        noderange = () if request.whole else filter(None, (request.noderange,))
        return Origin(
            user=caller.name or "anonymous",
            client=caller.host or caller.peer,
            request=request.id,
            command=request.command,
            words=mask((*noderange, *request.argv), request.command),
        )


def _is_trouble(reply: Reply) -> bool:
    return isinstance(reply, Line | Block | Failure) and reply.channel in (Channel.ERROR, Channel.WARNING)
