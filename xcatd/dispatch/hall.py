"""The hall: look up -> parse -> policy -> plan -> run here and forward there. The same lines for every command."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from xcatd.api import Ctx, Host, ReadStdin, Sink
from xcatd.api.listing import Listing
from xcatd.api.namefile import read_name_file
from xcatd.api.turn import Turn
from xcatd.dispatch.argv import Parsed, parse, usage
from xcatd.dispatch.ledger import Ledger
from xcatd.dispatch.locks import Locks
from xcatd.dispatch.registry import Registry
from xcatd.dispatch.run import Run
from xcatd.errors import Denied, Fault, Loop, NoServiceNode, NotFound, UsageError, XcatError
from xcatd.hierarchy import HERE, Chances, Forwarder, Me, Plan, Routes
from xcatd.model import Channel, Command, Failure, Line, Request, Role, Verdict, Where, current_request
from xcatd.model.command import DRY_RUN, JSON
from xcatd.noderange import Expansion, NodeSet, expand
from xcatd.objects import world_of
from xcatd.policy import Decision, Policy
from xcatd.store import Snapshot

log = logging.getLogger(__name__)

Audit = Callable[[Request, Decision], None]
"""Records a decision; must not wait."""


async def no_stdin() -> str:
    """The standard input of a caller that has none."""
    return ""


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

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin = no_stdin) -> int:
        """Run a request and give its exit status; replies go to `sink`, the last word to the caller is the caller's.

        Raises XcatError before anything was done: unknown command, denied, words that cannot be read, unknown nodes.
        """
        before = current_request.set(request.id)
        try:
            return await self._run(request, sink, stdin)
        except XcatError:
            raise
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("request %s: fault %s in %s", request.id, reference, request.command)
            raise Fault(f"A fault in {request.command} was logged under {reference}; please report it") from error
        finally:
            current_request.reset(before)

    async def _run(self, request: Request, sink: Sink, stdin: ReadStdin) -> int:
        command = self.registry.find(request.command)
        self._refuse_loops(request)
        parsed = parse(command, request.argv, whole=request.whole, noderange=request.noderange)
        snapshot = self.host.store.snapshot
        found = _expand(request, parsed, snapshot)
        self._authorise(command, request, parsed, found, snapshot)
        if parsed.asks:
            return await self._answer(command, parsed, sink)
        plan = self._plan(command, request, parsed, found, snapshot)
        passing = replace(request, noderange=parsed.noderange, via=(*request.via, self.me.name))
        if plan is None:
            return await self._pass_up(command, passing, sink, stdin)
        if found.missing:
            raise NotFound(f"Invalid nodes and/or groups in noderange: {','.join(found.missing)}")
        if command.noderange_required and not found.nodes:
            if parsed.noderange:
                raise NotFound(f"The noderange {parsed.noderange!r} contains no nodes; see: nodels")
            raise UsageError(f"{command.name}: a noderange is missing; see {command.name} -h")
        return await self._carry_out(command, passing, parsed, plan, sink, stdin)

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

    async def _answer(self, command: Command, parsed: Parsed, sink: Sink) -> int:
        # One text, because an old client leaves out lines that are empty.
        text = "\n".join(usage(command)) if parsed.asks == "help" else self.host.version
        await sink.send(Line(text, source=self.host.name))
        return 0

    async def _pass_up(self, command: Command, request: Request, sink: Sink, stdin: ReadStdin) -> int:
        """Have the daemon above do all of it; what it writes is seen here before its caller can ask for it."""
        status = await self.forwarder.up(request, None, sink, stdin)
        if command.edits:
            await self.host.store.catch_up()
        return status

    def _plan(
        self, command: Command, request: Request, parsed: Parsed, found: Expansion, snapshot: Snapshot
    ) -> Plan | None:
        """Who does what; None = the daemon above does all of it."""
        nodes = tuple(found.nodes)
        if command.where is not Where.OWNER:
            is_below = self.me.role is Role.SERVICE and not request.down
            return None if is_below and self._is_for_above(command, parsed) else Plan(here=nodes)
        return self._routes(snapshot).plan(nodes, from_above=request.down, above_alive=self.above_alive())

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

    async def _carry_out(
        self, command: Command, request: Request, parsed: Parsed, plan: Plan, sink: Sink, stdin: ReadStdin
    ) -> int:
        everyone = [*plan.here, *plan.above, *(node for nodes in plan.below.values() for node in nodes)]
        ledger = Ledger(sink, everyone)
        listing = (
            Listing(lambda text: ledger.send(Line(text)), plain=not request.whole) if JSON in parsed.given else None
        )
        dry_run = DRY_RUN in parsed.given
        ctx = Ctx(
            request,
            command,
            self.host,
            ledger,
            stdin,
            dry_run=dry_run,
            listing=listing,
            pass_down=lambda: self._pass_down(request, ledger, run),
            turn=Turn(self.locks.tables if command.edits and not dry_run else None),
        )
        run = Run(ctx, self.locks, ledger, parsed)
        now = datetime.now(UTC)
        if (outage := self.host.store.outage) is not None and outage.is_felt(now):
            await ledger.send(Line(outage.notice(now), channel=Channel.WARNING, source=self.host.name))
        if len(plan.here) == len(everyone):
            await run.over(plan.here)
        else:
            async with asyncio.TaskGroup() as group:
                if plan.here:
                    group.create_task(run.over(plan.here))
                if plan.above:
                    group.create_task(self._pass(request, None, plan.above, ledger, stdin, run))
                for ways, nodes in plan.below.items():
                    group.create_task(self._pass(request, ways, nodes, ledger, stdin, run))
        if listing is not None:
            await listing.close()
        await ledger.close(self.host.name)
        return ledger.status

    async def _pass(
        self,
        request: Request,
        ways: Sequence[str] | None,
        nodes: Sequence[str],
        ledger: Ledger,
        stdin: ReadStdin,
        run: Run,
    ) -> None:
        """Have another daemon do it for these nodes; that nobody can is said once for all of them."""
        try:
            if ways is None:
                status = await self.forwarder.up(request, nodes, ledger, stdin)
            else:
                home = HERE in ways
                before = ways[: ways.index(HERE)] if home else ways
                chances = Chances(repeat=not run.alters, home=home)
                status = await self.forwarder.down(before, request, nodes, ledger, stdin, chances)
            ledger.status |= status
        except NoServiceNode as error:
            if ways is not None and HERE in ways:
                await run.over(ledger.left(nodes))
                return
            await self._give_up(error, nodes, Verdict.UNREACHABLE, ledger)
        except XcatError as error:
            await self._give_up(error, nodes, Verdict.FAILED, ledger)

    async def _pass_down(self, request: Request, ledger: Ledger, run: Run) -> None:
        """Have all daemons directly below run the whole request."""
        async with asyncio.TaskGroup() as group:
            for name in self._routes(self.host.store.snapshot).below():
                group.create_task(self._pass(request, (name,), (), ledger, no_stdin, run))

    async def _give_up(self, error: XcatError, nodes: Sequence[str], verdict: Verdict, ledger: Ledger) -> None:
        """What stands in the way of all these nodes is said once."""
        await ledger.send(Failure(str(error), code=error.status, source=self.host.name))
        await ledger.end_all(nodes, verdict)


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
