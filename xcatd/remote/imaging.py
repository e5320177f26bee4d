"""Files into the root folder of an image, on this host. Links in the image lead to places in it, as they will for a node."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from xcatd.errors import NodeError
from xcatd.remote.rsync import Change, Way, send_here
from xcatd.remote.sources import Source

_LINKS = 40
"""As many symbolic links on one way as the kernel follows (path_resolution(7))."""


async def copy_into(root: Path, sources: Sequence[Source], target: str, *, preserve: bool = False) -> Sequence[Change]:
    """Copy to `target` in the image: into it when it is a folder there, else one source under that name.

    Raises NodeError: the target is not there, or rsync fails.
    """
    place = await asyncio.to_thread(within, root, target)
    if not await asyncio.to_thread(place.is_dir):
        if len(sources) > 1 or target.endswith("/"):
            raise NodeError(f"{target} is no folder in {root}: make it")
        if not await asyncio.to_thread(place.parent.is_dir):
            raise NodeError(f"the folder of {target} is not in {root}: make it, or correct the path")
    paths: list[Path | str] = [source.path for source in sources]
    if sources[0].is_folder and not await asyncio.to_thread(place.is_dir):
        paths = [f"{sources[0].path}/"]  # it gets the new name, as with scp
    kept = ("--perms",) if preserve else ()
    return await send_here(paths, place, Way(("--copy-links", "--times", "--recursive", *kept)))


def within(root: Path, path: str) -> Path:
    """Where a path of the image is, with `root` as the root. What is behind a place that is not there stays as it is. It blocks.

    Raises NodeError for links that lead round in circles.
    """
    done: list[str] = []
    waiting = [part for part in path.split("/") if part not in ("", ".")][::-1]
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            done = done[:-1]
            continue
        place = root.joinpath(*done, part)
        if not place.is_symlink():
            done.append(part)
            continue
        links += 1
        if links > _LINKS:
            raise NodeError(f"the links on the way to {path} in {root} lead round in circles: mend the image")
        aim = str(place.readlink())
        done = [] if aim.startswith("/") else done
        waiting += [each for each in aim.split("/") if each not in ("", ".")][::-1]
    return root.joinpath(*done)
