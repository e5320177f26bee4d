"""Files of synclists in the root folder of an image, on this host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from xcatd.remote.rsync import Way, send_here
from xcatd.remote.syncing.plan import planned_for_image
from xcatd.remote.syncing.reading import Item
from xcatd.remote.syncing.sides import Shelf
from xcatd.remote.syncing.tree import planted

_LINKS: Final = 40
"""As many symbolic links on one way as the kernel follows (path_resolution(7))."""


async def into_folder(
    lists: Sequence[Path], folder: Path, variables: Mapping[str, str], shelf: Shelf, *, dry_run: bool = False
) -> Sequence[str]:
    """Bring what the lists name for all nodes into an image's root folder, and give the paths in the image that were changed (with
    a dry run: would be). As with xCAT lines with a noderange and all clauses are left out: they are for nodes.

    `variables`: what paths may name (services.postscripts.lists.variables_of). Links in the image lead to places in the image, as
    they will for the node. Raises ServiceError, which names the list and its line, or NodeError.
    """
    stack = ExitStack()
    try:
        tree = await asyncio.to_thread(
            lambda: stack.enter_context(planted(_inside(folder, planned_for_image(lists, variables, shelf))))
        )
        options = [option for option in tree.options if option != "--keep-dirlinks"]  # links may lead out of the image
        changes = await send_here([f"{tree.folder}/"], folder, Way(options=options, dry_run=dry_run))
    finally:
        await asyncio.to_thread(stack.close)
    return [f"/{change.path}" for change in changes if not change.is_folder or change.is_new]


def _inside(folder: Path, items: Iterable[Item]) -> Sequence[Item]:
    """The items with the links on the way to their places followed."""
    return [replace(item, destination=_followed(folder, item)) for item in items]


def _followed(folder: Path, item: Item) -> str:
    """The way to an item's place, with the image's root as the root."""
    done: list[str] = []
    waiting = [part for part in item.destination.split("/") if part][::-1]
    links = 0
    while len(waiting) > 1 or (waiting and item.here.is_dir()):
        part = waiting.pop()
        if part == "..":
            done = done[:-1]
            continue
        place = Path(folder, *done, part)
        if not place.is_symlink():
            done.append(part)
            continue
        links += 1
        if links > _LINKS:
            raise item.place.wrong(f"in the image links on the way to {item.destination} lead round in circles")
        target = str(place.readlink())
        done = [] if target.startswith("/") else done
        waiting += [each for each in target.split("/") if each not in ("", ".")][::-1]
    return "/" + "/".join((*done, *waiting))
