"""`makeconservercf`: the consoles of nodes in the configuration of conserver, on the management node and on service nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, XcatError, command, opt
from xcatd.model import Role
from xcatd.services.staticroutes import service_nodes

if TYPE_CHECKING:
    from xcatd.services.conserver.consoles import Found
    from xcatd.services.conserver.edit import Edit
    from xcatd.services.place import Place


@command("makeconservercf", timeout=300, changes=True, reads=("--dry-run",), where=Where.LOCAL)
async def makeconservercf(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    delete: Annotated[bool, opt("-d", "--delete", "remove the consoles of the nodes")] = False,
    cleanup: Annotated[bool, opt("-C", "--cleanup", "remove consoles of nodes that do not exist any more")] = False,
    local: Annotated[bool, opt("-l", "--local", "this host only, no service nodes")] = False,
    holders: Annotated[bool, opt("-c", "--conserver", "each console on the host that holds it only")] = False,
    trust: Annotated[str, opt("-t", "--trust", "more hosts that callers may come from, with commas between")] = "",
    verbose: Annotated[bool, opt("-V", "--verbose", "show what changes")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Write consoles of nodes into conserver.cf, of all or of those named, and have conserver read it.

    A node has one if nodehm.cons, or nodehm.serialport and nodehm.mgt, say how. nodehm.conserver names the host that holds it, else
    it is the node's first service node, if servicenode.conserver is set there, or the management node; which knows all of them
    and sends callers on. What conserver refuses is not used. On a service node it works on that one only.
    """
    if local and (holders or nodes or ctx.request.noderange):
        raise UsageError("-l works on all nodes of this host: leave out the noderange and -c")
    if delete and not (nodes or ctx.request.noderange):
        raise UsageError("makeconservercf -d needs a noderange")
    from xcatd.services.conserver.edit import Edit

    named = ctx.named(nodes)
    hosts = tuple(filter(None, (one.strip() for one in trust.split(",")))) or None
    edit = Edit(named or None, delete=delete, own=holders, cleanup=cleanup, trust=hosts)
    await _Work(ctx, edit, shows=verbose or dry_run, dry_run=dry_run).here()
    if not local:
        await ctx.pass_down(sorted(_below(ctx, named)))


def _below(ctx: Ctx, nodes: Sequence[str]) -> set[str]:
    """Service nodes that hold consoles of these nodes, or may have held them."""
    from xcatd.services.conserver.consoles import holders

    world = ctx.world
    names = holders(world, nodes or world.nodes())
    known = service_nodes(world)
    meant = {node for node in known if node in names or world.value(node, "hosts", "ip") in names}
    return meant | {node for node in known if world.value(node, "servicenode", "conserver")}


@dataclass(frozen=True, slots=True)
class _Work:
    """One run on this host."""

    ctx: Ctx
    edit: Edit
    shows: bool
    dry_run: bool

    async def here(self) -> None:
        from xcatd.services.place import read_place

        ctx = self.ctx
        is_master = ctx.host.role is not Role.SERVICE
        place = await read_place(ctx.snapshot, (ctx.host.name,), is_master=is_master, root=ctx.host.root)
        try:
            await self._do(place)
        except XcatError as error:
            await ctx.fail(str(error))  # service nodes have their turn all the same

    async def _do(self, place: Place) -> None:
        from xcatd.services.byhand import by_hand, once
        from xcatd.services.kept.conserver import ConsoleServer, consoles_in

        server = ConsoleServer(self.edit)
        there = await asyncio.to_thread(consoles_in, place)
        found = await asyncio.to_thread(server.found, place)
        if self.edit.delete:
            await self._removed([node for node in self.edit.nodes or () if node in there])
        elif not self.edit.cleanup:
            await self._complain(found)
        if not there and not found.blocks and (self.ctx.request.down or self.edit.own or self.edit.delete):
            return  # this host has no consoles
        if self.edit.is_everything:
            outcome = await by_hand(server, place, self.ctx.host.services, dry_run=self.dry_run)
        else:
            outcome = await once(server, place, dry_run=self.dry_run)
        if self.shows:
            await self.ctx.lines(outcome.lines)

    async def _removed(self, nodes: Sequence[str]) -> None:
        """As old scripts read it."""
        if not self.dry_run and not self.ctx.request.down:
            await self.ctx.say(f"Remove console entry for the nodes:{','.join(nodes)}" if nodes else "Nothing removed")

    async def _complain(self, found: Found) -> None:
        for node, text in found.bad.items():
            await self.ctx.fail(text, node=node)
        for text in found.programless_methods():
            await self.ctx.warn(text)
        for node in found.without if self.edit.nodes and not self.ctx.request.down else ():
            await self.ctx.warn(f"{node} gets no console: neither nodehm.cons nor nodehm.serialport is set")
