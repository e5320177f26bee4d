"""The task `packimage`: an image is staged, gets what only the packed one has, and becomes a file in the old one's place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.media.placing import mounts_below
from xcatd.services.rootimg.archive import Archive
from xcatd.services.rootimg.dressing import dress, zone_patterns
from xcatd.services.rootimg.exlist import Keeps, keeper
from xcatd.services.rootimg.packing import pack
from xcatd.services.rootimg.packspec import PackSpec, pack_spec
from xcatd.services.rootimg.publishing import SUM, others_of, publish, workshop
from xcatd.services.rootimg.saying import Say
from xcatd.services.rootimg.staging import settle, stage
from xcatd.services.rootimg.steps import Steps


def packimage(told: Mapping[str, object], say: Say) -> None:
    """Raises ServiceError, with the old packed image in use."""
    spec = pack_spec(told)
    folder = Path(spec.folder)
    root = folder / "rootimg"
    if mounted := mounts_below(root):
        raise ServiceError(f"{mounted[0]} is mounted in the image: umount {mounted[0]}, then pack it again")
    with workshop(folder) as work:
        try:
            _pack(spec, root, work, say)
        except OSError as error:
            place = error.filename or work
            raise ServiceError(f"{place}: {(error.strerror or str(error)).lower()}; {root} was not packed") from error


def _pack(spec: PackSpec, root: Path, work: Path, say: Say) -> None:
    began, tree = work.stat().st_mtime, work / "tree"  # the file system's clock
    archive = Archive(spec.method, spec.compress)
    keeps = keeper(spec.left_out, (*spec.kept, *zone_patterns(root, spec.timezone)))
    staged = stage(root, tree, keeps)
    dress(tree, spec, say)
    if spec.synclists:
        _sync(spec, tree, keeps, say)
    moment = settle(root, tree, began)
    made, target = work / "packed", work.parent / f"rootimg.{archive.ending}"
    pack(tree, made, archive, staged.size, moment, Steps(say).reached)
    size = publish(made, target)
    _clear(target, say)
    say(f"{target}: {_mib(size)}, of {_mib(staged.size)} in {staged.files} files")


def _clear(target: Path, say: Say) -> None:
    """Packed images of other kinds go: nodeset would take the best kind, which is not the newest."""
    for other in others_of(target):
        other.unlink()
        if other.suffix != SUM:
            say(f"{other} is gone; nodes that boot it need the new name: nodeset NODES enact")


def _sync(spec: PackSpec, tree: Path, keeps: Keeps, say: Say) -> None:
    """Files of the synclists; those that the exlist leaves out go again."""
    from xcatd.remote.syncing.image import into_folder  # most images have none, and it takes a while to load
    from xcatd.remote.syncing.sides import Shelf

    lists = [Path(name) for name in spec.synclists]
    brought = asyncio.run(into_folder(lists, tree, spec.variables, Shelf(Path(spec.host_root)), apart=True))
    for path in brought:
        if not keeps(f".{path}"):
            _remove(tree, Path(path[1:]), keeps)
    say(f"Files of synclists: {len(brought)}")


def _remove(tree: Path, path: Path, keeps: Keeps) -> None:
    """With the folders that are empty then."""
    if not (tree / path).is_dir():
        (tree / path).unlink()
        path = path.parent
    with contextlib.suppress(OSError):  # something in it stays
        while path.parts and not keeps(f"./{path}"):
            (tree / path).rmdir()
            path = path.parent


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
