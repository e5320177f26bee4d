"""A small file in each folder that servers give out: who reads it from a server knows that it serves this folder.

Folders that come by NFS are left to those who have them: whoever looks into one waits as long as its server is away.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path, PurePath

from xcatd.errors import ServiceError
from xcatd.services.files import read_text, replace_text
from xcatd.services.fileservice import Read
from xcatd.services.nfs.mounts import mount_of, mountinfo, mounts_of
from xcatd.services.place import Place

NAME = "served-by-xcatd"
TEXT = "xcatd reads this file from the servers of this host, to see whether they serve this folder.\n"
_ROOT = PurePath("/")
"""A host whose root comes by NFS waits for it in any case."""


async def sample_in(place: Place, folder: Path) -> str:
    """The text of the file, which is put there first; "" where it cannot be: what this daemon may only read is served as well."""
    return await asyncio.to_thread(_sample, place, folder)


def own_folders(place: Place, folders: Sequence[Path], now: Read) -> Sequence[Path]:
    """Those that are not another host's."""
    mounts = mounts_of(now(mountinfo(place.root)))
    found = ((folder, mount_of(mounts, folder)) for folder in folders)
    return [folder for folder, mount in found if mount is None or not mount.is_nfs or mount.point == _ROOT]


def _sample(place: Place, folder: Path) -> str:
    if not own_folders(place, [folder], read_text):
        return ""
    if folder.is_dir():
        with contextlib.suppress(ServiceError):
            replace_text(folder / NAME, TEXT)
    return read_text(folder / NAME)
