"""`makehosts`: names and addresses of nodes for the hosts file of the management node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

from xcatd.api import Channel, Ctx, Nodes, command, opt
from xcatd.services.addresses import PATIENCE, ask_resolver, unaddressed
from xcatd.services.hosts import Outcome, Places, Wish, update
from xcatd.services.hostsfile import Order
from xcatd.services.networks import Address

_YES = ("1", "yes", "enable")


@command("makehosts", timeout=600, changes=True, reads=("--dry-run",))
async def makehosts(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    new: Annotated[bool, opt("-n", "begin with an empty file")] = False,
    delete: Annotated[bool, opt("-d", "--delete", "remove the lines of the nodes")] = False,
    long_first: Annotated[bool, opt("-l", "--longnamefirst", "the name with the domain comes first")] = False,
    others_first: Annotated[bool, opt("-o", "--othernamesfirst", "aliases come first")] = False,
    add_domain: Annotated[bool, opt("-a", "--adddomaintohostnames", "each alias comes with the domain too")] = False,
    link_local: Annotated[bool, opt("-m", "--mactolinklocal", "IPv6 link-local addresses, from table mac")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would change, and change nothing")] = False,
) -> None:
    """Write the names and addresses of nodes into /etc/hosts of the management node.

    Addresses come from hosts.ip, hosts.otherinterfaces and nics.nicips, else from the resolver. The domain is that of the network
    an address lies in, else site.domain. Without nodes: all that table hosts names. Other lines of the file stay as they are; the
    file before the last change is /etc/hosts.xcatbak.
    """
    if delete and not nodes:
        return
    order = Order.ALIASES if others_first else Order.SHORT
    if long_first or ctx.site("FQDNfirst").lower() in _YES:
        order = Order.LONG
    resolved = await _resolved(ctx, nodes) if nodes and not (delete or link_local) else {}
    wish = Wish(
        nodes=nodes or None,
        resolved=resolved,
        order=order,
        add_domain=add_domain,
        link_local=link_local,
        fresh=new,
        delete=delete,
    )
    done = await asyncio.to_thread(
        update, Places(ctx.host.root), lambda: ctx.host.store.snapshot, wish, dry_run=dry_run
    )
    await _report(ctx, done)


async def _resolved(ctx: Ctx, nodes: Sequence[str]) -> Mapping[str, Address]:
    """What the resolver says of the nodes without hosts.ip."""
    answers = await ask_resolver(await asyncio.to_thread(unaddressed, ctx.world, nodes))
    if answers.silent:
        await ctx.warn(
            f"The resolver of this host had no answer within {PATIENCE:g} s for {len(answers.silent)} nodes without hosts.ip "
            f"({answers.silent[0]} ...): set their hosts.ip, or see whether the name servers in /etc/resolv.conf answer."
        )
    return answers.addresses


async def _report(ctx: Ctx, done: Outcome) -> None:
    await ctx.lines((trouble.text for trouble in done.troubles if not trouble.failed), channel=Channel.WARNING)
    for trouble in done.troubles:
        if trouble.failed:
            await ctx.fail(trouble.text)
    await ctx.lines(done.diff)
