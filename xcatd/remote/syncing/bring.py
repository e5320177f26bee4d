"""Bringing the files of synclists to nodes: one connection each, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from xcatd.errors import ServiceError, XcatError
from xcatd.objects import World
from xcatd.remote.connecting import Place, connected, patience_for
from xcatd.remote.fanout import fan_out
from xcatd.remote.syncing.node import OnNode, Ready
from xcatd.remote.syncing.plan import Plan, Planner
from xcatd.remote.syncing.sides import AS_USUAL, KEPT, Audience, Lists, Manner, Outcome, Reach, Shelf
from xcatd.remote.syncing.tree import planted

_Readies: TypeAlias = "Mapping[str, Ready | XcatError]"


async def bring(
    world: World, lists: Lists, shelf: Shelf, reach: Reach, audience: Audience, manner: Manner = AS_USUAL
) -> Mapping[str, Outcome]:
    """Bring the files of its synclists to each node that `lists` names: files, APPEND, MERGE, then scripts of EXECUTE and
    EXECUTEALWAYS. Gives how each node ended; `audience` hears it earlier.

    What fails concerns its node only and is in its outcome, also a list that cannot be read. Nothing is raised but what `audience`
    raises. nodelist.updatestatus is the caller's.
    """
    async with _readies(world, lists, shelf) as readies:
        job = _Job(readies, reach, audience, manner)
        await fan_out(lists, manner.fanout, job.on)
    return job.outcomes


@asynccontextmanager
async def _readies(world: World, lists: Lists, shelf: Shelf) -> AsyncIterator[_Readies]:
    """What lies ready for each node, or why nothing does. Nodes with the same plan share it."""
    stack = ExitStack()
    try:
        yield await asyncio.to_thread(_prepared, world, lists, shelf, stack)
    finally:
        await asyncio.to_thread(stack.close)


def _prepared(world: World, lists: Lists, shelf: Shelf, stack: ExitStack) -> _Readies:
    planner, made = Planner(world, shelf), dict[Plan, "Ready | XcatError"]()
    folder = world.snapshot.site("nodesyncfiledir", KEPT).rstrip("/")
    found: dict[str, Ready | XcatError] = {}
    for node, paths in lists.items():
        try:
            plan = planner.plan(node, paths)
        except ServiceError as error:
            found[node] = error
            continue
        if plan not in made:
            made[plan] = _planted(plan, folder, stack)
        found[node] = made[plan]
    return found


def _planted(plan: Plan, folder: str, stack: ExitStack) -> Ready | XcatError:
    try:
        tree = stack.enter_context(planted(plan.files)) if plan.files else None
    except ServiceError as error:
        return error
    except OSError as error:
        return ServiceError(f"the files cannot be laid ready here: {(error.strerror or str(error)).lower()}")
    return Ready(plan, tree, folder)


@dataclass(slots=True)
class _Job:
    """The same on each node."""

    readies: _Readies
    reach: Reach
    audience: Audience
    manner: Manner
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    async def on(self, node: str) -> None:
        """One node, with its end."""
        changed: list[str] = []
        try:
            await self._bring(node, changed)
            outcome = Outcome(None, tuple(changed))
        except XcatError as error:
            outcome = Outcome(error, tuple(changed))
        self.outcomes[node] = outcome
        await self.audience.ended(node, outcome)

    async def _bring(self, node: str, changed: list[str]) -> None:
        ready = self.readies[node]
        if isinstance(ready, XcatError):
            raise ready
        place = Place(node, self.reach.access.address_of(node, self.reach.addresses))
        async with connected(self.reach.access, place, patience_for(self.manner.silence)) as connection:
            await OnNode(connection, ready, self.audience.ears(node), self.manner, changed).go()
