"""Files and folders that callers name."""

from __future__ import annotations

from pathlib import Path

from xcatd.api import Ctx, Denied
from xcatd.services.images.folders import below

FOREVER = 10 * 365 * 86400.0
"""Seconds: these commands take as long as disks and media do."""


def typed(ctx: Ctx, text: str) -> Path:
    """A file of this host, as typed in the caller's folder."""
    return Path(ctx.request.cwd) / text


def installdir(ctx: Ctx) -> Path:
    """site.installdir, below the host's root."""
    return below(ctx.host.root, ctx.site("installdir", "/install"))


def only_root(ctx: Ctx, what: str) -> None:
    """The daemon reads and writes with its own rights: some things are for root only. Raises Denied."""
    if ctx.request.caller.name != "root":
        raise Denied(f"Only root may {what}")
