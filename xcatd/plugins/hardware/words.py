"""Words that several of these commands take, and how they refuse others."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.api import Channel, Ctx, Node
from xcatd.objects import management_method


def listed(words: Iterable[str]) -> list[str]:
    """`temp,fanspeed leds` -> its three words, each once."""
    return list(dict.fromkeys(part for word in words for part in word.split(",") if part))


async def refuse(ctx: Ctx, node: Node, problem: str, remedy: str = ".") -> None:
    """Say what is wrong with the words, where xCAT says it: on standard output, with the management method."""
    method = management_method(ctx.world, node.name, "mgt")
    await ctx.fail(f"{problem} when using mgt={method}{remedy}", node=node.name, channel=Channel.DATA)
