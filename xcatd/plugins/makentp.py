"""`makentp`: the time of the cluster, from the management node and from service nodes."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Channel, Ctx, Where, XcatError, command, opt
from xcatd.model import Role
from xcatd.services.service import ALONE
from xcatd.services.staticroutes import service_nodes


@command("makentp", timeout=120, changes=True, reads=("--dry-run",), where=Where.LOCAL)
async def makentp(
    ctx: Ctx,
    *,
    everywhere: Annotated[bool, opt("-a", "--all", "service nodes with servicenode.ntpserver, too")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show what changes")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Make this host a time server of the cluster's networks, with chrony.

    A management node asks the servers in site.extntpservers, and gives its own time when it gets none; a service node asks its
    management node, or site.ntpservers. The server is asked for the time afterwards.
    """
    await _here(ctx, shows=verbose or dry_run, dry_run=dry_run)
    if everywhere:
        column = sorted(node for node in service_nodes(ctx.world) if ctx.world.value(node, "servicenode", "ntpserver"))
        await ctx.pass_down(column)


async def _here(ctx: Ctx, *, shows: bool, dry_run: bool) -> None:
    from xcatd.services.byhand import by_hand  # a daemon whose services nobody wants does without all that
    from xcatd.services.kept.ntpserver import NtpServer
    from xcatd.services.place import read_place

    is_master = ctx.host.role is not Role.SERVICE
    place = await read_place(ctx.snapshot, (ctx.host.name,), is_master=is_master, root=ctx.host.root)
    server = NtpServer()
    try:
        if ctx.request.down and server.wanted(place) == ALONE:
            return
        if not dry_run:
            kind = "management" if is_master else "service"
            await ctx.say(f"configuring {kind} node: {ctx.host.name}.", channel=Channel.INFO)
        outcome = await by_hand(server, place, ctx.host.services, dry_run=dry_run)
    except XcatError as error:
        await ctx.fail(str(error))  # service nodes have their turn all the same
        return
    if shows:
        await ctx.lines(outcome.lines)
    for text in outcome.warnings:
        await ctx.warn(text)
