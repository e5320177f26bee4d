"""`chvm`: other disks, memory and processors for virtual machines."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

from xcatd.api import Ctx, Node, NodeError, NotFound, Put, UsageError, command, opt
from xcatd.plugins.vm.place import Found, find, keep
from xcatd.plugins.vm.sizes import count_in, listed, memory_in, size_in


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options say. Sizes are in bytes."""

    add: tuple[int, ...]
    detach: tuple[str, ...]
    purge: tuple[str, ...]
    resize: tuple[tuple[str, int], ...]
    memory: int | None
    cpus: int | None
    cpupin: str
    membind: str
    hand_on: tuple[str, ...]
    take_back: tuple[str, ...]

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    wishes = _wishes(arguments)
    if not wishes:
        raise UsageError("chvm: say what to change; see: chvm --help")
    if wishes.add and (wishes.purge or wishes.detach):
        raise UsageError("Currently adding and purging concurrently is not supported")


def _wishes(words: Mapping[str, Any]) -> Wishes:
    """What the options say. Raises UsageError."""
    return Wishes(
        add=tuple(size_in(text, "G") for text in listed(words["add"])),
        detach=tuple(listed(words["detach"])),
        purge=tuple(listed(words["purge"])),
        resize=tuple(_resize(text) for text in listed(words["resize"])),
        memory=memory_in(words["memory"]),
        cpus=count_in(words["cpus"]),
        cpupin=words["cpupin"].strip("'\" "),
        membind=words["membind"].strip("'\" "),
        hand_on=tuple(listed(words["devpassthru"])),
        take_back=tuple(listed(words["devdetach"])),
    )


def _resize(text: str) -> tuple[str, int]:
    disk, _, size = text.partition("=")
    if not disk or not size:
        raise UsageError(f"--resize takes <disk>=<size>, not {text!r}")
    return disk, size_in(size, "G")


@command("chvm", fanout=256, timeout=120, changes=True, prepare=_check)
async def chvm(
    ctx: Ctx,
    node: Node,
    *,
    add: Annotated[tuple[str, ...], opt("-a", "add disks: GB, or with K, M, G behind; several with commas")] = (),
    detach: Annotated[tuple[str, ...], opt("-d", "take disks away and leave their files: vdb, sdc ...")] = (),
    purge: Annotated[tuple[str, ...], opt("-p", "take disks away and delete their files")] = (),
    resize: Annotated[tuple[str, ...], opt("--resize", "<disk>=<size>: what is beyond the end is lost")] = (),
    memory: Annotated[str, opt("--mem", "--memory", "MB of memory, or with K, M, G behind")] = "",
    cpus: Annotated[str, opt("--cpus", "--cpu", "how many processors")] = "",
    cpupin: Annotated[str, opt("--cpupin", "run on these processors of the hypervisor: 0-3,^2")] = "",
    membind: Annotated[str, opt("--membind", "take memory from these NUMA nodes of the hypervisor")] = "",
    devpassthru: Annotated[tuple[str, ...], opt("--devpassthru", "PCI devices of the hypervisor to hand on")] = (),
    devdetach: Annotated[tuple[str, ...], opt("--devdetach", "PCI devices to take back")] = (),
) -> None:
    """Change disks, memory and processors of virtual machines.

    Disks can be added, taken away and made larger while a machine is on; memory can be made smaller then. More memory, smaller
    disks and the number of processors need it off.
    """
    found = find(ctx, node)
    words = {
        "add": add, "detach": detach, "purge": purge, "resize": resize, "memory": memory, "cpus": cpus,
        "cpupin": cpupin, "membind": membind, "devpassthru": devpassthru, "devdetach": devdetach,
    }  # fmt: skip
    ended = [step.column for step in _steps(ctx, node, found, _wishes(words)) if await _done(ctx, node, step.run)]
    given = {column: text for column, text in (("memory", memory), ("cpus", cpus)) if column in ended}
    if ended:
        await keep(ctx, found, *([Put("vm", {"node": node.name}, given)] if given else []))


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `column`: where table vm keeps what it leads to; "": nowhere."""

    run: Awaitable[Any]
    column: str = ""


def _steps(ctx: Ctx, node: Node, found: Found, wishes: Wishes) -> Iterator[Step]:
    machine = found.machine
    yield from (Step(machine.add_disk(size)) for size in wishes.add)
    yield from (Step(machine.detach_disk(disk)) for disk in wishes.detach)
    yield from (Step(machine.detach_disk(disk, purge=True)) for disk in wishes.purge)
    yield from (Step(_resized(ctx, node, found, disk, size)) for disk, size in wishes.resize)
    if wishes.cpus:
        yield Step(machine.set_cpus(wishes.cpus), "cpus")
    if wishes.memory:
        yield Step(machine.set_memory(wishes.memory), "memory")
    if wishes.cpupin:
        yield Step(machine.pin(wishes.cpupin))
    if wishes.membind:
        yield Step(machine.bind_memory(wishes.membind))
    yield from (Step(_handed_on(ctx, node, found, device)) for device in wishes.hand_on)
    yield from (Step(_taken_back(ctx, node, found, device)) for device in wishes.take_back)


async def _resized(ctx: Ctx, node: Node, found: Found, disk: str, size: int) -> None:
    await found.machine.resize_disk(disk, size)
    await ctx.say(f"Resized disk {disk}", node=node.name)


async def _handed_on(ctx: Ctx, node: Node, found: Found, device: str) -> None:
    await found.machine.hand_on(device)
    await ctx.say(f"passthrough: {device} attached to guest successfully", node=node.name)


async def _taken_back(ctx: Ctx, node: Node, found: Found, device: str) -> None:
    await found.machine.take_back(device)
    await ctx.say(f"devdetach: {device} detached from guest successfully", node=node.name)


async def _done(ctx: Ctx, node: Node, step: Awaitable[Any]) -> bool:
    """Whether it went well; otherwise it is said, and the other wishes are still fulfilled."""
    try:
        await step
    except (NodeError, NotFound, UsageError) as error:
        await ctx.fail(str(error), node=node.name)
        return False
    return True
