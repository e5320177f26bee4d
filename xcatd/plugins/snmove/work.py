"""What `snmove` does: plans for all nodes, one change of the tables, then the steps, each for all nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.api import Busy, Channel, Ctx, Denied, NotFound, Verdict
from xcatd.errors import ServiceError
from xcatd.model import Ended, NodeLine
from xcatd.noderange import fold
from xcatd.plugins.snmove.running import Running
from xcatd.services.addresses import look_up
from xcatd.services.dhcp.update import server_of
from xcatd.services.images.folders import below
from xcatd.services.managers import manager_of
from xcatd.services.networks import Address
from xcatd.services.snmove import Move, Step, Wants, Wish, changes_of, nodes_of, planned, script_names, steps_of
from xcatd.services.snmove.known import Known

_TELLS = "setuppostbootscripts"
"""What `updatenode -s` runs, where the site has it."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed. `source`: the service node of -s. `leave`: the nodes are left alone."""

    wish: Wish
    source: str = ""
    scripts: str = ""
    leave: bool = False
    verbose: bool = False
    dry_run: bool = False


async def work(ctx: Ctx, nodes: Sequence[str], given: Given) -> None:
    """Do it, or say what would be done. Raises XcatError before anything was changed."""
    folder = below(ctx.host.root, ctx.site("installdir", "/install")) / "postscripts"
    await asyncio.to_thread(_see_scripts, given.scripts, folder)
    chosen = nodes or _nodes_of(ctx, given.source)
    if given.dry_run:
        await _Work(ctx, given, nodes, folder).show(chosen)
        return
    with _claimed(ctx.host.moving, chosen):
        ctx.snapshot = ctx.host.store.snapshot
        await _Work(ctx, given, nodes, folder).move(chosen)


def _see_scripts(text: str, folder: Path) -> None:
    for name in script_names(text):
        if not (folder / name).is_file():
            raise NotFound(f"The postscript {folder / name} does not exist.")


def _nodes_of(ctx: Ctx, source: str) -> Sequence[str]:
    nodes = nodes_of(ctx.world, source)
    if not nodes:
        raise NotFound(f"No node has {source} as its first service node: see nodels all noderes.servicenode")
    if not ctx.may(ctx.request.argv, nodes):
        raise Denied("Permission denied for request")
    return nodes


@contextmanager
def _claimed(moving: set[str], nodes: Sequence[str]) -> Iterator[None]:
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
    """One run. `asked`: the nodes that the caller named, of which each gets a verdict. `failed`: what is not done for nodes.
    `lost`: those on which something has failed."""

    ctx: Ctx
    given: Given
    asked: Sequence[str]
    folder: Path
    failed: dict[str, list[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    async def show(self, nodes: Sequence[str]) -> None:
        """Say for each node what would be changed and done."""
        moves, steps = await self._plan(nodes)
        later: dict[str, list[str]] = {}
        for step in steps:
            for node in step.nodes:
                later.setdefault(node, []).append(step.does)
        await self.ctx.node_lines(line for move in moves for line in _shown(move, later.get(move.node, ())))
        await self._notes(moves)
        await self._end(moves)

    async def move(self, nodes: Sequence[str]) -> None:
        moves, steps = await self._plan(nodes)
        if not moves:
            return
        await self._inform("Moving nodes to their backup service nodes.")
        if changes := changes_of(moves):
            await self._inform("Setting new values in the xCAT database.")
            await self.ctx.write(*changes)
        await self._notes(moves)
        for step in steps:
            await self._step(step)
        await self._report(moves)

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
        return plan.moves, await asyncio.to_thread(steps_of, ctx.world, plan.moves, await self._wants(nodes))

    async def _wants(self, nodes: Sequence[str]) -> Wants:
        tells = await asyncio.to_thread((self.folder / _TELLS).is_file)
        return Wants(self.given.scripts, not self.given.leave, sorted(await _dhcp(self.ctx, nodes)), tells)

    async def _step(self, step: Step) -> None:
        """Do it; with nodes on which a step has failed no other one is tried."""
        left = step.nodes
        if step.on_nodes:
            left = tuple(node for node in left if node not in self.lost)
        good: Collection[str] = ()
        if left:
            if step.said:
                await self._inform(step.said)
            good = await Running(self.ctx, self.given.verbose).run(step.command, left, step.words)
        for node in step.nodes:
            if node not in good:
                self.failed.setdefault(node, []).append(step.does)
                self.lost.update((node,) if step.on_nodes else ())

    async def _report(self, moves: Sequence[Move]) -> None:
        """How it is with each node, and the way back."""
        await self.ctx.node_lines((move.node, None, _moved(move)) for move in moves if move.node not in self.failed)
        for move in moves:
            if failed := ", ".join(self.failed.get(move.node, ())):
                again = f"do it again, all of it by: snmove {move.node} -d {move.new}"
                text = f"{_moved(move)} in the tables, and stays so, but this is not done: {failed}; {again}"
                await self.ctx.fail(text, node=move.node)
        await self._end(moves)
        if self.given.verbose:
            for line in _back(moves):
                await self._inform(f"The way back: {line}")

    async def _end(self, moves: Sequence[Move]) -> None:
        asked = {*self.asked}
        for move in moves:
            if move.node in asked:
                verdict = Verdict.FAILED if move.node in self.failed else Verdict.OK
                await self.ctx.send(Ended(move.node, verdict))

    async def _notes(self, moves: Sequence[Move]) -> None:
        for move in moves:
            for note in move.notes:
                await self.ctx.say(note, node=move.node, channel=Channel.WARNING)

    async def _inform(self, text: str) -> None:
        await self.ctx.say(text, channel=Channel.INFO)


def _shown(move: Move, later: Sequence[str]) -> Iterator[NodeLine]:
    """What would be changed and done."""
    if not move.cells:
        yield move.node, None, _already(move)
    for cell in move.cells:
        yield move.node, f"{cell.table}.{cell.column}", f"{cell.before or '(empty)'} -> {cell.after}"
    for command in later:
        yield move.node, "then", command


def _already(move: Move) -> str:
    return f"is with {move.new} already"


def _moved(move: Move) -> str:
    return f"moved from {move.old} to {move.new} ({move.master})" if move.cells else _already(move)


def _back(moves: Sequence[Move]) -> Iterator[str]:
    """Command lines that undo it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for move in moves:
        if move.old != move.new:
            groups.setdefault((move.old, move.old_master), []).append(move.node)
    for (old, master), nodes in groups.items():
        yield f"snmove {fold(nodes)} -d {old}" + (f" -D {master}" if master else "")


async def _resolved(ctx: Ctx, wish: Wish) -> Mapping[str, Address]:
    """What the resolver says of the name of -D, where the tables do not have it."""
    known = Known(ctx.world)
    name = wish.master
    if not name or known.address(name, wish.to or name) is not None:
        return {}
    return await look_up([name])


async def _dhcp(ctx: Ctx, nodes: Sequence[str]) -> Set[str]:
    """Those of the nodes that this host's DHCP servers know. Service nodes see to theirs when the tables change."""
    if ctx.site("externaldhcpservers"):
        return frozenset()
    try:
        async with manager_of(ctx.host.root) as manager:
            servers = server_of(ctx.host.root, ctx.world, manager, ctx.host.dhcp_files)
            read = [await asyncio.to_thread(servers.memory.read, one.layout.conf, one.dialect) for one in servers.all]
    except ServiceError:
        return frozenset()  # none is installed
    found = [one.document for one in read if one.document is not None]
    return {node for node in nodes for document in found if document.entries.get(node)}
