"""`makenetworks`: on the management node and on all service nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from xcatd.api import Channel, Ctx, command, opt
from xcatd.plugins.networks.definition import Definition, definition
from xcatd.services.kernel import open_kernel
from xcatd.services.networks import MASTER, Network, network_of, networks_of, overlaps
from xcatd.store import Put, Row, Snapshot


@command("makenetworks", edits=True)
async def makenetworks(
    ctx: Ctx, *, display: Annotated[bool, opt("-d", "--display", "show the definitions and change nothing")] = False
) -> None:
    """Define the networks that the management node and the service nodes are on.

    Networks that are defined already stay as they are. With -d the definitions are printed as stanzas, which can be
    edited and given to: mkdef -z
    """
    found = await _networks_here()
    if display:
        await ctx.lines(_stanzas(ctx.snapshot, ctx.host.name, found), channel=Channel.INFO)
    else:
        await _define(ctx, found)
    await ctx.pass_down()


async def _networks_here() -> Sequence[Definition]:
    """The networks that interfaces of this host lead to, each once."""
    async with open_kernel() as kernel:
        routes = await kernel.routes()
    found: dict[Network, Definition] = {}
    for route in routes.direct():
        made = definition(route, routes.interfaces[route.interface], routes.gateways())
        found.setdefault(route.network, made)
    return list(found.values())


async def _define(ctx: Ctx, found: Sequence[Definition]) -> None:
    rows = ctx.snapshot.table("networks").rows
    names, networks = {row["netname"] for row in rows}, {network_of(row) for row in rows}
    new = [one for one in found if one.name not in names and one.network not in networks]
    if new:
        await ctx.write(*map(_put, new))
    others = [(one.name, one.network) for one in networks_of(ctx.snapshot).all]
    for sentence in overlaps([(one.name, one.network) for one in new], others):
        await ctx.warn(sentence)
    for one in found:
        if one.name in names:
            await ctx.warn(
                f"The network entry '{one.name}' already exists in xCAT networks table. "
                f"Cannot create a definition for '{one.name}'"
            )


def _put(one: Definition) -> Put:
    server = {} if one.address is None else {"tftpserver": MASTER}
    return Put("networks", one.key, {"netname": one.name, **one.cells(), **server})


def _stanzas(snapshot: Snapshot, host: str, found: Sequence[Definition]) -> Iterator[str]:
    rows: Sequence[Row] = snapshot.table("networks").rows
    networks = {network_of(row) for row in rows}
    served = {row["netname"] for row in rows if row["tftpserver"]}
    for one in found:
        yield from one.stanza(host, has_server=one.name in served, is_known=one.network in networks)
