"""How each node ended: said to the caller, and noted in nodelist.updatestatus."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from xcatd.api import Ctx, NodeError, StoreError, Unreachable, Verdict, XcatError
from xcatd.model import Ended, Failure
from xcatd.plugins.updatenode.status import note
from xcatd.plugins.updatenode.wish import Wish
from xcatd.remote.connecting import NO_ANSWER
from xcatd.remote.running import verdict_of


@dataclass(slots=True)
class Books:
    """`notes`: nodelist.updatestatus is kept. `named`: the nodes whose end the caller waits for, all when it is None. `spoiled`:
    nodes whose files did not come. `failed`: whether a node did not end well."""

    ctx: Ctx
    wish: Wish
    notes: bool = False
    named: Collection[str] | None = None
    spoiled: set[str] = field(default_factory=set)
    failed: bool = False

    async def trouble(self, node: str, error: XcatError) -> Verdict:
        """Say why a node does not end well."""
        text = str(error)
        if type(error) is Unreachable and self.wish.verify:
            text = f"{NO_ANSWER.format(node)} ({text})"
        await self.ctx.send(Failure(text, node, error.status, source=self.ctx.host.name, cause=error.code))
        return verdict_of(error) if isinstance(error, NodeError) else Verdict.FAILED

    async def end(self, node: str, verdict: Verdict, seconds: float = 0.0) -> None:
        """Nothing more is done on this node, on which `seconds` were spent."""
        if verdict is Verdict.OK and node in self.spoiled:
            verdict = Verdict.FAILED
        self.failed |= verdict is not Verdict.OK
        if self.notes:
            try:
                await note(self.ctx, (node,), "synced" if verdict is Verdict.OK else "failed")
            except StoreError as error:
                await self.ctx.fail(str(error), node=node)
        if self.named is None or node in self.named:
            await self.ctx.send(Ended(node, verdict, seconds))
