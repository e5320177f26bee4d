"""The objects that `lsdef` is to show, and how their attributes are read."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xcatd.api import Ctx
from xcatd.objects import ObjectType, World, object_names, read_objects
from xcatd.objects.kinds import LOGS, SITE
from xcatd.plugins.objects.kinds import named_objects
from xcatd.plugins.objects.where import Condition, passing

_TOGETHER = 1000
"""Objects that are looked through between two moments at which others may run."""

Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """Objects of one type. `records`: their attributes by name, where they are not in the world (logs, templates)."""

    kind: ObjectType
    world: World
    names: Sequence[str]
    records: Mapping[str, Attributes] = field(default_factory=dict)

    def read(self, only: Collection[str] | None = None, *, defaults: bool = True) -> Iterator[tuple[str, Attributes]]:
        """Each object with its attributes as `read_objects` gives them."""
        if not self.records:
            yield from read_objects(self.world, self.kind.name, self.names, only, defaults=defaults)
            return
        for name in self.names:
            attributes = self.records[name]
            yield name, {one: text for one, text in attributes.items() if only is None or one in only}

    async def where(self, conditions: Sequence[Condition]) -> Found:
        """Those for which all conditions hold."""
        if not conditions:
            return self
        wanted = {condition.attribute for condition in conditions}
        chosen: list[str] = []
        for start in range(0, len(self.names), _TOGETHER):
            some = Found(self.kind, self.world, self.names[start : start + _TOGETHER], self.records)
            chosen += passing(some.read(wanted - {self.kind.key}), conditions, self.kind.key)
            await asyncio.sleep(0)
        return Found(self.kind, self.world, chosen, self.records)


async def find(ctx: Ctx, kind: ObjectType, wanted: str, *, hidden: bool) -> tuple[Found, list[str]]:
    """The objects that a text names, or all, sorted; and the names that are none. Hidden nodes only if asked for.

    Raises BadNoderange.
    """
    if kind.name in LOGS:
        return await _records(ctx, kind, wanted)
    missing: list[str] = []
    if wanted:
        names, missing = named_objects(ctx.world, kind.name, wanted)
        names.sort()
    else:
        names = object_names(ctx.world, kind.name)
    if kind.name == "site":
        names = [SITE]
    if kind.name == "node" and not hidden:
        names = _unhidden(ctx.world, names, {name.strip() for name in wanted.split(",")})
    return Found(kind, ctx.world, names), missing


def _unhidden(world: World, names: list[str], named: Collection[str]) -> list[str]:
    """Without the hidden nodes, except those that were named one by one."""
    marks = world.column(names, "nodelist", "hidden")
    return [name for name, mark in zip(names, marks, strict=True) if mark != "1" or name in named]


async def _records(ctx: Ctx, kind: ObjectType, wanted: str) -> tuple[Found, list[str]]:
    """Rows of a log, oldest first, which no snapshot holds."""
    rows = await ctx.host.store.scan(kind.table)
    columns = sorted((entry.name, entry.column) for entry in kind.attributes if entry.name != kind.key)
    records = {}
    for number, row in enumerate(rows):
        records[row[kind.key]] = {name: text for name, column in columns if (text := row[column])}
        if number % _TOGETHER == 0:
            await asyncio.sleep(0)
    if not wanted:
        return Found(kind, ctx.world, list(records), records), []
    names = list(dict.fromkeys(filter(None, map(str.strip, wanted.split(",")))))
    there = [name for name in names if name in records]
    return Found(kind, ctx.world, there, records), [name for name in names if name not in records]
