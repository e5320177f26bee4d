"""The hall: look up -> parse -> policy -> plan -> run here and forward there. The same lines for every command."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from xcatd.api import Ctx, Host, ReadStdin, Sink
from xcatd.api.below import Below
from xcatd.api.listing import Listing
from xcatd.api.namefile import read_name_file
from xcatd.api.turn import Turn
from xcatd.dispatch.argv import Parsed, parse, usage
from xcatd.dispatch.course import Course
from xcatd.dispatch.forms import form_of
from xcatd.dispatch.ledger import Ledger
from xcatd.dispatch.locks import Locks
from xcatd.dispatch.registry import Registry
from xcatd.dispatch.run import Run
from xcatd.dispatch.underway import Underway
from xcatd.dispatch.watch import watched
from xcatd.errors import Denied, Fault, Loop, NoServiceNode, NotFound, UsageError, XcatError
from xcatd.hierarchy import HERE, Chances, Forwarder, Me, Plan, Routes
from xcatd.model import (
    Batch,
    Channel,
    Command,
    Failure,
    Line,
    Request,
    Role,
    Terminal,
    Verdict,
    Where,
    current_request,
)
from xcatd.model.command import DRY_RUN, JSON
from xcatd.noderange import Expansion, NodeSet, expand
from xcatd.objects import World, console_pools, reached_centrally, world_of
from xcatd.policy import Decision, Policy
from xcatd.store import Snapshot

log = logging.getLogger(__name__)

Audit = Callable[[Request, Decision], None]
"""Records a decision; must not wait."""

Gate = Callable[[Command | None, Sequence[str]], None]
"""Raises XcatError when this daemon must not run a command with these words now; None: what is no command."""


def open_gate(command: Command | None, words: Sequence[str]) -> None:
    """Of a daemon that is the only one."""


async def no_stdin() -> str:
    """The standard input of a caller that has none."""
    return ""


@dataclass(frozen=True, slots=True)
class Ends:
    """The caller's side of a request: where replies go, and what can be read from there."""

    sink: Sink
    stdin: ReadStdin
    answer: ReadStdin | None
    terminal: Terminal | None


@dataclass(frozen=True, slots=True)
class Errand:
    """A request that is being carried out."""

    command: Command
    request: Request
    parsed: Parsed
    ledger: Ledger
    stdin: ReadStdin
    terminal: Terminal | None
    run: Run


@dataclass(frozen=True, slots=True)
class Hall:
    """Runs requests, whoever brought them."""

    host: Host
    me: Me
    registry: Registry
    forwarder: Forwarder
    locks: Locks
    audit: Audit
    above_alive: Callable[[], bool]
    underway: Underway = field(default_factory=Underway)
    gate: Gate = open_gate

    async def run(
        self,
        request: Request,
        sink: Sink,
        stdin: ReadStdin = no_stdin,
        answer: ReadStdin | None = None,
        terminal: Terminal | None = None,
    ) -> int:
        """Run a request and give its exit status; replies go to `sink`, the last word to the caller is the caller's.

        `answer` reads a line that somebody at a terminal types; `terminal` is for commands that read every key. Raises
        XcatError before anything was done: unknown command, denied, words that cannot be read, unknown nodes.
        """
        before = current_request.set(request.id)
        try:
            with self.underway.one(request):
                return await self._run(request, Ends(sink, stdin, answer, terminal))
        except XcatError:
            raise
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("request %s: fault %s in %s", request.id, reference, request.command)
            raise Fault(f"A fault in {request.command} was logged under {reference}; please report it") from error
        finally:
            current_request.reset(before)

    async def _run(self, request: Request, ends: Ends) -> int:
        command = self.registry.find(request.command)
        if not command.interactive:
            ends = replace(ends, terminal=None)
        self._refuse_loops(request)
        parsed = parse(command, request.argv, whole=request.whole, noderange=request.noderange)
        if not parsed.asks:
            self.gate(command, parsed.words)
        snapshot = self.host.store.snapshot
        found = _expand(request, parsed, snapshot)
        self._authorise(command, request, parsed, found, snapshot)
        if parsed.asks:
            return await self._answer(command, parsed, ends.sink)
        plan = self._plan(command, request, parsed, tuple(found.nodes), snapshot)
        passing = replace(request, noderange=parsed.noderange, via=(*request.via, self.me.name))
        if plan is None:
            return await self._pass_up(command, passing, ends)
        if found.missing:
            raise NotFound(f"Invalid nodes and/or groups in noderange: {','.join(found.missing)}")
        if command.noderange_required and not found.nodes:
            if parsed.noderange:
                raise NotFound(f"The noderange {parsed.noderange!r} contains no nodes; see: nodels")
            raise UsageError(f"{command.name}: a noderange is missing; see {command.name} -h")
        if not (command.nodes == "each" or command.of_each) or request.via:
            return await self._carry_out(command, passing, parsed, plan, ends)
        return await self._show(command, passing, parsed, plan, ends)

    def _refuse_loops(self, request: Request) -> None:
        passed = request.via.count(self.me.name)
        if passed > (1 if request.down else 0):
            raise Loop(
                f"The request came back to {self.me.name} (by way of {' -> '.join(request.via)}); check the "
                "servicenode attributes of these nodes"
            )

    def _authorise(
        self, command: Command, request: Request, parsed: Parsed, found: Expansion, snapshot: Snapshot
    ) -> None:
        if command.asks_policy:
            return
        nodes = tuple(found.nodes) if command.nodes != "none" else None
        decision = Policy.of(snapshot).decide(
            request.caller, command.name, parsed.words, nodes, datetime.now(), request.remote_clients
        )
        if not request.via or not decision.allowed:
            self.audit(replace(request, argv=parsed.words, noderange=parsed.noderange), decision)
        if not decision.allowed:
            raise Denied("Permission denied for request")

    def _may(self, request: Request, words: Sequence[str], nodes: Sequence[str]) -> bool:
        """Whether the caller may go on with these words on these nodes. It is recorded."""
        decision = Policy.of(self.host.store.snapshot).decide(
            request.caller, request.command, words, nodes, datetime.now(), request.remote_clients
        )
        self.audit(replace(request, argv=tuple(words), noderange=",".join(nodes)), decision)
        return decision.allowed

    async def _answer(self, command: Command, parsed: Parsed, sink: Sink) -> int:
        # One text, because an old client leaves out lines that are empty.
        text = "\n".join(usage(command)) if parsed.asks == "help" else self.host.version
        await sink.send(Line(text, source=self.host.name))
        return 0

    async def _pass_up(self, command: Command, request: Request, ends: Ends) -> int:
        """Have the daemon above do all of it; what it writes is seen here before its caller can ask for it."""
        status = await self.forwarder.up(request, None, ends.sink, ends.stdin, ends.terminal)
        if command.edits:
            await self.host.store.catch_up()
        return status

    def _plan(
        self,
        command: Command,
        request: Request,
        parsed: Parsed,
        nodes: Sequence[str],
        snapshot: Snapshot,
        chosen: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> Plan | None:
        """Who does what; None = the daemon above does all of it. `chosen`: of some nodes, who may."""
        if command.where not in (Where.OWNER, Where.CONTROLLER, Where.CONSOLE):
            is_below = self.me.role is Role.SERVICE and not request.down
            return None if is_below and self._is_for_above(command, parsed) else Plan(here=tuple(nodes))
        pools = {**_pools(command.where, world_of(snapshot), nodes), **chosen}
        return self._routes(snapshot).plan(nodes, from_above=request.down, above_alive=self.above_alive(), pools=pools)

    def _is_for_above(self, command: Command, parsed: Parsed) -> bool:
        """Whether a service node passes a command up. What edits tables goes there, one after the other, as long as there is
        somebody; with a database of its own a service node does it alone then. Without one it has no logs."""
        has_database = self.host.location is not None
        if command.where is Where.ANYWHERE:
            return not has_database and any(map(self._names_log, parsed.words))
        return command.where is Where.MANAGEMENT and not (has_database and not self.above_alive())

    def _names_log(self, word: str) -> bool:
        table = self.host.store.schema.tables.get(word.partition(".")[0])
        return table is not None and table.log

    def _routes(self, snapshot: Snapshot) -> Routes:
        return snapshot.cached((Routes, self.me), lambda: Routes(world_of(snapshot), self.me))

    async def _show(self, command: Command, request: Request, parsed: Parsed, plan: Plan, ends: Ends) -> int:
        """Carry it out for a caller of this daemon, in the form that he wants, and with what a terminal can show besides."""
        nodes = sorted(_everyone(plan))
        given = parsed.given - {JSON} if command.lists else parsed.given
        form = form_of(given, request, nodes, ends.sink)

        async def work(sink: Sink) -> int:
            status = await self._carry_out(command, request, parsed, plan, replace(ends, sink=sink))
            await form.close()
            return status

        if request.progress and len(nodes) > 1:
            return await watched(form, len(nodes), work)
        return await work(form)

    async def _carry_out(self, command: Command, request: Request, parsed: Parsed, plan: Plan, ends: Ends) -> int:
        everyone = _everyone(plan)
        ledger = Ledger(ends.sink, everyone)
        listing = _listing(command, request, parsed, ledger)
        dry_run = DRY_RUN in parsed.given
        ctx = Ctx(
            request,
            command,
            self.host,
            ledger,
            ends.stdin,
            dry_run=dry_run,
            listing=listing,
            pass_down=lambda towards: self._pass_down(errand, towards),
            turn=Turn(self.locks.tables if command.edits and not dry_run else None),
            answer=ends.answer,
            terminal=ends.terminal,
            may=partial(self._may, request),
        )
        run = Run(ctx, self.locks, ledger, parsed)
        errand: Errand = Errand(command, request, parsed, ledger, ends.stdin, ends.terminal, run)
        now = datetime.now(UTC)
        if (outage := self.host.store.outage) is not None and outage.is_felt(now):
            await ledger.send(Line(outage.notice(now), channel=Channel.WARNING, source=self.host.name))
        if batches := await _prepared(command, ctx, everyone, parsed):
            await self._in_batches(batches, errand)
        else:
            await self._distribute(plan, errand)
        if listing is not None:
            await listing.close()
        await ledger.close(self.host.name)
        return ledger.status

    async def _in_batches(self, batches: Sequence[Batch], errand: Errand) -> None:
        """Some nodes after others. Who serves a batch is found out when it begins: that may be minutes later."""
        chosen = {node: pool for batch in batches for node, pool in batch.pools.items()}

        async def work(nodes: Sequence[str]) -> None:
            snapshot = self.host.store.snapshot
            plan = self._plan(errand.command, errand.request, errand.parsed, nodes, snapshot, chosen)
            assert plan is not None, "commands that come in batches are run by the nodes' owners"
            await self._distribute(plan, errand)

        await Course(errand.ledger, work, self.host.name).run(batches)

    async def _distribute(self, plan: Plan, errand: Errand) -> None:
        """Run it here and pass it there, side by side."""
        if not (plan.above or plan.below):
            await errand.run.over(plan.here)
            return
        async with asyncio.TaskGroup() as group:
            if plan.here:
                group.create_task(errand.run.over(plan.here))
            if plan.above:
                group.create_task(self._pass(errand, None, plan.above))
            for ways, nodes in plan.below.items():
                group.create_task(self._pass(errand, ways, nodes))

    async def _pass(self, errand: Errand, ways: Sequence[str] | None, nodes: Sequence[str]) -> bool:
        """Have another daemon do it for these nodes; that nobody can is said once for all of them, and False is given."""
        request, ledger, stdin = errand.request, errand.ledger, errand.stdin
        try:
            if ways is None:
                status = await self.forwarder.up(request, nodes, ledger, stdin, errand.terminal)
            else:
                home = HERE in ways
                before = ways[: ways.index(HERE)] if home else ways
                chances = Chances(repeat=not errand.run.alters, home=home)
                status = await self.forwarder.down(before, request, nodes, ledger, stdin, chances, errand.terminal)
            ledger.status |= status
        except NoServiceNode as error:
            if ways is not None and HERE in ways:
                await errand.run.over(ledger.left(nodes))
                return True
            await self._give_up(error, nodes, Verdict.UNREACHABLE, ledger)
            return False
        except XcatError as error:
            await self._give_up(error, nodes, Verdict.FAILED, ledger)
            return False
        return True

    async def _pass_down(self, errand: Errand, towards: Collection[str] | None) -> Below:
        """Have daemons directly below run the whole request: all, or those that lead to service nodes of these names."""
        below = replace(errand, stdin=no_stdin, terminal=None)
        routes = self._routes(self.host.store.snapshot)
        names = routes.below() if towards is None else routes.towards(towards)
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(self._pass(below, (name,), ())) for name in names}
        missed = frozenset(name for name, task in tasks.items() if not task.result())
        return Below(frozenset(errand.ledger.blamed), missed)

    async def _give_up(self, error: XcatError, nodes: Sequence[str], verdict: Verdict, ledger: Ledger) -> None:
        """What stands in the way of all these nodes is said once."""
        await ledger.send(Failure(str(error), code=error.status, source=self.host.name))
        await ledger.end_all(nodes, verdict)


def _pools(where: Where, world: World, nodes: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Who works on the nodes for which that is not their owner."""
    if where is Where.CONTROLLER:
        return dict.fromkeys(reached_centrally(world, nodes), ())
    if where is Where.CONSOLE:
        return dict(zip(nodes, console_pools(world, nodes), strict=True))
    return {}


def _everyone(plan: Plan) -> list[str]:
    return [*plan.here, *plan.above, *(node for nodes in plan.below.values() for node in nodes)]


def _listing(command: Command, request: Request, parsed: Parsed, ledger: Ledger) -> Listing | None:
    """For a command that lists things by itself. What nodes say becomes JSON in another place (forms.py)."""
    if JSON not in parsed.given or not command.lists:
        return None
    return Listing(lambda text: ledger.send(Line(text)), plain=not request.whole)


async def _prepared(command: Command, ctx: Ctx, nodes: Sequence[str], parsed: Parsed) -> Sequence[Batch]:
    """What the command says beforehand about when nodes are worked on; only where it was typed. Empty: all at once."""
    if command.prepare is None or len(ctx.request.via) > 1:
        return ()
    return await command.prepare(ctx, sorted(nodes), parsed.arguments) or ()


def _expand(request: Request, parsed: Parsed, snapshot: Snapshot) -> Expansion:
    if request.nodes is not None:
        return Expansion(NodeSet(request.nodes), ())
    if not parsed.noderange:
        return Expansion(NodeSet(()), ())
    env = dict(request.env)
    return expand(
        parsed.noderange,
        world_of(snapshot),
        read_file=partial(read_name_file, request),
        exclude=snapshot.site("excludenodes"),
        prefix=env.get("XCAT_NODE_PREFIX", "node"),
        suffix=env.get("XCAT_NODE_SUFFIX", ""),
    )
