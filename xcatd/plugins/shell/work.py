"""`xdsh` over the nodes of this daemon. Loaded when it is first needed: asyncssh takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xcatd.api import Ctx, UsageError
from xcatd.plugins.shell.doings import Doings
from xcatd.plugins.shell.given import Given, read_given
from xcatd.plugins.shell.job import Errand, Job
from xcatd.plugins.shell.wish import Wish
from xcatd.remote.access import FOLDER, public_keys, read_access
from xcatd.remote.devices import Device, read_device
from xcatd.remote.fanout import fan_out
from xcatd.remote.places import addresses_by_node
from xcatd.remote.syncing.sides import KEPT, STAGED
from xcatd.remote.wrapping import EXCHANGE, Order, emptying

_MOST = 255
"""The highest exit status: 256 nodes must not look like none."""


async def work(ctx: Ctx, nodes: Sequence[str], wish: Wish) -> None:
    """Do it on each node, and say of each how it ended. Raises XcatError before anything was done."""
    given = await read_given(ctx, wish)
    device = await asyncio.to_thread(read_device, ctx.host.root, wish.device) if wish.device else None
    errand = await _errand(ctx, wish, given, device)
    access = await asyncio.to_thread(read_access, ctx.host.root, wish.user, given.password)
    if access.config is None and not access.keys and not given.password:
        raise UsageError(f"root has no ssh key in {access.folder}: run xcatconfig -k on the management node")
    doings = Doings(ctx, wish)
    job = Job(ctx, wish, access, await addresses_by_node(ctx.world, nodes), errand, doings)
    await doings.begun()
    await fan_out(nodes, wish.fanout, job.on)
    await doings.over()
    ctx.status = min(job.failed, _MOST)


async def _errand(ctx: Ctx, wish: Wish, given: Given, device: Device | None) -> Errand:
    """What nodes get."""
    if wish.setup:
        keys = await _keys(ctx, given)
        if device is None:
            return Errand(EXCHANGE, "".join(f"{key}\n" for key in keys).encode())
        if not device.keys:
            raise UsageError(
                f"How {wish.device} takes a key is not known: say it as ssh-setup-command in its file in /var/opt/xcat, or put "
                "the key there by the switch's own means"
            )
        return Errand(keys=tuple(map(device.letting_in, keys)))
    if wish.cleanup:
        folders = (ctx.site("SNsyncfiledir") or STAGED, ctx.site("nodesyncfiledir") or KEPT)
        return Errand(emptying(*folders))
    order = Order(wish.words, given.script, given.environment, wish.sudo, device)
    return Errand(order.text(), order.stdin, shown=" ".join(wish.words), named=device is None)


async def _keys(ctx: Ctx, given: Given) -> list[str]:
    folder = ctx.host.root / FOLDER
    lines = await asyncio.to_thread(public_keys, folder)
    if not lines:
        raise UsageError(f"root has no public ssh key in {folder}: run xcatconfig -k on the management node")
    if not given.password:
        raise UsageError("xdsh -K needs a password: type it at a terminal, or give it in DSH_REMOTE_PASSWORD")
    return lines
