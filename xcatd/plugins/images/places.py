"""Files and folders that callers name."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from xcatd.api import Ctx, Denied
from xcatd.services.images.folders import below


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


def only_root(ctx: Ctx, what: str) -> None:
    """The daemon reads and writes with its own rights: some things are for root only. Raises Denied."""
    if ctx.request.caller.name != "root":
        raise Denied(f"Only root may {what}")
