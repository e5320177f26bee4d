"""What `snmove` does: plans for all nodes, one change of the tables, then the steps, each for all nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.api import Busy, Channel, Ctx, Denied, NotFound, Verdict
from xcatd.errors import Conflict
from xcatd.model import Ended
from xcatd.noderange import fold
from xcatd.plugins.snmove.doing import TRIES, Doing, now
from xcatd.plugins.snmove.ground import scripts_folder, wants
from xcatd.plugins.snmove.showing import plan_lines, ways
from xcatd.services.addresses import look_up
from xcatd.services.networks import Address
from xcatd.services.snmove import (
    Manner,
    Move,
    Record,
    State,
    Step,
    Wish,
    nodes_of,
    planned,
    script_names,
    steps_of,
)
from xcatd.services.snmove.journal import begun, ended, see_free
from xcatd.services.snmove.known import Known
from xcatd.services.snmove.rows import altering
from xcatd.store import Change


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed. `source`: the service node of -s."""

    wish: Wish
    source: str = ""
    manner: Manner = field(default_factory=Manner)
    verbose: bool = False
    dry_run: bool = False


async def work(ctx: Ctx, nodes: Sequence[str], given: Given) -> None:
    """Do it, or say what would be done. Raises XcatError before anything was changed."""
    await asyncio.to_thread(_see_scripts, given.manner.scripts, scripts_folder(ctx))
    chosen = nodes or _nodes_of(ctx, given.source)
    if given.dry_run:
        await _Work(ctx, given, nodes).show(chosen)
        return
    with claimed(ctx.host.moving, chosen):
        await _Work(ctx, given, nodes).move(chosen)


def _see_scripts(text: str, folder: Path) -> None:
    for name in script_names(text):
        if not (folder / name).is_file():
            raise NotFound(f"The postscript {folder / name} does not exist.")


def _nodes_of(ctx: Ctx, source: str) -> Sequence[str]:
    nodes = nodes_of(ctx.world, source)
    if not nodes:
        raise NotFound(f"No node has {source} as its first service node: see nodels all noderes.servicenode")
    see_allowed(ctx, nodes)
    return nodes


def see_allowed(ctx: Ctx, nodes: Sequence[str]) -> None:
    """Raises Denied when the caller may not move nodes that he has not named himself."""
    if not ctx.may(ctx.request.argv, nodes):
        raise Denied("Permission denied for request")


@contextmanager
def claimed(moving: set[str], nodes: Sequence[str]) -> Iterator[None]:
    """No other snmove works on these nodes meanwhile. Raises Busy."""
    if taken := moving.intersection(nodes):
        raise Busy(f"another snmove works on {fold(taken)}: try again when it has ended")
    moving.update(nodes)
    try:
        yield
    finally:
        moving.difference_update(nodes)


@dataclass(slots=True)
class _Work:
    """One run. `asked`: the nodes that the caller named, of which each gets a verdict."""

    ctx: Ctx
    given: Given
    asked: Sequence[str]

    async def show(self, nodes: Sequence[str]) -> None:
        """Say for each node what would be changed and done."""
        see_free(self.ctx.snapshot, nodes)
        moves, steps = await self._plan(nodes)
        await self.ctx.node_lines(plan_lines(moves, steps))
        await notes(self.ctx, moves)
        await send_ends(self.ctx, self.asked if moves else (), ())

    async def move(self, nodes: Sequence[str]) -> None:
        """Raises Busy when an interrupted move has one of the nodes."""
        for left in reversed(range(TRIES)):
            self.ctx.snapshot = self.ctx.host.store.snapshot
            see_free(self.ctx.snapshot, nodes)
            moves, steps = await self._plan(nodes)
            if not moves:
                return
            try:
                record = await self._begin(moves, steps, first=left == TRIES - 1)
            except Conflict:
                if not left:
                    raise
            else:
                await self._follow(moves, record)
                return

    async def _begin(self, moves: Sequence[Move], steps: Sequence[Step], *, first: bool) -> Record:
        """Change the tables. Raises Conflict when somebody else has changed them meanwhile."""
        ctx = self.ctx
        if first:
            await inform(ctx, "Moving nodes to their backup service nodes.")
            if any(move.cells for move in moves):
                await inform(ctx, "Setting new values in the xCAT database.")
        record, changes = await asyncio.to_thread(self._changes, moves, steps)
        await ctx.write(*changes)
        return record

    def _changes(self, moves: Sequence[Move], steps: Sequence[Step]) -> tuple[Record, Sequence[Change]]:
        snapshot = self.ctx.snapshot
        rows, caller = altering(snapshot, moves), self.ctx.request.caller
        manner, by = self.given.manner, caller.name or "anonymous"
        record = Record(0, State.MOVING, rows.groups, tuple(steps), manner=manner, began=now(), by=by)
        if not steps:
            record, _ = ended(record, now())
        record, changes = begun(snapshot, record)
        return record, [*rows.changes, *changes]

    async def _follow(self, moves: Sequence[Move], record: Record) -> None:
        await notes(self.ctx, moves)
        doing = Doing(self.ctx, record, self.given.verbose)
        await doing.run()
        await report(doing)
        await send_ends(self.ctx, self.asked, doing.failed)
        if self.given.verbose:
            await inform(self.ctx, f"The way back: snmove --rollback {record.number}")

    async def _plan(self, nodes: Sequence[str]) -> tuple[Sequence[Move], Sequence[Step]]:
        """Moves and steps; none where one of the nodes cannot be moved, which is said."""
        ctx, wish = self.ctx, self.given.wish
        known = Known(ctx.world, await _resolved(ctx, wish))
        plan = await asyncio.to_thread(planned, ctx.world, nodes, wish, known)
        if plan.problems:
            for node, text in plan.problems.items():
                await ctx.fail(text, node=node)
            await ctx.fail("Nothing has been changed, because not all of these nodes can be moved.")
            return (), ()
        wanted = await wants(ctx, nodes, self.given.manner)
        return plan.moves, await asyncio.to_thread(steps_of, ctx.world, plan.moves, wanted)


async def report(doing: Doing) -> None:
    """How it is with each node. Those for which nothing more is done have been spoken of."""
    ctx, failed = doing.ctx, doing.failed
    told = {node: text for node, text in ways(doing.record).items() if node not in doing.strays}
    await ctx.node_lines((node, None, text) for node, text in told.items() if node not in failed)
    for node, text in told.items():
        if missing := ", ".join(failed.get(node, ())):
            again = f"do it again by: snmove --resume {doing.record.number}"
            await ctx.fail(f"{text} in the tables, and stays so, but this is not done: {missing}; {again}", node=node)


async def send_ends(ctx: Ctx, asked: Sequence[str], failed: Mapping[str, object] | Sequence[str]) -> None:
    """The verdict of each node that the caller has named."""
    for node in asked:
        await ctx.send(Ended(node, Verdict.FAILED if node in failed else Verdict.OK))


async def notes(ctx: Ctx, moves: Sequence[Move]) -> None:
    """What is left alone."""
    for move in moves:
        for note in move.notes:
            await ctx.say(note, node=move.node, channel=Channel.WARNING)


async def inform(ctx: Ctx, text: str) -> None:
    await ctx.say(text, channel=Channel.INFO)


async def _resolved(ctx: Ctx, wish: Wish) -> Mapping[str, Address]:
    """What the resolver says of the name of -D, where the tables do not have it."""
    known = Known(ctx.world)
    name = wish.master
    if not name or known.address(name, wish.to or name) is not None:
        return {}
    return await look_up([name])
