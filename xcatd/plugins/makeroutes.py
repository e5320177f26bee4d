"""`makeroutes`: static routes of table routes, on the management node and on service nodes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from xcatd.api import Ctx, Nodes, Put, XcatError, command, opt
from xcatd.services.addresses import look_up
from xcatd.services.kernel import Kernel, Route, open_kernel
from xcatd.services.service import YES
from xcatd.services.staticroutes import (
    Standing,
    gateway_of,
    gateways_to_look_up,
    names_in,
    route_of,
    rows_named,
    service_nodes,
    standing,
    standing_of_old,
)
from xcatd.store import Row


@command("makeroutes", timeout=120, changes=True, reads=("--dry-run",))
async def makeroutes(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    routes: Annotated[str, opt("-r", "--routename", "--routenames", "names in table routes, separated by commas")] = "",
    delete: Annotated[bool, opt("-d", "--delete", "remove the routes")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Add static routes to the routing table of the management node, or of service nodes.

    The routes are rows of table routes: those that -r names, else those in site.mnroutenames, or in noderes.routenames of the
    service nodes. A route that is there already stays. They last until the host restarts; those that the tables name for a
    host with a row in table servicenode come back with the daemon.
    """
    named = ctx.named(nodes)
    me = next((node for node in named if node.partition(".")[0] == ctx.host.name), "")
    given = names_in(routes)
    rows_named(ctx.snapshot, given)
    if not ctx.request.down:
        await _refuse_others(ctx, named, me)
    if me or not named:
        rows = await _rows(ctx, given, me)
        await _set(ctx, rows, delete=delete, dry_run=dry_run)
        if not (delete or dry_run or ctx.request.down):
            await _let_forward(ctx, rows)
    below = service_nodes(ctx.world).intersection(named) - {me}
    if below:
        await ctx.pass_down(sorted(below))


async def _refuse_others(ctx: Ctx, named: Sequence[str], me: str) -> None:
    known = service_nodes(ctx.world)
    for node in named:
        if node != me and node not in known:
            await ctx.fail(
                "it is no service node, so it sets its routes itself: name them in noderes.routenames and setroute in "
                "postscripts.postbootscripts",
                node=node,
            )


async def _rows(ctx: Ctx, given: Sequence[str], me: str) -> Sequence[Row]:
    """The routes that are meant, for this host as a node, or as the management node."""
    if given:
        return rows_named(ctx.snapshot, given)
    text = ctx.world.value(me, "noderes", "routenames") if me else ctx.site("mnroutenames")
    names = names_in(text)
    if not names and me:
        await ctx.say(f"No routes defined in noderes.routenames for node {me}, skiping {me}.")
    elif not names:
        await ctx.say("No routes defined in the site.mnroutenames for the management node.")
    where = f"noderes.routenames for node {me}" if me else "site.mnroutenames for the management node"
    return rows_named(ctx.snapshot, names, f" Please check {where}.")


async def _set(ctx: Ctx, rows: Sequence[Row], *, delete: bool, dry_run: bool) -> None:
    if not rows:
        return
    find = partial(gateway_of, ctx.world, await look_up(gateways_to_look_up(ctx.world, rows)))
    change = _remove if delete else _add
    async with open_kernel() as kernel:
        for row in rows:
            try:
                await ctx.say(f"{ctx.host.name}: {await change(kernel, route_of(row, find), dry_run=dry_run)}")
            except XcatError as error:
                await ctx.fail(str(error))


async def _add(kernel: Kernel, route: Route, *, dry_run: bool) -> str:
    state, _ = standing(route, await kernel.routes())
    if state is Standing.THERE:
        return f"The temporary route already exists for {route.network.network_address}."
    if dry_run:
        return f"Would add the temporary route: ip route add {route}"
    await kernel.add(route)
    return f"Adding temporary route: ip route add {route}"


async def _remove(kernel: Kernel, route: Route, *, dry_run: bool) -> str:
    state, there = standing_of_old(route, await kernel.routes())
    if state is Standing.ABSENT:
        network = route.network if route.network.version == 6 else route.network.network_address
        return f"The temporary route does not exist for {network}."
    if dry_run:
        return f"Would remove the temporary route: ip route delete {there}"
    await kernel.remove(there)
    return f"Removing the temporary route: ip route delete {there}"


async def _let_forward(ctx: Ctx, rows: Sequence[Row]) -> None:
    """Service nodes that are gateways forward packets: their column ipforward says so."""
    gateways = {row["gateway"] for row in rows}
    world = ctx.world
    for node in sorted(service_nodes(world)):
        if gateways.isdisjoint((node, world.value(node, "hosts", "ip") or node)):
            continue
        if world.value(node, "servicenode", "ipforward").strip().lower() not in YES:
            await ctx.write(Put("servicenode", {"node": node}, {"ipforward": "1"}))
