"""Commands that snmove has others do, in its caller's name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from xcatd.api import Channel, Ctx, Verdict, XcatError
from xcatd.model import Ended, Failure, Line, Reply


@dataclass(frozen=True, slots=True)
class Running:
    """`verbose`: the caller sees what they say; failures and warnings he sees in any case."""

    ctx: Ctx
    verbose: bool

    async def run(self, name: str, nodes: Sequence[str], words: Sequence[str]) -> Collection[str]:
        """Run one; gives the nodes for which it succeeded: none when it is refused, which is said. What it says of no node, as that
        the old service node is away, is no failure when it has succeeded for all."""
        request = replace(
            self.ctx.request,
            command=name,
            argv=tuple(words),
            whole=False,
            noderange=",".join(nodes),
            nodes=tuple(nodes),
            via=(),
        )
        heard = _Heard(self.ctx, self.verbose)
        try:
            await self.ctx.host.run(request, heard)
        except XcatError as error:
            await self.ctx.fail(f"{name}: {error}")
            return ()
        await self._tell(heard.general, good=heard.good.issuperset(nodes))
        return heard.good

    async def _tell(self, failures: Sequence[Failure], *, good: bool) -> None:
        for one in failures:
            if good:
                await self.ctx.send(Line(one.text, channel=Channel.WARNING, source=one.source))
            else:
                await self.ctx.send(one)


@dataclass(slots=True)
class _Heard:
    """Hears a command: which nodes ended well, and the failures that name none."""

    ctx: Ctx
    verbose: bool
    good: set[str] = field(default_factory=set)
    general: list[Failure] = field(default_factory=list)

    @property
    def flowing(self) -> bool:
        return True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            if reply.verdict is Verdict.OK:
                self.good.add(reply.node)
        elif isinstance(reply, Failure) and reply.node is None and reply.code:
            self.general.append(reply)
        elif isinstance(reply, Failure) or self.verbose or getattr(reply, "channel", None) is Channel.WARNING:
            await self.ctx.send(reply)
