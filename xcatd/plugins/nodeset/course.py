"""Commands that one command has others do, each for the nodes with which the ones before succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.api import Ctx, Others, Verdict
from xcatd.model import Ended

_CHOOSES: Final = frozenset({"ipmi", "openbmc", "redfish"})
"""Hardware that is told what to start from; other kinds do what their own order says."""


@dataclass(slots=True)
class Course:
    """Runs commands in the caller's name. `verbose`: he sees what they say."""

    ctx: Ctx
    verbose: bool

    async def run(self, name: str, nodes: Sequence[str], *words: str) -> Sequence[str]:
        """Run one command; gives the nodes for which it succeeded. What failed is said. Raises XcatError when it is refused."""
        if not nodes:
            return ()
        ctx = self.ctx
        outcome = await Others(ctx, self.verbose).run(name, nodes, *words)
        for failure in outcome.general:
            await ctx.send(failure)
        good = outcome.good
        if bad := sorted(set(nodes) - set(good)):
            await ctx.fail(f"Failed to run '{name}' against the following nodes: {' '.join(bad)}")
        for node in bad:
            await ctx.send(Ended(node, Verdict.FAILED))
        return good

    async def start(self, nodes: Sequence[str], device: str, *words: str) -> Sequence[str]:
        """Have nodes start from a device; gives those that do. Their hardware is told where it takes such an order. `words` are for
        rsetboot."""
        methods = {node: self.ctx.world.value(node, "nodehm", "mgt") for node in nodes}
        choosing = [node for node in nodes if methods[node] in _CHOOSES]
        lost = set(choosing) - set(await self.run("rsetboot", choosing, device, *words))
        return await self.run("rpower", [node for node in nodes if node not in lost], "boot")
