"""`rmvm`: virtual machines, and their disks, are taken away."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, Delete, Node, command, opt
from xcatd.plugins.vm.place import find


@command("rmvm", fanout=256, timeout=120, changes=True)
async def rmvm(
    ctx: Ctx,
    node: Node,
    *,
    purge: Annotated[bool, opt("-p", "delete the disks too")] = False,
    force: Annotated[bool, opt("-f", "also while it is on")] = False,
) -> None:
    """Take virtual machines away from their hypervisors. The nodes stay defined.

    With -p their disks are deleted, except raw and block devices and files of which the machine is not clearly the owner.
    """
    found = find(ctx, node)
    left = await found.machine.remove(force=force, purge=purge)
    for disk in left:
        await ctx.say(f"Not purging raw or block storage device: {disk}", node=node.name)
    await ctx.write(Delete("kvm_nodedata", {"node": node.name}))
