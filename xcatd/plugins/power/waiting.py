"""Waiting for what comes of an action: the power state itself, or what a table then says of the node."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from xcatd.api import Ctx, Node, NotFound, TimedOut, UsageError
from xcatd.hardware import Power, PowerState
from xcatd.noderange.bounds import Budget
from xcatd.noderange.pattern import matching
from xcatd.objects import World, world_of

LOOK = 1.0
"""Seconds between two looks."""
_CONDITION = re.compile(r"(\w+)\.(\w+)(==|!=|=~|!~)(.*)", re.DOTALL | re.ASCII)


async def wait_for_state(ctx: Ctx, power: Power, state: PowerState, seconds: float) -> None:
    """Return when the controller reports the state. Raises TimedOut when it does not in time."""
    try:
        with ctx.standstill():
            async with asyncio.timeout(seconds):
                while await power.power_state() is not state:  # noqa: ASYNC110 - a controller tells nothing by itself
                    await asyncio.sleep(LOOK)
    except TimeoutError:
        raise TimedOut(
            f"not {state} after {seconds:g} s: look at the node's console, and ask again with stat"
        ) from None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a cell of the node must say. `sign` is `==`, `!=`, `=~` or `!~`."""

    table: str
    column: str
    sign: str
    operand: str

    def holds(self, world: World, node: str) -> bool:
        """Of several rows one is enough; a node without a value has the empty text. Raises BadNoderange for a bad pattern."""
        values = set(world.values(node, self.table, self.column) or ("",))
        found = values & {self.operand}
        if self.sign[1] == "~":
            found = matching(_pattern(self.operand), values, Budget(), whole=False)
        return bool(values - found if self.sign[0] == "!" else found)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}{self.sign}{self.operand}"


def _pattern(operand: str) -> str:
    """Slashes around it may be there, as in noderanges."""
    is_slashed = len(operand) > 1 and operand[0] == operand[-1] == "/"
    return operand[1:-1] if is_slashed else operand


def read_condition(ctx: Ctx, word: str) -> Condition:
    """`nodelist.status==booted`. Raises UsageError, NotFound for an unknown column, or BadNoderange for a bad pattern."""
    found = _CONDITION.fullmatch(word)
    if found is None:
        raise UsageError(f"rpower: {word!r} is no condition: write table.column==value, or with !=, =~ or !~")
    condition = Condition(found[1], found[2], found[3], found[4])
    if not ctx.world.knows(condition.table, condition.column):
        raise NotFound(f"{condition.table}.{condition.column} is no column: see tabdump -d {condition.table}")
    condition.holds(ctx.world, "")
    return condition


@dataclass(frozen=True, slots=True)
class Monitor:
    """All conditions must hold within `seconds`; else the action is repeated, `retries` times."""

    conditions: Sequence[Condition]
    seconds: float
    retries: int

    async def watch(self, ctx: Ctx, node: Node, act: Callable[[], Awaitable[str]]) -> None:
        """Return when the node is as expected; say each repetition. Raises TimedOut when it never is."""
        for left in range(self.retries, -1, -1):
            if await self._in_time(ctx, node):
                return
            if left:
                await ctx.say(f"not yet {self._wanted}, so once more: {await act()}", node=node.name)
        raise TimedOut(
            f'The node "{node}" can not reach the expected status after {self.retries} retries: {self._wanted} does '
            "not hold; look at its console"
        )

    async def _in_time(self, ctx: Ctx, node: Node) -> bool:
        try:
            with ctx.standstill():
                async with asyncio.timeout(self.seconds):
                    while not self._hold(world_of(ctx.host.store.snapshot), node):  # noqa: ASYNC110 - hours, for many nodes
                        await asyncio.sleep(LOOK)
        except TimeoutError:
            return False
        return True

    def _hold(self, world: World, node: Node) -> bool:
        return all(condition.holds(world, node.name) for condition in self.conditions)

    @property
    def _wanted(self) -> str:
        return " and ".join(map(str, self.conditions))
