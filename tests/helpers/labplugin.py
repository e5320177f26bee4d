"""Commands for tests: a site's plugin file, which tests copy into ROOT/etc/xcat/plugins."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xcatd.api import Channel, Ctx, Node, Where, command
from xcatd.model import Raw, Size, Typed


@command("labwork", timeout=60, changes=True, reads=("look",), fanout=64)
async def labwork(ctx: Ctx, node: Node, folder: str, how: str = "") -> str:
    """Work on nodes until the file FOLDER/NODE.go is there. FOLDER/journal tells who did what: `sn1 a1 began`."""
    place = Path(folder)
    _note(ctx, node, place, "began")
    try:
        while not (place / f"{node}.go").exists():  # noqa: ASYNC110 - a file is what a test can give
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        _note(ctx, node, place, "cancelled")
        raise
    _note(ctx, node, place, "ended")
    return "done"


def _note(ctx: Ctx, node: Node, place: Path, what: str) -> None:
    with (place / "journal").open("a", encoding="utf-8") as journal:
        journal.write(f"{ctx.host.name} {node} {what}\n")


@command("labtalk", timeout=30)
async def labtalk(ctx: Ctx, node: Node, lines: int, length: int) -> None:
    """Say many lines without a pause."""
    for number in range(lines):
        await ctx.say(f"{number} ".ljust(length, "x"), node=node.name)


@command("labhurry", timeout=1)
async def labhurry(ctx: Ctx, node: Node, lines: int, length: int) -> None:
    """The same, with little time."""
    await labtalk(ctx, node, lines, length)


@command("labpause", where=Where.LOCAL)
async def labpause(ctx: Ctx, count: int) -> str:
    """The longest time, in milliseconds, that the loop took to come back to somebody who asks for its turn."""
    loop = asyncio.get_running_loop()
    longest = 0.0
    for _ in range(count):
        before = loop.time()
        await asyncio.sleep(0.005)
        longest = max(longest, loop.time() - before - 0.005)
    return f"{longest * 1000:.0f}"


@command("labread", where=Where.LOCAL)
async def labread(ctx: Ctx) -> str:
    """How many characters the standard input has."""
    return str(len(await ctx.stdin()))


@command("labfault")
async def labfault(ctx: Ctx) -> None:
    """Fail as a plugin with a bug does."""
    await ctx.say("about to fail", channel=Channel.INFO)
    raise ZeroDivisionError("this plugin has a bug")


@command("labkeys", timeout=600, interactive=True)
async def labkeys(ctx: Ctx, node: Node) -> str:
    """Show keys as they are typed: `q` ends, `z` stops the program at the terminal, `!` needs no terminal."""
    await ctx.send(Raw(f"{ctx.host.name} listens\r\n".encode()))
    while (key := await ctx.terminal.key()) is not None:
        if isinstance(key, Size):
            await ctx.send(Raw(f"<{key.rows}x{key.columns}>".encode()))
            continue
        await ctx.send(Raw(key.octets))
        if key == Typed(b"z"):
            ctx.terminal.suspend()
        if key.octets.endswith(b"q"):
            return "bye"
    return "nobody types"
