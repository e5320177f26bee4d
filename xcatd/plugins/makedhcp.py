"""`makedhcp`: the DHCP servers of the management node and of service nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.model import Role
from xcatd.objects import world_of
from xcatd.services.dhcp.roles import below, serves, without_owner

if TYPE_CHECKING:
    from xcatd.services.dhcp.host import Host
    from xcatd.services.dhcp.update import Outcome, Wish


@command("makedhcp", timeout=600, changes=True, reads=("--dry-run", "-q"), where=Where.LOCAL)
async def makedhcp(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    new: Annotated[bool, opt("-n", "a new configuration: all networks, with the nodes that are known already")] = False,
    everything: Annotated[bool, opt("-a", "all nodes that have a MAC address in table mac")] = False,
    delete: Annotated[bool, opt("-d", "remove the nodes; with -a all of them")] = False,
    statements: Annotated[str, opt("-s", "statements for these nodes, for ISC's server")] = "",
    local: Annotated[bool, opt("-l", "--localonly", "this host only, no service nodes")] = False,
    query: Annotated[bool, opt("-q", "show what the server keeps for the nodes")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Tell the DHCP server which networks and nodes it serves.

    Networks come from table networks, the interfaces from dhcpinterfaces, nodes from tables mac, hosts and nics, and how they boot
    from noderes.netboot. A configuration that the server refuses is not used: it goes on with the old one. Where nothing differs
    the server is left alone. Service nodes with servicenode.dhcpserver do the same. On a service node it works on that one only.
    """
    _check(ctx, nodes, new=new, everything=everything, delete=delete, query=query, more=bool(statements) or local)
    named = ctx.named(nodes)
    if problems := without_owner(ctx.world):
        for text in problems:
            await ctx.fail(text)
        return
    if query:
        await _show(ctx, named)
        return
    from xcatd.services.dhcp.host import read_host
    from xcatd.services.dhcp.update import Wish

    host = await read_host(ctx.host.name, is_master=ctx.host.role is not Role.SERVICE)
    if serves(ctx.world, host):
        wish = Wish(tuple(named), fresh=new, everything=everything, delete=delete, statements=statements)
        await _work(ctx, host, wish, dry_run=dry_run)
    if not local:
        await ctx.pass_down(below(ctx.world, named))


def _check(
    ctx: Ctx, nodes: Sequence[str], *, new: bool, everything: bool, delete: bool, query: bool, more: bool
) -> None:
    if query and (new or everything or delete or more):
        raise UsageError("The -q option cannot be used with other options.")
    if new and (everything or delete or nodes):
        raise UsageError("The -n option cannot be used with other options.")
    if not (new or everything or nodes or ctx.request.noderange):
        raise UsageError("makedhcp needs a noderange, -a for all nodes or -n for a new configuration; -h says more")


async def _work(ctx: Ctx, host: Host, wish: Wish, *, dry_run: bool) -> None:
    """Bring the server of this host up to date."""
    from xcatd.errors import ServiceError
    from xcatd.services.dhcp.update import server_of, update
    from xcatd.services.managers import manager_of

    if ctx.site("externaldhcpservers"):
        await ctx.warn("site.externaldhcpservers is set: the DHCP server of this host is left alone")
        return
    try:
        async with manager_of(ctx.host.root) as manager:
            servers = server_of(ctx.host.root, ctx.world, manager, ctx.host.dhcp_files)
            done = await update(lambda: world_of(ctx.host.store.snapshot), host, servers, wish, dry_run=dry_run)
    except ServiceError as error:
        await ctx.fail(str(error))  # service nodes have their turn all the same
        return
    await _report(ctx, done)


async def _report(ctx: Ctx, done: Outcome) -> None:
    for text in done.warnings:
        await ctx.warn(text)
    for _, text in done.problems:
        await ctx.fail(text)
    await ctx.lines(done.diff)


async def _show(ctx: Ctx, nodes: Sequence[str]) -> None:
    """As xCAT 2 says it, in its words."""
    from xcatd.services.dhcp.update import entries_of, server_of
    from xcatd.services.managers import manager_of

    async with manager_of(ctx.host.root) as manager:
        kept = await entries_of(server_of(ctx.host.root, ctx.world, manager, ctx.host.dhcp_files), nodes)
    for node in nodes:
        for entry in kept.get(node, ()):
            if entry.address is not None:
                await ctx.say(f"ip-address = {entry.address}, hardware-address = {entry.mac}", node=node)
