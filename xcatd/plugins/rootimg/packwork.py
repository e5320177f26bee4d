"""What packimage and liteimg have in common: the lists that came with the program, and a task that says how far it is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from xcatd.api import Channel, Ctx
from xcatd.services.rootimg.running import run_task
from xcatd.services.rootimg.steps import step_of

SHIPPED: Final = tuple(base / "share" for base in (Path(sys.prefix).parent.parent, Path(__file__).parents[3]))
"""Folders of the program with lists, which are below no root."""


async def pack(ctx: Ctx, task: str, given: Mapping[str, object]) -> None:
    """Have a task done; what it says goes to the caller. Raises ServiceError."""

    async def hear(line: str) -> None:
        step = step_of(line)
        if step is None:
            await ctx.say(line, channel=Channel.INFO)
        else:
            await ctx.progress(*step)

    await run_task(task, given, hear)


async def warn_of_no_login(ctx: Ctx) -> None:
    """Of an image without any way in."""
    await ctx.warn(
        "root has neither a password (table passwd, key system) nor keys of the site: nobody can log in on nodes"
    )
