"""Moves that were interrupted, or have ended: they are shown, finished and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xcatd.api import Ctx, UsageError
from xcatd.errors import Conflict
from xcatd.model import NodeLine
from xcatd.plugins.snmove.doing import TRIES, Doing, now
from xcatd.plugins.snmove.ground import wants
from xcatd.plugins.snmove.showing import list_lines, plan_lines
from xcatd.plugins.snmove.work import claimed, inform, notes, report, see_allowed
from xcatd.services.snmove import Record, State, Step, records, steps_of
from xcatd.services.snmove.journal import chosen, ended, turned
from xcatd.services.snmove.rows import Return, returning, strays


@dataclass(frozen=True, slots=True)
class Again:
    """One run. `number`: which move, "" for the only open one."""

    ctx: Ctx
    number: str = ""
    verbose: bool = False
    dry_run: bool = False

    async def show(self) -> None:
        """A line for each move."""
        found = await asyncio.to_thread(records, self.ctx.snapshot)
        await self.ctx.lines(list_lines(found, self.ctx.host.moving))

    async def resume(self) -> None:
        """Do the steps that are not done, also those that have failed. Raises XcatError before anything was done."""
        record = self._chosen()
        see_allowed(self.ctx, record.nodes)
        if self.dry_run:
            await self.ctx.node_lines(_lines_left(_resumable(record)))
            return
        with claimed(self.ctx.host.moving, record.nodes):
            await self._finish(_resumable(self._chosen(record)))

    async def roll_back(self) -> None:
        """Put the cells back, all at once, and let the old service node serve again. Raises XcatError before anything was done."""
        record = self._chosen()
        see_allowed(self.ctx, record.nodes)
        if self.dry_run:
            way = await asyncio.to_thread(returning, self.ctx.world, _returnable(record))
            await self.ctx.node_lines(plan_lines(way.moves, await self._steps(way, record)))
            await self._tell(way)
            return
        with claimed(self.ctx.host.moving, record.nodes):
            way, record = await self._turn(record)
            await inform(self.ctx, "Setting the old values in the xCAT database.")
            await self._tell(way)
            await self._finish(record, frozenset((*way.stay, *way.idle)))

    def _chosen(self, before: Record | None = None) -> Record:
        """The move as it is now. `before`: as it was."""
        self.ctx.snapshot = self.ctx.host.store.snapshot
        return chosen(self.ctx.snapshot, self.number if before is None else str(before.number))

    async def _finish(self, record: Record, spoken: frozenset[str] = frozenset()) -> None:
        """Do what is left. `spoken`: nodes that are no part of it any more, which has been said."""
        self.ctx.snapshot = self.ctx.host.store.snapshot
        back = record.state in (State.RETURNING, State.BACK)
        found = strays(self.ctx.world, record, back=back)
        astray = {node: text for node, text in found.items() if node not in spoken}
        for node, text in astray.items():
            await self.ctx.fail(text, node=node)
        doing = Doing(self.ctx, record, self.verbose, {**dict.fromkeys(spoken, ""), **astray})
        await doing.run()
        await report(doing)

    async def _turn(self, record: Record) -> tuple[Return, Record]:
        """Change the tables: the cells, and the move into one that goes back."""
        for left in reversed(range(TRIES)):
            record = _returnable(self._chosen(record))
            way = await asyncio.to_thread(returning, self.ctx.world, record)
            steps = await self._steps(way, record)
            after = replace(record, state=State.RETURNING, steps=tuple(steps), done=(), ended="")
            if not steps:
                after, _ = ended(after, now())
            try:
                await self.ctx.write(*way.changes, turned(self.ctx.snapshot, record, after))
            except Conflict:
                if not left:
                    raise
            else:
                break
        return way, after

    async def _steps(self, way: Return, record: Record) -> Sequence[Step]:
        wanted = await wants(self.ctx, [move.node for move in way.moves], record.manner)
        return await asyncio.to_thread(steps_of, self.ctx.world, way.moves, wanted)

    async def _tell(self, way: Return) -> None:
        """What does not go back."""
        for node, text in way.stay.items():
            await self.ctx.fail(text, node=node)
        for node, cells in way.kept.items():
            text = f"{' and '.join(cells)} stays as it is, because it has been changed since"
            await self.ctx.fail(text, node=node)
        await self.ctx.node_lines((node, None, "was there before that move, too") for node in way.idle)
        await notes(self.ctx, way.moves)


def _resumable(record: Record) -> Record:
    """Raises UsageError where nothing is left to be done."""
    if not (record.is_open or record.left()):
        raise UsageError(f"snmove {record.number} has ended, and all of its steps are done")
    return record


def _returnable(record: Record) -> Record:
    """Raises UsageError where it goes back already."""
    if record.state is State.BACK:
        raise UsageError(f"snmove {record.number} has been taken back already")
    if record.state is State.RETURNING:
        raise UsageError(
            f"snmove {record.number} is being taken back already: finish that with snmove --resume {record.number}"
        )
    return record


def _lines_left(record: Record) -> Sequence[NodeLine]:
    lines = [(node, "then", record.steps[number].does) for number, nodes in record.left() for node in nodes]
    return sorted(lines, key=lambda line: line[0])
