"""The parts of a console's log, as they are on the disk now, for reading."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from xcatd.consoles.log import index
from xcatd.consoles.log.places import Places

_BLOCK = 1 << 16
_HEAD = 256
"""Bytes in which the first line of the times is, and the second."""
UNKNOWN = -1
"""There are no times that say where the part begins."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` up to `end` of what the console has said; `end` None: the part that grows."""

    first: int
    end: int | None
    data: Path
    times: Path
    identity: tuple[int, ...] = ()
    """Of the part that grows: the number and the device of its file, and with which byte it begins as its times say."""

    def all_times(self) -> bytes:
        """Raises OSError other than that there are none."""
        try:
            return _unpacked(self.times)
        except FileNotFoundError:
            return b""

    def began(self) -> int | None:
        """When the first of it came, ms; None: nobody knows."""
        try:
            with open_file(self.times) as file:
                head = file.read(_HEAD)
        except FileNotFoundError:
            return None
        return next((entry.ms for entry, _ in index.entries(head) if entry), None)

    def length(self) -> int:
        """Its bytes. Raises OSError."""
        return self.data.stat().st_size if self.end is None else self.end - self.first

    def blocks_from_the_end(self) -> Iterator[tuple[int, bytes]]:
        """Its bytes, the last ones first, and where each block begins in the part. Raises OSError."""
        if self.data.suffix == ".gz":
            yield 0, _unpacked(self.data)
            return
        with self.data.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            while end:
                start = max(0, end - _BLOCK)
                file.seek(start)
                yield start, file.read(end - start)
                end = start


def open_file(path: Path) -> IO[bytes]:
    """To be read from any place, compressed or not. Raises OSError."""
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _unpacked(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read()


def parts(places: Places, node: str) -> Sequence[Part]:
    """The oldest first. Raises ServiceError for a name that cannot be a file's, OSError when they cannot be read."""
    grows = growing(places, node)  # looked at first: if it is put aside meanwhile, it is among the others
    old = [Part(each.first, each.end, each.path, each.times) for each in places.old_parts(node)]
    if grows is None or (old and old[-1].first >= grows.first > 0):
        return old
    return [*old, grows]


def growing(places: Places, node: str) -> Part | None:
    """The part that grows, if there is one."""
    data, times = places.data(node), places.times(node)
    found = _sizes(data, times)
    if found is None:
        return None
    first = found.identity[2]
    if first == UNKNOWN:
        old = places.old_parts(node)
        first = old[-1].end if old else 0
    return Part(first, None, data, times, found.identity)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the files are that have the names of a part now, and which ones these are."""

    identity: tuple[int, ...]
    data: int
    times: int


def sizes(part: Part) -> Sizes | None:
    """None: there is none any more."""
    return _sizes(part.data, part.times)


def _sizes(data: Path, times: Path) -> Sizes | None:
    try:
        found = data.stat()
    except FileNotFoundError:
        return None
    try:
        with times.open("rb") as file:
            return Sizes((found.st_ino, found.st_dev, first_in(file)), found.st_size, os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        return Sizes((found.st_ino, found.st_dev, UNKNOWN), found.st_size, 0)


def first_in(times: IO[bytes]) -> int:
    """With which byte the part begins whose times these are. (The number of a file is not enough to know it again: the next file
    may get the number of one that was removed.)"""
    first = index.first_of(times.read(_HEAD))
    return UNKNOWN if first is None else first
