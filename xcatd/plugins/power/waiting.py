"""Waiting for what comes of an action: the power state itself, or what a table then says of the node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from xcatd.api import Ctx, Node, TimedOut
from xcatd.hardware import Power, PowerState
from xcatd.objects import World, world_of
from xcatd.objects.expected import Expected

LOOK = 1.0
"""Seconds between two looks."""


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
class Monitor:
    """All conditions must hold within `seconds`; else the action is repeated, `retries` times."""

    conditions: Sequence[Expected]
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
