"""Commands that one command has others do, each for the nodes with which the ones before succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from xcatd.api import Channel, Ctx, Verdict
from xcatd.model import Ended, Failure, Reply

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
        request = replace(
            ctx.request, command=name, argv=words, whole=False, noderange=",".join(nodes), nodes=tuple(nodes), via=()
        )
        heard = _Heard(ctx, self.verbose)
        await ctx.host.run(request, heard)
        good = [node for node in nodes if node in heard.good]
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


@dataclass(slots=True)
class _Heard:
    """Hears a command: which nodes ended well. Failures and warnings go on to the caller, other words when he wants them."""

    ctx: Ctx
    verbose: bool
    good: set[str] = field(default_factory=set)

    @property
    def flowing(self) -> bool:
        return True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            if reply.verdict is Verdict.OK:
                self.good.add(reply.node)
        elif isinstance(reply, Failure) or self.verbose or getattr(reply, "channel", None) is Channel.WARNING:
            await self.ctx.send(reply)
