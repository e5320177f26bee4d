"""Files of synclists in the root folder of an image, on this host."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath

from xcatd.errors import NodeError
from xcatd.remote.imaging import within
from xcatd.remote.rsync import Way, send_here
from xcatd.remote.syncing.plan import planned_for_image
from xcatd.remote.syncing.reading import Item
from xcatd.remote.syncing.sides import Shelf
from xcatd.remote.syncing.tree import planted


async def into_folder(
    lists: Sequence[Path],
    folder: Path,
    variables: Mapping[str, str],
    shelf: Shelf,
    *,
    dry_run: bool = False,
    apart: bool = False,
) -> Sequence[str]:
    """Bring what the lists name for all nodes into an image's root folder, and give the paths in the image that were changed (with
    a dry run: would be). As with xCAT lines with a noderange and all clauses are left out: they are for nodes.

    `variables`: what paths may name (services.postscripts.lists.variables_of). `apart`: each file gets there anew, and none that is
    there is written into, because another folder has it too (hard links). Links in the image lead to places in the image, as they
    will for the node. Raises ServiceError, which names the list and its line, or NodeError.
    """
    stack = ExitStack()
    try:
        tree = await asyncio.to_thread(
            lambda: stack.enter_context(planted(_inside(folder, planned_for_image(lists, variables, shelf))))
        )
        options = [option for option in tree.options if option != "--keep-dirlinks"]  # links may lead out of the image
        options += ["--ignore-times"] if apart else []
        changes = await send_here([f"{tree.folder}/"], folder, Way(options=options, dry_run=dry_run))
    finally:
        await asyncio.to_thread(stack.close)
    return [f"/{change.path}" for change in changes if not change.is_folder or change.is_new]


def _inside(folder: Path, items: Iterable[Item]) -> Sequence[Item]:
    """The items with the links on the way to their places followed."""
    return [replace(item, destination=_followed(folder, item)) for item in items]


def _followed(folder: Path, item: Item) -> str:
    """The way to an item's place, with the image's root as the root; a file takes the place of a link."""
    path = PurePosixPath(item.destination)
    is_folder = item.here.is_dir()
    try:
        place = within(folder, str(path if is_folder else path.parent))
    except NodeError as error:
        raise item.place.wrong(str(error)) from None
    return str(PurePosixPath("/", place.relative_to(folder), "" if is_folder else path.name))
