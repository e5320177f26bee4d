"""Commands that one command has others do, in its caller's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from xcatd.api.ctx import Ctx
from xcatd.model import Channel, Ended, Failure, Reply, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """How another command ended. `good`: the nodes for which it succeeded, in the order in which they were given. `general`:
    failures that name no node; nobody has been told of them yet."""

    good: tuple[str, ...]
    general: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Others:
    """Runs other commands as if the caller had typed them: the policy is asked, and service nodes have their part. `verbose`: he
    sees what they say. Failures of nodes and warnings he sees in any case."""

    ctx: Ctx
    verbose: bool = False

    async def run(self, name: str, nodes: Sequence[str], *words: str) -> Outcome:
        """Run a command to its end. Raises XcatError when it is refused."""
        request = replace(
            self.ctx.request,
            command=name,
            argv=words,
            whole=False,
            noderange=",".join(nodes),
            nodes=tuple(nodes),
            via=(),
        )
        heard = _Heard(self.ctx, self.verbose)
        await self.ctx.host.run(request, heard)
        return Outcome(tuple(node for node in nodes if node in heard.good), tuple(heard.general))


@dataclass(slots=True)
class _Heard:
    """Hears a command."""

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
