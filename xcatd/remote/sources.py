"""What is copied, as it is on this host's disk: found once, checked, and the same for every node."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import Denied, NotFound, UsageError, XcatError

_DEEPEST = 64
"""Folders in folders: a link that leads upwards has no end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`path`: here. `name`: below the destination, "" for the source itself. `mode`: rights, without the kind. `times`: of the last
    access and change, seconds."""

    path: Path
    name: str
    is_folder: bool
    mode: int
    times: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a folder with all that is in it, folders before what is in them."""

    path: Path
    entries: Sequence[Entry]

    @property
    def is_folder(self) -> bool:
        return self.entries[0].is_folder


def find_source(path: Path, *, recursive: bool, everybody: bool = False) -> Source:
    """What is at this absolute path; symbolic links are followed. It blocks: call it in a thread.

    `everybody`: only what each account of this host may read counts, and what none but root can replace meanwhile. Raises NotFound,
    UsageError (a folder without `recursive`, a device) or Denied.
    """
    try:
        if everybody:
            _check_way(path)
        return Source(path, tuple(_entries(path, "", recursive, everybody, 0)))
    except OSError as error:
        raise NotFound(f"{error.filename or path} cannot be read: {(error.strerror or str(error)).lower()}") from None


def _entries(path: Path, name: str, recursive: bool, everybody: bool, depth: int) -> Iterator[Entry]:
    there = path.stat()
    is_folder = stat.S_ISDIR(there.st_mode)
    if not (is_folder or stat.S_ISREG(there.st_mode)):
        raise UsageError(f"{path} is neither a file nor a folder, so it is not copied")
    if is_folder and not recursive:
        raise UsageError(f"{path} is a folder: say -R to copy it with all that is in it")
    if everybody and (path.is_symlink() or not _all_may(there, is_folder)):
        raise _denied(path)
    yield Entry(path, name, is_folder, stat.S_IMODE(there.st_mode), (there.st_atime, there.st_mtime))
    if not is_folder:
        return
    if depth > _DEEPEST:
        raise UsageError(f"{path} is too deep: a symbolic link below the folder leads back")
    for child in sorted(path.iterdir()):
        below = f"{name}/{child.name}" if name else child.name
        yield from _entries(child, below, recursive, everybody, depth + 1)


def _check_way(path: Path) -> None:
    """Raises Denied when somebody else than root could put another file into its place."""
    real = path.resolve(strict=True)
    if real != path:
        raise Denied(f"{path} leads through a symbolic link: name {real}")
    if not all(folder.stat().st_mode & stat.S_IXOTH and _is_roots(folder.stat()) for folder in path.parents):
        raise _denied(path)


def _all_may(there: os.stat_result, is_folder: bool) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH if is_folder else stat.S_IROTH
    return there.st_mode & wanted == wanted and _is_roots(there)


def _is_roots(there: os.stat_result) -> bool:
    """Whether only root changes it; in a folder with the sticky bit nobody replaces what is root's."""
    is_open = there.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not there.st_mode & stat.S_ISVTX
    return there.st_uid == 0 and not is_open


def _denied(path: Path) -> XcatError:
    return Denied(
        f"{path} is not copied for you: it is not readable for everybody, or others than root may change it or its folder; use "
        "pscp, which copies with your own rights"
    )
