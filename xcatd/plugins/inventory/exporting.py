"""`xcat-inventory export`."""

from __future__ import annotations

import asyncio

from xcatd.api import Ctx
from xcatd.objects import World
from xcatd.plugins.inventory.choice import Choice
from xcatd.plugins.inventory.compare import Thing, flat_object
from xcatd.plugins.inventory.document import TABLES
from xcatd.plugins.inventory.export import Format, Selection, json_lines, names_of, yaml_lines
from xcatd.plugins.inventory.inventory import Inventory


async def show_inventory(ctx: Ctx, choice: Choice, style: Format, *, secrets: bool) -> None:
    """Send the file, or with --json its objects as a listing."""
    inventory = await asyncio.to_thread(lambda: Inventory(World(ctx.snapshot), secrets=secrets))
    selection = Selection(choice.objects(ctx, inventory), choice.names)
    if ctx.wants_json:
        await _list(ctx, inventory, selection)
    else:
        await ctx.lines((yaml_lines if style == "yaml" else json_lines)(inventory, selection))


async def _list(ctx: Ctx, inventory: Inventory, selection: Selection) -> None:
    for kind, names in names_of(inventory, selection):
        for name in names:
            if kind == TABLES:
                for cells in inventory.loose_cells(name):
                    await ctx.item("row", name, cells)
            else:
                await ctx.item(kind, name, flat_object(inventory, Thing(kind, name)) or {})
