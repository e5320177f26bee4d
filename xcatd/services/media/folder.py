"""A medium that is mounted, or whose files were copied into a folder. Files that nobody but root may change are shared with it
where both are on one file system; others share their blocks where the file system can do that (reflink), else are copied."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.media.source import CLUE_SIZE, Contents, Progress
from xcatd.services.media.working import Gauge, work

_FICLONE = 0x40049409
"""ioctl_ficlone(2)."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with all that is below it."""

    path: Path

    async def contents(self) -> Contents:
        try:
            return await asyncio.to_thread(look, self.path)
        except OSError as error:
            raise _unreadable(self.path, error) from error

    async def read(self, name: str) -> str:
        def beginning() -> bytes:
            with (self.path / name).open("rb") as file:
                return file.read(CLUE_SIZE)

        try:
            return (await asyncio.to_thread(beginning)).decode(errors="replace")
        except OSError as error:
            raise _unreadable(self.path / name, error) from error

    async def unpack(self, contents: Contents, folder: Path, progress: Progress) -> None:
        def copy(gauge: Gauge) -> None:
            for place in walk(self.path):
                _copy_one(place, folder / place.relative_to(self.path), gauge)

        try:
            await work(copy, contents.size, progress)
        except OSError as error:
            raise ServiceError(f"{self.path} cannot be copied to {folder.parent}: {reason(error)}") from error


def walk(folder: Path) -> Iterator[Path]:
    """All that is below a folder, each folder before what is in it; links are not followed. It blocks. Raises OSError."""
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_folder in found:
        yield folder / name
        if is_folder:
            yield from walk(folder / name)


def look(folder: Path) -> Contents:
    """What is below a folder. It blocks. Raises OSError."""
    files: dict[str, int | None] = {}
    names: list[str] = []
    for place in walk(folder):
        name, status = str(place.relative_to(folder)), place.lstat()
        names.append(name)
        if stat.S_ISREG(status.st_mode):
            files[name] = status.st_size
    return Contents(files, names)


def reason(error: OSError) -> str:
    """Why the system refused, in its words."""
    return (error.strerror or str(error)).lower()


def _copy_one(source: Path, target: Path, gauge: Gauge) -> None:
    """A folder, a link or a file; sockets and the like are left out."""
    status = source.lstat()
    if stat.S_ISDIR(status.st_mode):
        target.mkdir()
    elif stat.S_ISLNK(status.st_mode):
        target.symlink_to(source.readlink())
    elif stat.S_ISREG(status.st_mode):
        if not (_is_safe_to_share(status) and _linked(source, target)):
            _copy_file(source, target, gauge)
        else:
            gauge.step(status.st_size)


def _is_safe_to_share(status: os.stat_result) -> bool:
    """Whether nobody but root may change the file, and everybody may read it, as a server of files must."""
    return status.st_uid == 0 and status.st_mode & 0o7022 == 0 and status.st_mode & 0o444 == 0o444


def _linked(source: Path, target: Path) -> bool:
    """Whether the file has a second name now; the file systems differ, or cannot do it."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EROFS):
            return False
        raise
    return True


def _copy_file(source: Path, target: Path, gauge: Gauge) -> None:
    with source.open("rb") as old, target.open("xb") as new:
        if _shares_blocks(old.fileno(), new.fileno()):
            gauge.step(os.fstat(old.fileno()).st_size)
        else:
            while piece := old.read(_PIECE):
                new.write(piece)
                gauge.step(len(piece))
    shutil.copystat(source, target)


def _shares_blocks(old: int, new: int) -> bool:
    """Whether the new file has the old one's blocks now: few file systems can do that."""
    try:
        fcntl.ioctl(new, _FICLONE, old)
    except OSError:
        return False
    return True


def _unreadable(path: Path, error: OSError) -> ServiceError:
    return ServiceError(f"{path} cannot be read: {reason(error)}")
