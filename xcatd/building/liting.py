"""The task `liteimg`: a root file system is furnished, prepared for statelite, and packed where nodes have it in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.remote.syncing.image import into_folder
from xcatd.remote.syncing.sides import Shelf
from xcatd.services.media.placing import mounts_below
from xcatd.services.rootimg.archive import Archive
from xcatd.services.rootimg.dressing import dress, zone_patterns
from xcatd.services.rootimg.exlist import keeper
from xcatd.services.rootimg.firstboot import furnish
from xcatd.services.rootimg.packing import pack
from xcatd.services.rootimg.packspec import PackSpec, pack_spec
from xcatd.services.rootimg.publishing import publish, workshop
from xcatd.services.rootimg.saying import Say
from xcatd.services.rootimg.staging import settle, stage
from xcatd.services.rootimg.steps import Steps
from xcatd.services.statelite.layout import PACKED, LiteSpec
from xcatd.services.statelite.preparing import prepare


def liteimg(told: Mapping[str, object], say: Say) -> None:
    """Raises ServiceError, with the root file system and the packed image as they were."""
    lite, packs = told["lite"], told["pack"]
    assert isinstance(lite, dict) and isinstance(packs, dict)
    spec, packing = LiteSpec.from_json(lite), pack_spec(packs)
    root = Path(spec.folder) / "rootimg"
    mounted = [point for point in mounts_below(root) if point != root.resolve()]
    if mounted:
        raise ServiceError(f"{mounted[0]} is mounted in the image: umount {mounted[0]}, then try again")
    prepare(spec, say, partial(_furnish, spec, packing, say))
    say(f"Modifying {root} done.")
    if told["in_memory"]:
        _pack(packing, root, say)


def _furnish(spec: LiteSpec, packing: PackSpec, say: Say, root: Path) -> None:
    """Nodes have this folder itself as their root, or a copy of all of it: what packimage puts into packed images gets into it."""
    furnish(root, spec.image, spec.installdir, spec.tftpdir, say)
    dress(root, packing, say)
    if packing.synclists:
        lists = [Path(name) for name in packing.synclists]
        shelf = Shelf(Path(packing.host_root))
        brought = asyncio.run(into_folder(lists, root, packing.variables, shelf, apart=True))
        say(f"Files of synclists: {len(brought)}")


def _pack(spec: PackSpec, root: Path, say: Say) -> None:
    archive = Archive(spec.method, spec.compress)
    keeps = keeper(spec.left_out, (*spec.kept, *zone_patterns(root, spec.timezone)))
    say(f"Packing contents of {root} ...")
    with workshop(root.parent) as work:
        try:
            began, tree, made = work.stat().st_mtime, work / "tree", work / "packed"
            staged = stage(root, tree, keeps, stateless=False)
            moment = settle(root, tree, began)
            pack(tree, made, archive, staged.size, moment, Steps(say).reached)
            size = publish(made, root.with_name(PACKED))
        except OSError as error:
            place = error.filename or work
            raise ServiceError(f"{place}: {(error.strerror or str(error)).lower()}; {root} was not packed") from error
    say(f"{root.with_name(PACKED)}: {size / (1 << 20):.1f} MiB, of {staged.size / (1 << 20):.1f} MiB")
