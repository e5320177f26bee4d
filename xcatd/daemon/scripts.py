"""What nodes fetch of this program, brought to where they do each time when the daemon starts: postscripts, and itself."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from xcatd.errors import XcatError
from xcatd.services.files import read_text
from xcatd.store import Snapshot

log = logging.getLogger(__name__)


async def bring_scripts(snapshot: Snapshot, root: Path, *, is_master: bool, source: Path | None = None) -> None:
    """Bring them, if this host is to have them. What goes wrong is logged: the daemon works without. `source`: another folder than
    that of the installed program."""
    # Most starts have nothing to do.
    from xcatd.objects import world_of
    from xcatd.services.nfs.mounts import mountinfo, mounts_of
    from xcatd.services.postscripts.here import Here
    from xcatd.services.postscripts.shelf import bring, is_wanted, shipped

    source = source or shipped()
    if source is None:
        return
    folder = Here(world_of(snapshot), root=root).scripts
    try:
        mounts = mounts_of(await asyncio.to_thread(read_text, mountinfo(root)))
        if not is_wanted(folder, mounts, is_master=is_master):
            return
        done = await asyncio.to_thread(bring, source, folder)
    except XcatError as error:
        log.warning("postscripts are not brought: %s", error)
        return
    if done.written:
        log.info("postscripts brought", extra={"facts": {"folder": str(folder), "names": done.written}})
    if done.kept:
        log.info(
            "postscripts that the site has changed stay", extra={"facts": {"folder": str(folder), "names": done.kept}}
        )


async def bring_program(snapshot: Snapshot, root: Path, *, source: Path | None = None) -> None:
    """Bring what service nodes install this program from, where it was installed. What goes wrong is logged."""
    from xcatd.services.images.folders import below
    from xcatd.services.ownprogram import bring, shipped

    source = source or shipped()
    if source is None:
        return
    folder = below(root, snapshot.site("installdir", "/install")) / "xcatd"
    try:
        if await asyncio.to_thread(bring, source, folder):
            log.info("the program for service nodes is brought", extra={"facts": {"folder": str(folder)}})
    except XcatError as error:
        log.warning("the program for service nodes is not brought: %s", error)
