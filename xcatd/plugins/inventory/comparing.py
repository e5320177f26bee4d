"""`xcat-inventory diff`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from xcatd.api import Channel, Ctx, UsageError
from xcatd.objects import World
from xcatd.plugins.inventory.choice import Choice
from xcatd.plugins.inventory.compare import ROW, Different, Thing, differences
from xcatd.plugins.inventory.document import TABLES
from xcatd.plugins.inventory.inventory import Inventory
from xcatd.plugins.inventory.shapes import shapes_of
from xcatd.plugins.inventory.sides import read_sides, snapshots
from xcatd.policy.difference import difference, signed
from xcatd.store import Snapshot


async def show_differences(ctx: Ctx, choice: Choice, texts: tuple[str, str], *, secrets: bool) -> None:
    """Say what differs, and end with 1 if something does. Raises BadFile."""
    if not texts[0]:
        raise UsageError("xcat-inventory diff: compare what? Write --from FILE, --from @TIME or --from @NUMBER")
    sides = await read_sides(ctx, texts, shapes_of(ctx.world).types)
    both = await snapshots(ctx, sides)
    with_secrets = all(side.document is None or side.document.header.has_secrets for side in sides)
    found = await asyncio.to_thread(_find, both, choice, with_secrets=with_secrets)
    if not found:
        return
    await ctx.lines([f"--- {sides[0].label}", f"+++ {sides[1].label}"])
    if ctx.wants_json:
        for one in found:
            shown = signed(one.before, one.after, _hidden(one, secrets))
            await ctx.item(one.thing.kind, one.thing.name, {**one.thing.key, **shown})
    await ctx.lines(line for one in found for line in _lines(one, secrets))
    await ctx.fail(f"{len(found)} differ", channel=Channel.DATA)


def _find(both: tuple[Snapshot, Snapshot], choice: Choice, *, with_secrets: bool) -> list[Different]:
    before, after = (Inventory(World(snapshot), secrets=with_secrets) for snapshot in both)
    return [one for one in differences(before, after) if choice.wants(*_section(one.thing))]


def _section(thing: Thing) -> tuple[str, str]:
    """The type and the name by which it is chosen; loose rows are chosen by their table."""
    return (TABLES if thing.kind == ROW else thing.kind), thing.name


def _lines(one: Different, secrets: bool) -> Iterator[str]:
    how = ": added" if one.before is None else ": removed" if one.after is None else ""
    yield f"{one.thing}{how}"
    yield from difference(one.before, one.after, _hidden(one, secrets))


def _hidden(one: Different, secrets: bool) -> Callable[[str], bool]:
    return (lambda name: False) if secrets else one.is_secret
