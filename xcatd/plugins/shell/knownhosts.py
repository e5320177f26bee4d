"""`makeknownhosts`: the host keys of nodes, in root's known_hosts of the management node and of service nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

from xcatd.api import Ctx, Nodes, UsageError, Where, command, opt
from xcatd.errors import ServiceError
from xcatd.remote.knownhosts import Files, read_keys, update
from xcatd.remote.places import addresses_by_node
from xcatd.services.networks import address_of, networks_of


@command("makeknownhosts", timeout=120, where=Where.LOCAL)
async def makeknownhosts(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    remove: Annotated[bool, opt("-r", "-d", "--remove", "remove the lines of these nodes")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "say what is done")] = False,
    local: Annotated[bool, opt("-l", "--localonly", "this host only, no service nodes")] = False,
) -> None:
    """Write the host keys of nodes into root's known_hosts: the keys in /etc/xcat/hostkeys, which all nodes get.

    With a key ssh_host_ca.pub in that folder, hosts with a certificate of it are believed, too. Lines of other hosts stay as they
    are; known_hosts.backup is the file as it was. Service nodes do the same.
    """
    named = ctx.named(nodes)
    if not named:
        raise UsageError("makeknownhosts: a noderange is missing; see makeknownhosts -h")
    files = Files(ctx.host.root)
    try:
        keys = None if remove else await asyncio.to_thread(read_keys, files)
        names = await _names(ctx, named, remove=remove)
        changed = await asyncio.to_thread(update, files, names, keys)
    except ServiceError as error:
        await ctx.fail(str(error))  # service nodes have their turn all the same
    else:
        if verbose:
            await ctx.done(f"{files.known} {'was written' if changed else 'is as it should be'}: {len(names)} nodes")
    if not local:
        await ctx.pass_down()


async def _names(ctx: Ctx, nodes: Sequence[str], *, remove: bool) -> Mapping[str, Sequence[str]]:
    """Under which names and addresses each node is reached. Those that nobody knows are an error, unless they are removed."""
    found = await addresses_by_node(ctx.world, nodes)
    networks = networks_of(ctx.snapshot)
    names: dict[str, Sequence[str]] = {}
    for node in nodes:
        address = found.get(node)
        if address is None and not remove:
            await ctx.fail(f"Can not resolve {node}")
            continue
        known = address_of(address) if address else None
        domain = networks.domain_of(known) if known else networks.site_domain
        full = (f"{node}.{domain}",) if domain and "." not in node else ()
        names[node] = (node, *full, *filter(None, (address,)))
    return names
