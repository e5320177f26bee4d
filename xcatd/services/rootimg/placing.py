"""What was built beside takes the place of what is in use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.images.removal import remove
from xcatd.services.media.folder import reason
from xcatd.services.media.placing import refuse_mounts

_HERE: Final = -100
_EXCHANGE: Final = 2
"""renameat2(2)."""
NEW: Final = "rootimg.new"
"""The folder of a build, in the image's."""


@contextlib.contextmanager
def built_beside(folder: Path) -> Iterator[Path]:
    """An empty folder in the image's for what is built; at the end it goes, with all that is still in it. What an interrupted
    build has left goes first. Raises ServiceError."""
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    new = folder / NEW
    try:
        remove(new)
        (new / "tmp").mkdir(parents=True)
    except OSError as error:
        raise ServiceError(f"{new} cannot be made: {reason(error)}") from error
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)
        for one in made:
            with contextlib.suppress(OSError):  # something is in it
                one.rmdir()


def take_place(new: Path, folder: Path) -> None:
    """All that is in the folder of a build takes its place, the root file system first; what was there goes. Raises
    ServiceError."""
    try:
        _wait_for_disk(folder)
        root = folder / "rootimg"
        if (new / "rootimg").is_dir():
            refuse_mounts(root)
            _exchange(new / "rootimg", root)
        for path in folder.glob("initrd-*.gz"):  # one that is not made any more is for another kernel
            if not (new / path.name).exists():
                path.unlink()
        for path in sorted(one for one in new.iterdir() if one.is_file()):
            path.replace(folder / path.name)
    except OSError as error:
        raise ServiceError(f"{folder} cannot be written: {reason(error)}") from error


def _wait_for_disk(folder: Path) -> None:
    """What is written is on the disk then (syncfs(2)). Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _exchange(new: Path, old: Path) -> None:
    """Two folders change places, at once where the file system can do that. Raises OSError."""
    if not old.exists():
        new.rename(old)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _EXCHANGE):
        aside = new.with_name("rootimg.old")
        old.rename(aside)
        new.rename(old)
