"""`rflash`: new firmware for nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from xcatd.api import Ctx, Denied, Node, NotFound, UsageError, Where, command, opt
from xcatd.hardware import Part

TIMEOUT = 3900.0
"""Seconds; an update may take an hour by itself."""


def _changes(words: Sequence[str]) -> bool:
    return not {"-c", "--check", "-l", "--list"}.intersection(words)


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    if not (arguments["file"] or arguments["check"]):
        raise UsageError("rflash: the image is missing; write rflash noderange FILE, or -c to see what is installed")


@command("rflash", fanout=64, timeout=TIMEOUT, where=Where.CONTROLLER, changes=_changes, prepare=_check)
async def rflash(
    ctx: Ctx,
    node: Node,
    file: str = "",
    *,
    check: Annotated[bool, opt("-c", "--check", "-l", "--list", "say what firmware is installed")] = False,
    activate: Annotated[
        bool, opt("-a", "--activate", "accepted for old scripts: an image is installed and activated")
    ] = False,
) -> None:
    """Install firmware on nodes: rflash noderange FILE. Or say what is installed: rflash noderange -c

    FILE is read by the daemon that serves the node, so it must be there on service nodes too. Controllers check that the image is
    for them. Most of them restart afterwards; the node's own firmware counts from the node's next start on.
    """
    device = ctx.device(node)
    if check:
        facts = await device.inventory.facts({Part.FIRMWARE, Part.MPROM})
        await ctx.node_lines((node.name, fact.name, fact.value) for fact in facts)
        return
    firmware, image = device.firmware, await asyncio.to_thread(_image, ctx, file)

    async def tell(text: str) -> None:
        await ctx.say(text, node=node.name)

    await firmware.update_firmware(image, tell)
    await ctx.say("Firmware update complete.", node=node.name)


def _image(ctx: Ctx, file: str) -> Path:
    if ctx.request.caller.name != "root":
        raise Denied("only root may name a file that the daemon reads")
    path = Path(ctx.request.cwd) / file
    if not path.is_file():
        raise NotFound(
            f"there is no file {path} on {ctx.host.name}: the daemon that serves the node must be able to read it"
        )
    return path
