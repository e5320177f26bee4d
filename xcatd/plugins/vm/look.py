"""`lsvm`: what a virtual machine is, or which there are on a hypervisor."""

from __future__ import annotations

from collections.abc import Iterator

from xcatd.api import Ctx, Node, command
from xcatd.hardware import MachineFacts
from xcatd.objects.endpoints.vm import hypervisor_endpoint
from xcatd.plugins.vm.place import METHODS, bound, find

_NOTHING = "Could not get any information about specified object"
_LABELS = {"file": "Disk file", "object": "Disk object"}


@command("lsvm", fanout=256, timeout=60)
async def lsvm(ctx: Ctx, node: Node) -> None:
    """Show virtual machines: what each is, and for a hypervisor the names of those that it has, on or off.

    A node with vm.host is a virtual machine, any other a hypervisor.
    """
    host = ctx.world.value(node.name, "vm", "host")
    if host:
        facts = await find(ctx, node).machine.facts()
        await ctx.node_lines((node.name, label, text) for label, text in _lines(host, facts))
        return
    method = _method(ctx, node)
    names = await bound(ctx, method, hypervisor_endpoint(ctx.world, node.name, method)).machine.names()
    await ctx.node_lines((node.name, None, name) for name in names or (_NOTHING,))


def _method(ctx: Ctx, node: Node) -> str:
    """How to speak to a hypervisor: by hypervisor.type, else nodehm.mgt; kvm when neither tells."""
    columns = (("hypervisor", "type"), ("nodehm", "mgt"))
    said = (ctx.world.value(node.name, table, column) for table, column in columns)
    return next((method for method in said if method in METHODS), METHODS[0])


def _lines(host: str, facts: MachineFacts) -> Iterator[tuple[str, str]]:
    """In xCAT's words; memory in KiB."""
    if facts.number is not None:
        yield "Id", str(facts.number)
    yield "Host", host
    yield "OS", facts.system
    yield "Memory", str(facts.memory >> 10)
    yield "CPU", str(facts.cpus)
    yield "State", f"{facts.state} ({facts.sentence})"
    for kind, where in facts.disks:
        yield _LABELS[kind], where
