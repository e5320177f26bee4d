"""Which service node is meant, and how it is with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from xcatd.api import Ctx, NotFound, UsageError
from xcatd.model import Block, Channel, Ended, Failure, Line, Reply, Request, Verdict
from xcatd.services.servicelife.pools import named
from xcatd.services.staticroutes import service_nodes

UP: Final = "up, "
DOWN: Final = "down, "
"""How the fact about a link begins that is there, or is not."""


def the_one(ctx: Ctx, nodes: Sequence[str]) -> str:
    """The service node that is meant. Raises UsageError and NotFound."""
    if len(nodes) != 1:
        raise UsageError(f"{ctx.command.name} takes one service node")
    (name,) = nodes
    if short(name) == ctx.host.name:
        raise UsageError(f"{name} is the management node: {ctx.command.name} takes a service node")
    if name not in service_nodes(ctx.world) and not named(ctx.world, name):
        raise NotFound(
            f"{name} is no service node: it is not in table servicenode, and no node names it; snadd makes it one"
        )
    return name


def short(name: str) -> str:
    return name.partition(".")[0]


async def fact(ctx: Ctx, name: str) -> str:
    """How it is with the link of a service node to the daemon above it: `up, Version ...` or `down, ...`; "" when nobody knows."""
    called = (f"link {name}", f"link {short(name)}")
    facts = await ctx.host.about("")
    if own := next((text for key, text in facts.items() if key in called), ""):
        return own
    heard = Heard()  # it is below another service node
    await ctx.host.run(asked(ctx, "lsdaemons", ()), heard)
    told = (line.split(": ", 2) for line in heard.texts if line.count(": ") > 1)
    return next((text for _, key, text in told if key in called), "")


async def is_linked(ctx: Ctx, name: str) -> bool:
    return (await fact(ctx, name)).startswith(UP)


@dataclass(slots=True)
class Heard:
    """Hears a command of which the caller hears nothing."""

    good: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def flowing(self) -> bool:
        return True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended) and reply.verdict is Verdict.OK:
            self.good.add(reply.node)
        elif isinstance(reply, Failure):
            self.troubles.append(reply.text)
        elif isinstance(reply, Block) and reply.channel is Channel.DATA:
            self.texts += reply.texts
        elif isinstance(reply, Line) and reply.channel is Channel.DATA and reply.text is not None:
            self.texts.append(reply.text)


def asked(ctx: Ctx, command: str, nodes: Sequence[str], *words: str) -> Request:
    """Another command, in the caller's name."""
    return replace(
        ctx.request, command=command, argv=words, whole=False, noderange=",".join(nodes), nodes=tuple(nodes), via=()
    )
