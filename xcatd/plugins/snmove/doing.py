"""The steps of a move, one after the other; each is noted in table snmoves when it is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from xcatd.api import Channel, Ctx, Others, XcatError
from xcatd.model import Failure, Line
from xcatd.services.snmove import Record, Step
from xcatd.services.snmove.journal import ended, noted
from xcatd.services.snmove.record import Done

TRIES: Final = 5
"""How often a move is planned anew because somebody else wrote meanwhile."""


def now() -> str:
    """The time as table snmoves has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(slots=True)
class Doing:
    """`record`: how far the move has come. `strays`: nodes for which nothing more is done, and why. `failed`: what is not done for
    nodes. `lost`: those on which something has failed."""

    ctx: Ctx
    record: Record
    verbose: bool = False
    strays: Mapping[str, str] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Do what is left, and note that the move has ended. A step that fails does not hold up the others. Raises StoreError when
        that cannot be noted: then the move stays open."""
        for number, nodes in self.record.left():
            step = self.record.steps[number]
            good = await self._step(step, [node for node in nodes if node not in self.strays])
            failed = tuple(node for node in nodes if node not in good and node not in self.strays)
            for node in failed:
                self.failed.setdefault(node, []).append(step.does)
            if step.on_nodes:
                self.lost.update(failed)
            self.record = self.record.with_done(Done(number, failed))
            await self.ctx.write(noted(self.record))
        if self.record.is_open:
            self.record, change = ended(self.record, now())
            await self.ctx.write(change)

    async def _step(self, step: Step, nodes: Sequence[str]) -> Collection[str]:
        """Do it; gives the nodes for which that succeeded. On nodes on which a step has failed no other one is tried."""
        left = [node for node in nodes if not (step.on_nodes and node in self.lost)]
        if not left:
            return ()
        if step.said:
            await self.ctx.say(step.said, channel=Channel.INFO)
        try:
            outcome = await Others(self.ctx, self.verbose).run(step.command, left, *step.words)
        except XcatError as error:
            await self.ctx.fail(f"{step.command}: {error}")
            return ()
        await self._tell(outcome.general, good=len(outcome.good) == len(left))
        return {*outcome.good}

    async def _tell(self, failures: Sequence[Failure], *, good: bool) -> None:
        """What it says of no node, as that the old service node is away, is no failure when it has succeeded for all."""
        for one in failures:
            if good:
                await self.ctx.send(Line(one.text, channel=Channel.WARNING, source=one.source))
            else:
                await self.ctx.send(one)
