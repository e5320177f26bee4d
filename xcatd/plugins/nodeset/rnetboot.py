"""`rnetboot`: nodes start from the network what nodeset has set, and, if it is wished, until a table says that they did."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from xcatd.api import Ctx, Nodes, UsageError, Verdict, Where, command, opt
from xcatd.model import Ended
from xcatd.objects import World, world_of
from xcatd.objects.expected import Expected, expected_of
from xcatd.plugins.nodeset.course import Course

LOOK = 1.0
"""Seconds between two looks."""
_LONGEST: Final = 1e7
"""Minutes for which nobody waits."""
_DEVICES: Final = ("net", "hd")
_PARTITIONS: Final = frozenset({"hmc", "ivm", "fsp", "bpa", "cec"})
"""Hardware of POWER whose partitions are started by their console's own command."""


@command("rnetboot", timeout=7200, changes=True, where=Where.MANAGEMENT, of_each=True)
async def rnetboot(
    ctx: Ctx,
    nodes: Nodes,
    *,
    order: Annotated[str, opt("-s", "what to start from: net, or hd; of several with commas the first")] = "net",
    anyway: Annotated[bool, opt("-F", "nodes that boot from their disks by what nodeset says, too")] = False,
    at_once: Annotated[bool, opt("-f", "of xCAT 2; nodes are switched off at once in any case")] = False,
    direct: Annotated[bool, opt("-d", "of xCAT 2: a direct BOOTP request; it is not regarded")] = False,
    expected: Annotated[
        tuple[str, ...], opt("-m", "wait until this holds: table.column==value, or with !=, =~ or !~; needs -t")
    ] = (),
    minutes: Annotated[float, opt("-t", "minutes to wait for what -m expects")] = 0.0,
    retries: Annotated[int, opt("-r", "how often nodes are started again when -m is not reached in time")] = 3,
    verbose: Annotated[bool, opt("-V", "--verbose", "show what rsetboot and rpower say")] = False,
) -> None:
    """Start nodes from the network: rsetboot net for ipmi, openbmc and redfish, then rpower boot.

    What they boot then is what nodeset has set. A node for which one of the two fails goes no further. The caller must be allowed
    both of them. A node of which nodeset says boot is left alone without -F.
    """
    device = _first(order)
    goal = _goal(ctx, expected, minutes)
    if direct:
        await ctx.warn("-d is for partitions of POWER: these nodes ask by broadcast, and the DHCP server answers them")
    course = Course(ctx, verbose)
    started = await course.start(await _startable(ctx, nodes, anyway=anyway), device)
    if goal is None:
        await _done(ctx, started)
        return
    for _ in range(max(0, retries)):
        late = await _wait(ctx, goal, started)
        if not late:
            return
        await ctx.node_lines((node, None, f"not yet {goal}, so once more") for node in late)
        started = await course.start(late, device)
    for node in await _wait(ctx, goal, started):
        await ctx.fail(
            f'The node "{node}" can not reach the expected status after {max(0, retries)} retries: {goal} does not hold; look '
            "at its console",
            node=node,
        )
        await ctx.send(Ended(node, Verdict.FAILED))


@dataclass(frozen=True, slots=True)
class _Goal:
    """All of `expected` must hold within `seconds`."""

    expected: Sequence[Expected]
    seconds: float

    def reached(self, world: World, node: str) -> bool:
        return all(one.holds(world, node) for one in self.expected)

    def __str__(self) -> str:
        return " and ".join(map(str, self.expected))


def _first(order: str) -> str:
    devices = [word.strip() for word in order.split(",")]
    if unknown := [word for word in devices if word not in _DEVICES]:
        raise UsageError(f"rnetboot: -s takes net and hd, with a comma between, not {unknown[0]!r}")
    return devices[0]


def _goal(ctx: Ctx, words: Sequence[str], minutes: float) -> _Goal | None:
    """Raises UsageError or NotFound."""
    expected = [expected_of(ctx.world, word, "rnetboot") for word in words]
    if not expected:
        return None
    if not 0 < minutes < _LONGEST:
        raise UsageError("rnetboot: -m needs -t with the minutes to wait for what is expected")
    return _Goal(expected, minutes * 60.0)


async def _startable(ctx: Ctx, nodes: Sequence[str], *, anyway: bool) -> Sequence[str]:
    """Those that may be started; of the others it is said why not."""
    left: list[str] = []
    columns = (ctx.world.column(nodes, *name) for name in (("nodehm", "mgt"), ("chain", "currstate")))
    for node, method, state in zip(nodes, *columns, strict=True):
        if reason := _refusal(method, state, anyway=anyway):
            await ctx.fail(reason, node=node)
            await ctx.send(Ended(node, Verdict.FAILED))
        else:
            left.append(node)
    return left


def _refusal(method: str, state: str, *, anyway: bool) -> str:
    if method in _PARTITIONS:
        return f"nodehm.mgt is {method}: partitions of POWER cannot be started from here; use lpar_netboot of their HMC"
    if state == "boot" and not anyway:
        return "Node is in boot state: set with nodeset what it shall boot from the network, or use -F"
    return ""


async def _done(ctx: Ctx, nodes: Sequence[str]) -> None:
    await ctx.node_lines((node, None, "Success") for node in nodes)
    for node in nodes:
        await ctx.send(Ended(node, Verdict.OK))


async def _wait(ctx: Ctx, goal: _Goal, nodes: Sequence[str]) -> Sequence[str]:
    """Say which nodes have got there, as they do; gives those that have not in time."""
    left = list(nodes)
    clock = asyncio.get_running_loop().time
    end = clock() + goal.seconds
    with ctx.standstill():
        while left:
            world = world_of(ctx.host.store.snapshot)
            there = [node for node in left if goal.reached(world, node)]
            await _done(ctx, there)
            left = [node for node in left if node not in set(there)]
            if not left or clock() >= end:
                break
            await asyncio.sleep(LOOK)
    return left
