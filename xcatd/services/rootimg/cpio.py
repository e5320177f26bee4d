"""Archives of cpio's form `newc`, which kernels and every cpio read (Linux: driver-api/early-userspace/buffer-format).

Written here, because cpio(1) puts inode numbers of the disk into them, and its option against that is not in all releases. Extended
attributes have no place in this form.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from xcatd.errors import ServiceError

_LARGEST: Final = 0xFFFFFFFF
_BLOCK: Final = 512
_PIECE: Final = 1 << 20
_END: Final = "TRAILER!!!"


@dataclass(slots=True)
class _Numbers:
    """Numbers of files in the archive: names of one file have one number. `left`: how many of its names are still to come."""

    links: Counter[tuple[int, int]]
    left: Counter[tuple[int, int]] = field(init=False)
    _made: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.left = Counter(self.links)

    def of(self, key: tuple[int, int]) -> int:
        return self._made.setdefault(key, len(self._made) + 1)


def write_cpio(tree: Path, file: IO[bytes], step: Callable[[int], None]) -> None:
    """Write all that is in a folder, sorted; `step` gets the bytes of files as they are done. It blocks.

    Raises OSError; ServiceError for a file that is too large, or changes meanwhile.
    """
    found = [(".", os.lstat(tree)), *_all(str(tree), "")]
    numbers = _Numbers(Counter(_key(status) for _, status in found if stat.S_ISREG(status.st_mode)))
    written = sum(_entry(tree, name, status, numbers, file, step) for name, status in found)
    end = _header(_END, 0, 0, 0, 0, 1, 0, 0, 0)
    file.write(end + bytes(-(written + len(end)) % _BLOCK))


def _entry(
    tree: Path, name: str, status: os.stat_result, numbers: _Numbers, file: IO[bytes], step: Callable[[int], None]
) -> int:
    """Gives how many bytes it took. The content of a file with several names is with the last of them."""
    key, mode = _key(status), status.st_mode
    link, size, links = b"", 0, 2 if stat.S_ISDIR(mode) else 1
    if stat.S_ISLNK(mode):
        link = os.fsencode((tree / name).readlink())
        size = len(link)
    elif stat.S_ISREG(mode):
        numbers.left[key] -= 1
        links = numbers.links[key]
        size = 0 if numbers.left[key] else status.st_size
    if size > _LARGEST:
        raise ServiceError(f"/{name} has 4 GiB or more, which cpio cannot have: pack with -m squashfs or tar")
    device = status.st_rdev if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else 0
    time = min(max(int(status.st_mtime), 0), _LARGEST)
    head = _header(name, numbers.of(key), mode, status.st_uid, status.st_gid, links, time, size, device)
    file.write(head)
    if link:
        file.write(link)
    elif size:
        _content(tree / name, size, file, step)
    padding = bytes(-size % 4)
    file.write(padding)
    return len(head) + size + len(padding)


def _header(
    name: str, number: int, mode: int, uid: int, gid: int, links: int, time: int, size: int, device: int
) -> bytes:
    called = os.fsencode(name) + b"\0"
    fields = (number, mode, uid, gid, links, time, size, 0, 0, os.major(device), os.minor(device), len(called), 0)
    head = b"070701" + b"".join(b"%08X" % one for one in fields) + called
    return head + bytes(-len(head) % 4)


def _content(place: Path, size: int, file: IO[bytes], step: Callable[[int], None]) -> None:
    left = size
    with place.open("rb", buffering=0) as source:
        while left and (piece := source.read(min(left, _PIECE))):
            file.write(piece)
            left -= len(piece)
            step(len(piece))
    if left:
        raise ServiceError(f"{place.name} became smaller while it was packed: pack again when nobody changes the image")


def _all(folder: str, below: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda one: os.fsencode(one.name))
    for entry in found:
        name = f"{below}{entry.name}"
        yield name, entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False):
            yield from _all(entry.path, f"{name}/")


def _key(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
