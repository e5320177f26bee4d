"""Commands that say much, for tests: a site's plugin file, which tests copy into ROOT/etc/xcat/plugins."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xcatd.api import Ctx, NotFound, command
from xcatd.model import Progress


@command("labflood", timeout=60)
async def labflood(ctx: Ctx, lines: int, file: str) -> None:
    """Say many lines, and note in FILE how it ended."""
    try:
        await ctx.lines(f"{number} ".ljust(99, "x") for number in range(lines))
    except asyncio.CancelledError:
        Path(file).write_text("cancelled", encoding="utf-8")
        raise
    Path(file).write_text("all was said", encoding="utf-8")


@command("labnodes", timeout=60)
async def labnodes(ctx: Ctx, lines: int) -> None:
    """Say lines about nodes: a name, a name with a text, both with a label."""
    shapes = ((None, None), (None, "on"), ("power", "off"), ("<&>", "€"))
    await ctx.node_lines((f"n{number}", *shapes[number % 4]) for number in range(lines))


@command("labchange")
async def labchange(ctx: Ctx) -> str:
    """Say how far it is, without waiting until that is worth a word."""
    if ctx.request.progress:
        await ctx.send(Progress(1, 4))
    await ctx.progress(2, 4)
    return "changed"


@command("labjson", lists=True)
async def labjson(ctx: Ctx, count: int, end: str = "") -> str:
    """List things, and perhaps fail at the end."""
    for number in range(count):
        if ctx.wants_json:
            await ctx.item("node", f"n{number}", {"usercomment": 'ü"\n<&>', "mgt": "ipmi"})
    await ctx.say("a word beside the listing")
    await ctx.warn("looks odd")
    match end:
        case "fail":
            await ctx.fail("did not succeed", code=4)
        case "raise":
            raise NotFound("there is no such thing")
        case "fault":
            raise ZeroDivisionError("a bug")
    return "done"
