"""`makedns`: the names of the cluster in a name server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from xcatd.api import Ctx, Nodes, UsageError, command, opt
from xcatd.services.files import difference, my_turn, read_text
from xcatd.services.managers import Manager, manager_of

if TYPE_CHECKING:
    from xcatd.services.dns.changes import Change
    from xcatd.services.dns.installation import Installation
    from xcatd.services.dns.local import Local
    from xcatd.services.dns.source import Source


@command("makedns", timeout=600, changes=True, reads=("--dry-run",))
async def makedns(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    new: Annotated[bool, opt("-n", "--new", "make named.conf and all zone files anew")] = False,
    external: Annotated[bool, opt("-e", "--external", "update the servers of /etc/resolv.conf instead")] = False,
    delete: Annotated[bool, opt("-d", "--delete", "remove the names of the nodes")] = False,
    everything: Annotated[bool, opt("-a", "--all", "all nodes, by the tables")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Put the names of the cluster into DNS, forward and reverse.

    Without nodes: what /etc/hosts has in networks that are defined; with nodes: what the tables have. The server on this host
    (BIND) gets signed updates of what differs; with -n it gets all files anew, checked before they are used, and the old ones stay
    when they are no good. site.externaldns means -e.
    """
    from xcatd.services.dns.layout import LOCK

    if delete and not nodes and not everything:
        raise UsageError("makedns -d without noderange or -a is not supported")
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(my_turn(ctx.host.root / LOCK))
        manager = await stack.enter_async_context(manager_of(ctx.host.root))
        ctx.snapshot = ctx.host.store.snapshot  # of two runs the later one has the later tables
        chosen = tuple(ctx.world.nodes()) if everything else nodes or None
        work = _Work(ctx, chosen, manager, dry_run=dry_run)
        if external or ctx.site("externaldns") not in ("", "0"):
            await work.external(delete=delete)
        elif delete:
            await work.delete()
        else:
            await work.local(anew=new)
    if not dry_run and not ctx.failed:
        await ctx.say("DNS setup is completed")


class _Work:
    """One run. What speaks DNS is imported here: the library takes a tenth of a second, and most daemons never need it."""

    def __init__(self, ctx: Ctx, nodes: Sequence[str] | None, manager: Manager, *, dry_run: bool) -> None:
        self._ctx = ctx
        self._nodes = nodes
        self._manager = manager
        self._dry_run = dry_run

    async def local(self, *, anew: bool) -> None:
        """Bring the server of this host up to date."""
        source, local = await self._source(), await self._local(make_key=True)
        plan, made = await local.plan(source, anew=anew)
        if self._dry_run:
            await self._show(local, plan, made)
            return
        await self._ctx.say("Updating zones.")
        await self._ctx.say("Completed updating zones.")
        if plan or made is None:
            await self._restart(local, plan)
        await self._ctx.say("Updating DNS records, this may take several minutes for a large cluster.")
        if anew:
            await local.verify(source.whole())
        else:
            await local.send(await local.changes(source) if made is None else made)
        await self._ctx.say("Completed updating DNS records.")

    async def _restart(self, local: Local, plan: Installation) -> None:
        await self._ctx.say("Restarting named")
        if plan:
            await local.install(plan)
        else:
            await local.start()
        await self._ctx.say("Restarting named complete")

    async def delete(self) -> None:
        """Take names out of the zones of this host."""
        source, local = await self._source(), await self._local(make_key=False)
        made = await local.removals(source)
        await self._update(made)
        if not self._dry_run:
            await local.send(made)
            await self._ctx.say("Completed updating DNS records.")

    async def external(self, *, delete: bool) -> None:
        """Update servers elsewhere."""
        from xcatd.services.dns.changes import changes
        from xcatd.services.dns.external import primaries, servers_in
        from xcatd.services.dns.key import key_of
        from xcatd.services.dns.local import removals_at
        from xcatd.services.dns.server import conversation
        from xcatd.services.dns.update import present, send

        source, key = await self._source(), key_of(self._ctx.snapshot)
        if key is None and not self._dry_run:
            await self._ctx.fail("Unable to find omapi key in passwd table")
            return
        resolv = await asyncio.to_thread(read_text, self._ctx.host.root / "etc/resolv.conf")
        found = await primaries(source.setup.zones, servers_in(resolv, self._ctx.site("ddnsserver")))
        for zone in found.unknown:
            await self._ctx.fail(
                f"Unable to find a name server that answers for the zone {zone}: its names are left out"
            )
        for address, zones in found.zones.items():
            async with conversation(address, key) as server:
                if delete:
                    made = await removals_at(server, replace(source, setup=replace(source.setup, zones=zones)))
                else:
                    wanted = source.wanted.in_zones(zones)
                    made = changes(wanted, await present(server, wanted), zones)
                await self._update(made)
                if not self._dry_run and made:
                    await send(server, made)
        if not self._dry_run:
            await self._ctx.say("Completed updating DNS records.")

    async def _source(self) -> Source:
        """The names, with a word about each as xCAT has it."""
        from xcatd.services.dns.interfaces import interfaces
        from xcatd.services.dns.source import read_setup, read_source

        ctx, own = self._ctx, await interfaces()
        setup = await read_setup(ctx.world, ctx.host.name, own)
        source = await read_source(ctx.world, ctx.host.root, setup, own, self._nodes)
        for sentence in source.troubles:
            await ctx.warn(sentence)
        if not self._dry_run:
            await ctx.lines(source.entries.ignored)
            await ctx.lines(f"Handling {entry.name} in /etc/hosts." for entry in source.entries.good)
            await ctx.lines(source.wanted.remarks)
            await ctx.say("Getting reverse zones, this may take several minutes for a large cluster.")
            await ctx.say("Completed getting reverse zones.")
        return source

    async def _local(self, *, make_key: bool) -> Local:
        from xcatd.services.dns.control import Named
        from xcatd.services.dns.key import key_of, new_key
        from xcatd.services.dns.layout import layout_of
        from xcatd.services.dns.local import Local

        layout = layout_of(self._ctx.host.root, self._ctx.snapshot)
        key = key_of(self._ctx.snapshot)
        if key is None:
            if not make_key:
                raise UsageError("Unable to find omapi key in passwd table: makedns -n makes one")
            key, change = new_key(self._ctx.snapshot)
            if not self._dry_run:
                await self._ctx.write(change)
        return Local(layout, key, Named(layout, self._manager))

    async def _update(self, made: Sequence[Change]) -> None:
        if self._dry_run:
            await self._ctx.lines(line for change in made for line in change.lines())
        else:
            await self._ctx.say("Updating DNS records, this may take several minutes for a large cluster.")

    async def _show(self, local: Local, plan: Installation, made: Sequence[Change] | None) -> None:
        """What would change: named.conf as a diff, and the records."""
        await self._ctx.lines(difference(local.layout.conf, plan.old, plan.new))
        if plan.new_key:
            await self._ctx.say(f"{local.layout.key} would get the key of table passwd")
        if made is None:
            await self._ctx.say("named would be restarted, and would then get the records that it lacks")
        await self._ctx.lines(line for change in made or () for line in change.lines())
