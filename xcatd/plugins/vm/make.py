"""`mkvm`: virtual machines out of table vm."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from xcatd.api import Ctx, Node, Put, Unsupported, command, opt
from xcatd.hardware import Making
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.inventory import as_firmware_tells
from xcatd.objects.endpoints.macs import all_macs, kept, macs_for, macs_of
from xcatd.plugins.vm.place import bound, find, keep
from xcatd.plugins.vm.sizes import count_in, listed, memory_in, size_in


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    _making(**{name: arguments[name] for name in ("size", "master", "memory", "cpus", "force")})


def _making(size: str, master: str, memory: str, cpus: str, force: bool) -> Making:
    """What the options say. Raises UsageError."""
    sizes = tuple(size_in(text, "G") for text in listed([size]))
    return Making(sizes, master, memory_in(memory), count_in(cpus), force)


@command("mkvm", fanout=256, timeout=120, changes=True, prepare=_check)
async def mkvm(
    ctx: Ctx,
    node: Node,
    *,
    size: Annotated[str, opt("-s", "--size", "GB of a new disk, or with K, M, G behind; several with commas")] = "",
    memory: Annotated[str, opt("--mem", "MB of memory, or with K, M, G behind; else vm.memory")] = "",
    cpus: Annotated[str, opt("--cpus", "how many processors; else vm.cpus")] = "",
    master: Annotated[str, opt("-m", "--master", "a disk of which the first one is a copy-on-write clone")] = "",
    force: Annotated[bool, opt("-f", "--force", "replace the machine and its disks, if it is off")] = False,
) -> None:
    """Make virtual machines on their hypervisors, as table vm has them, without turning them on.

    Network interfaces without an address in table mac get one there. The disks are made where vm.storage says.
    """
    if "nodefromrscan" in ctx.world.value(node.name, "vm", "othersettings"):
        raise Unsupported("this node was defined through rscan, 'mkvm' is not supported.")
    found = find(ctx, node)
    found = bound(ctx, found.method, await _with_marks(ctx, found.guest))
    await found.machine.make(_making(size, master, memory, cpus, force))
    given = {column: text for column, text in (("memory", memory), ("cpus", cpus)) if text}
    await keep(ctx, found, *([Put("vm", {"node": node.name}, given)] if given else []))


async def _with_marks(ctx: Ctx, guest: Guest) -> Guest:
    """With an address for every interface and a UUID, kept in tables before the machine has them."""
    plan, node, world = guest.blueprint, guest.node, ctx.world
    changes: list[Put] = []
    if len(plan.wires) > len(macs_of(world, node)):
        macs = macs_for(world, node, len(plan.wires), all_macs(ctx.snapshot))
        changes.append(kept(world, node, macs))
        plan = replace(plan, wires=tuple(replace(wire, mac=mac) for wire, mac in zip(plan.wires, macs, strict=True)))
    if not plan.uuid:
        plan = replace(plan, uuid=str(uuid.uuid4()))
        changes.append(Put("vpd", {"node": node}, {"uuid": as_firmware_tells(plan.uuid)}))
    if changes:
        await ctx.write(*changes)
    return replace(guest, blueprint=plan)
