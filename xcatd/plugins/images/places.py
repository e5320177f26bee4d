"""Files and folders that callers name."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from xcatd.api import Ctx, Denied
from xcatd.services.images.folders import below
from xcatd.services.rootimg.turn import image_turn


def typed(ctx: Ctx, text: str) -> Path:
    """A file of this host, as typed in the caller's folder."""
    return Path(ctx.request.cwd) / text


async def resolved(ctx: Ctx, text: str) -> Path:
    """The same without links, which somebody could turn elsewhere after it was seen where they lead."""
    return Path(await asyncio.to_thread(os.path.realpath, typed(ctx, text)))


def installdir(ctx: Ctx) -> Path:
    """site.installdir, below the host's root."""
    return below(ctx.host.root, ctx.site("installdir", "/install"))


async def is_inside(ctx: Ctx, path: Path) -> bool:
    """Whether a path without links is below site.installdir, which may be a link itself."""
    return path.is_relative_to(await asyncio.to_thread(os.path.realpath, installdir(ctx)))


@contextlib.asynccontextmanager
async def alone_with(ctx: Ctx, folder: str, who: str) -> AsyncIterator[None]:
    """Nobody else builds or packs the image in this folder meanwhile; "" is none. Raises ServiceError when somebody does."""
    if not folder:
        yield
        return
    async with image_turn(ctx.host.root, folder, who):
        yield


def only_root(ctx: Ctx, what: str) -> None:
    """The daemon reads and writes with its own rights: some things are for root only. Raises Denied."""
    if ctx.request.caller.name != "root":
        raise Denied(f"Only root may {what}")
