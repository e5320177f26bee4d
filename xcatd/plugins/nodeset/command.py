"""The command `nodeset`: its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.model import Completes

STAT = "stat"


def _alters(words: Sequence[str]) -> bool:
    return STAT not in words


@command(
    "nodeset",
    timeout=1800,
    changes=_alters,
    where=Where.MANAGEMENT,
    of_each=True,
    completes={"action": Completes.NOTHING},
)
async def nodeset(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    action: str = "",
    *,
    everything: Annotated[bool, opt("-a", "with stat: the osimage, too")] = False,
    keep_initrd: Annotated[bool, opt("--noupdateinitrd", "kernel and initrd that are in the TFTP folder stay")] = False,
    missed: Annotated[str, opt("--missed", "")] = "",
    ignore_kernel: Annotated[bool, opt("--ignorekernelchk", "of xCAT 2; it is not regarded")] = False,
) -> None:
    """Set what nodes boot next: nodeset noderange ACTION

    ACTION is osimage[=NAME], boot, shell, standby, shutdown, offline, runcmd=COMMAND, runimage=URL, several of them with commas
    between (a chain), next (the next step of the chain), enact (set again what is set), or stat (say what is set). The older words
    install, netboot and statelite mean the osimage OS-ARCH-WORD-PROFILE of the node. A node whose boot files cannot be made fails,
    and the tables say of it what they said before. A service node that is away gets its files when it is back.
    """
    named = ctx.named(nodes)
    if not named:
        raise UsageError("nodeset: a noderange is missing; see nodeset -h")
    if not action:
        raise UsageError("nodeset: say what the nodes shall do, such as osimage=NAME; see nodeset -h")
    if action == STAT:
        await _show(ctx, named, everything=everything)
        return
    from xcatd.plugins.nodeset.work import make_up, work

    if missed and not ctx.request.down:
        await make_up(ctx, named, missed)
    else:
        await work(ctx, named, action, keep=keep_initrd)


async def _show(ctx: Ctx, nodes: Sequence[str], *, everything: bool) -> None:
    states = ctx.world.column(nodes, "chain", "currstate")
    images = ctx.world.column(nodes, "nodetype", "provmethod")
    await ctx.node_lines((node, None, state or "undefined") for node, state in zip(nodes, states, strict=True))
    if everything:
        await ctx.node_lines((node, "osimage", image) for node, image in zip(nodes, images, strict=True) if image)
