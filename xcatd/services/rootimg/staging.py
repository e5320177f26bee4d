"""What is packed: a second tree of an image's root file system. The root file system itself stays as it is.

Its files are further names of the same files (hard links), which takes no space and less than a second; so none of them may be
written into, only replaced. Folders are its own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.rootimg.exlist import Keeps
from xcatd.services.statelite.layout import DEFAULT
from xcatd.services.statelite.tree import is_ours

_OF_STATELITE: Final = frozenset({".default", ".statelite", ".sllocal", ".statelite.work", ".statebackup"})
"""What liteimg, and that of xCAT 2, have in an image. Images of both kinds may be made in one folder."""
_NO_LINKS: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems say that have no hard links, or no more of this file."""


@dataclass(slots=True)
class Staged:
    """What is in the tree: all that is no folder, and its bytes."""

    files: int = 0
    size: int = 0


def stage(root: Path, tree: Path, keeps: Keeps, *, stateless: bool = True) -> Staged:
    """Make the tree, which is not there yet, of what stays in the image. `stateless`: as it was before liteimg.

    It blocks. Raises OSError, ServiceError.
    """
    staged = Staged()
    tree.mkdir()
    for entry in _sorted(str(root)):
        if not (stateless and entry.name in _OF_STATELITE):
            _one(_Walk(root, keeps, stateless, staged), entry.path, f"./{entry.name}", str(tree / entry.name))
    _dress(str(root), str(tree))
    return staged


def settle(root: Path, tree: Path, began: float) -> int:
    """Give folders the times that they have in the image; what else has been made since `began` gets that of the newest file which
    was there before, for the same image has to give the same bytes. It gives this time. It blocks. Raises OSError."""
    limit, newest, late = int(began * 10**9), 0, list[str]()
    for place, status in _all(str(tree)):
        is_folder, time = stat.S_ISDIR(status.st_mode), status.st_mtime_ns
        before = _time_of(f"{root}{place.removeprefix(str(tree))}") if is_folder else None
        if before is not None:
            time = before
            os.utime(place, ns=(time, time))
        if time < limit:
            newest = max(newest, time)
        elif is_folder or status.st_nlink == 1:  # others are the image's own
            late.append(place)
    for place in late:
        os.utime(place, ns=(newest, newest), follow_symlinks=False)
    return newest // 10**9


def own_folder(tree: Path, path: str, mode: int = 0o755) -> Path:
    """A folder of the tree, made where it is missing. Raises ServiceError when there is something else on the way: a link would
    lead out of the tree."""
    place = tree
    for part in Path(path).parts:
        place /= part
        if not os.path.lexists(place):
            place.mkdir()
            place.chmod(mode)
        elif place.is_symlink() or not place.is_dir():
            raise ServiceError(f"/{place.relative_to(tree)} is no folder in the image: build it again with genimage")
    return place


@dataclass(frozen=True, slots=True)
class _Walk:
    root: Path
    keeps: Keeps
    stateless: bool
    staged: Staged


def _one(walk: _Walk, source: str, path: str, target: str) -> None:
    """A file, or a folder with what stays of it. `path`: what it is called in the image."""
    status = os.lstat(source)
    if stat.S_ISDIR(status.st_mode):
        Path(target).mkdir()
        for entry in _sorted(source):
            _one(walk, entry.path, f"{path}/{entry.name}", f"{target}/{entry.name}")
        _dress(source, target)
        if not walk.keeps(path):
            with contextlib.suppress(OSError):  # something in it stays
                Path(target).rmdir()
        return
    if stat.S_ISLNK(status.st_mode) and walk.stateless and is_ours(walk.root, path[1:]):
        _one(walk, f"{walk.root}/{DEFAULT}{path[1:]}", path, target)
    elif walk.keeps(path) and not stat.S_ISSOCK(status.st_mode):
        _share(source, target, status)
        walk.staged.files += 1
        walk.staged.size += status.st_size


def _share(source: str, target: str, status: os.stat_result) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        shutil.copy2(source, target, follow_symlinks=False)
    else:
        os.mknod(target, status.st_mode, status.st_rdev)
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(status.st_mode):
        shutil.copystat(source, target)


def _dress(source: str, target: str) -> None:
    """Owner, rights, times and extended attributes of a folder."""
    status = os.lstat(source)
    os.chown(target, status.st_uid, status.st_gid)
    shutil.copystat(source, target)


def _sorted(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda one: one.name)


def _all(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """A folder and all that is in it."""
    yield folder, os.lstat(folder)
    for entry in _sorted(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _all(entry.path)
        else:
            yield entry.path, entry.stat(follow_symlinks=False)


def _time_of(folder: str) -> int | None:
    """When a folder was changed; None: it is none."""
    try:
        status = os.lstat(folder)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else None
