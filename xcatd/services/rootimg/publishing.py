"""A packed image and its sum take the place of those that nodes fetch, together as far as a file system can do that."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.boot.kernels import PACKED

SUM: Final = ".sha256"
"""Behind the name of a packed image: the file with its sum."""
WORK: Final = ".rootimg.packing"
"""In an image's folder, while it is packed."""
_STATELESS: Final = tuple(f"rootimg.{ending}" for ending in PACKED)
_STATELITE: Final = "rootimg-statelite.gz"


@contextlib.contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """A folder for the work, on the file system of the image; it is gone at the end. Who calls this has the image for himself.

    It blocks. Raises ServiceError.
    """
    work = folder / WORK
    try:
        _remove(work)
        work.mkdir(mode=0o700)
    except OSError as error:
        raise ServiceError(f"{work} cannot be made: {(error.strerror or str(error)).lower()}") from error
    try:
        yield work
    finally:
        _remove(work)


def publish(made: Path, target: Path) -> int:
    """Let a packed image take its place; it gives its size. Both files are on the disk before, and the sum goes first: a node that
    has fetched in between finds that they differ, and fetches again. It blocks. Raises ServiceError, with the old image in use."""
    sums = made.with_name(f"{made.name}{SUM}")
    try:
        size = made.stat().st_size
        sums.write_text(sum_text(made, target.name))
        for one in (made, sums):
            one.chmod(0o644)
            _sync(one)
        sums.replace(target.with_name(f"{target.name}{SUM}"))
        made.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise ServiceError(
            f"{target} cannot be put into its place: {(error.strerror or str(error)).lower()}; the old one is in use"
        ) from error
    return size


def sum_text(file: Path, name: str) -> str:
    """The sum of a file which is called `name`, as sha256sum(1) prints it. It blocks. Raises OSError."""
    with file.open("rb") as opened:
        return f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {name}\n"


def is_packed(name: str) -> bool:
    """Whether nodes fetch a file of this name as their root file system."""
    return name in (_STATELITE, *_STATELESS)


def others_of(target: Path) -> list[Path]:
    """Packed images of other kinds in the folder, with their sums: nodeset would take the best kind. It blocks."""
    names = [name for name in _STATELESS if name != target.name]
    places = [target.with_name(f"{name}{behind}") for name in names for behind in ("", SUM)]
    return [place for place in places if os.path.lexists(place) and not place.is_dir()]


def _remove(work: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(work)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
