"""Which virtual machine a node is, and what is kept of it in tables."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.api import Ctx, Node, Put, Unsupported
from xcatd.hardware import Machine
from xcatd.hardware.libvirt.guest import Guest
from xcatd.objects import management_method
from xcatd.objects.endpoints.vm import vm_endpoint

METHODS = ("kvm", "xen")


@dataclass(frozen=True, slots=True)
class Found:
    """A node's machine: the management method, its endpoint, and what can be done with it."""

    method: str
    guest: Guest
    machine: Machine


def method_of(ctx: Ctx, node: Node) -> str:
    """By nodehm.power, else nodehm.mgt. Unsupported: the node is no virtual machine."""
    method = management_method(ctx.world, node.name)
    if method not in METHODS:
        raise Unsupported(
            f"{ctx.command.name} is for virtual machines, and the node's management method is {method}: for one, set nodehm.mgt to "
            f"{' or '.join(METHODS)}"
        )
    return method


def find(ctx: Ctx, node: Node) -> Found:
    """The machine as the tables have it. Raises Unsupported or NotFound, with a sentence on what to set."""
    method = method_of(ctx, node)
    return bound(ctx, method, vm_endpoint(ctx.world, node.name, method))


def bound(ctx: Ctx, method: str, guest: Guest) -> Found:
    return Found(method, guest, ctx.host.controllers.device(method, guest).machine)


async def keep(ctx: Ctx, found: Found, *more: Put) -> None:
    """Keep the definition where xCAT 2 has it: with it the machine can be made again on another hypervisor."""
    changes = [*more]
    if found.method == "kvm":
        text = await found.machine.definition()
        changes.append(Put("kvm_nodedata", {"node": found.guest.node}, {"xml": text}))
    if changes:
        await ctx.write(*changes)
