"""Which synclists a node has, and what service nodes must have for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.remote.syncing.plan import Planner
from xcatd.remote.syncing.sides import STAGED, Lists, Shelf
from xcatd.services.postscripts.lists import image_of
from xcatd.store import Snapshot


def shelf_of(snapshot: Snapshot, root: Path, *, is_service_node: bool) -> Shelf:
    """Where the files are on this host, whose own are below `root`."""
    if not is_service_node:
        return Shelf(root)
    return Shelf(
        root, Path(snapshot.site("SNsyncfiledir") or STAGED), (Path(snapshot.site("installdir") or "/install"),)
    )


def lists_of(world: World, node: str) -> Sequence[Path]:
    """The synclists of a node: osimage.synclists of its image, with commas between them; none: it has none. Nodes of a statelite
    image have none of their own: liteimg brings these files into the image, and the rest of their file system is read-only.

    Raises ServiceError for a path that is not absolute.
    """
    image = image_of(world, node)
    if image is None or image["provmethod"] == "statelite":
        return ()
    names = [name.strip() for name in image["synclists"].split(",")]
    for name in filter(None, names):
        if not name.startswith("/"):
            image_name = world.value(node, "nodetype", "provmethod")
            raise ServiceError(f"osimage.synclists of {image_name} has {name}, which does not begin with /: correct it")
    return tuple(Path(name) for name in names if name)


def sources(world: World, lists: Lists, shelf: Shelf) -> Sequence[Path]:
    """All files and folders that bringing these lists needs, the lists among them, by their names on the management node: service
    nodes get them, each at its own path below SNsyncfiledir. `shelf` says where they are here.

    It blocks: call it in a thread. Raises ServiceError, which names the list and its line, for what is not right or not there.
    """
    return Planner(world, shelf).sources(lists)
