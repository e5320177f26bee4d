"""The log of one console, open for writing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

from xcatd.consoles.log import index
from xcatd.consoles.log.backlog import Mark
from xcatd.consoles.log.index import Entry
from xcatd.consoles.log.places import FILE_MODE, Places, make_folder, old_name

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_TAIL = 1 << 14
"""Bytes at the end of the times in which a whole line is looked for."""
_UNSAVED = 1 << 16
"""Bytes of times that wait for room at the most. Without them, a byte counts as come when the next one did whose time is known."""


class Appending:
    """`first`: the file begins with this byte of all that the console has said; `size`: bytes in it; `began`: when the first of
    them came, ms. Every method raises OSError."""

    __slots__ = ("_file", "_identity", "_node", "_places", "_unsaved", "began", "first", "size")

    def __init__(self, places: Places, node: str, now: int, after: int = 0) -> None:
        """Open or make it at `now`, ms. It begins behind byte `after` at the least, if it begins anew."""
        self._places = places
        self._node = node
        self._unsaved = bytearray()
        places.data(node)
        self._file = self._open()
        try:
            found = os.fstat(self._file)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "It is no regular file")
            self._identity = (found.st_ino, found.st_dev)
            self.size = found.st_size
            self.first, self.began = self._times(now, int(found.st_mtime * 1000), after)
        except OSError:
            os.close(self._file)
            raise

    @property
    def due(self) -> bool:
        """Whether times wait to be written."""
        return bool(self._unsaved)

    @property
    def end(self) -> int:
        """How much the console has said in all."""
        return self.first + self.size

    def is_in_place(self, now: int) -> bool:
        """Whether this is still the file that has the name, and nobody has cut it."""
        try:
            found = os.stat(self._places.data(self._node))  # noqa: PTH116 - thousands of times a second
        except FileNotFoundError:
            return False
        if (found.st_ino, found.st_dev) != self._identity or found.st_size < self.size:
            self._unsaved.clear()
            return False
        if found.st_size > self.size:  # another daemon wrote, which hands over to this one
            self.size = found.st_size
            self._remember(Entry(self.size, now))
        return True

    def append(self, octets: bytes) -> int:
        """Write some; gives how many bytes are there now."""
        written = os.write(self._file, octets)
        self.size += written
        return written

    def mark(self, marks: Sequence[Mark], written: int) -> None:
        """When the last `written` bytes came."""
        place = self.size - written
        for mark in marks:
            place += mark.count
            self._remember(Entry(place, mark.ms, mark.text))

    def _remember(self, entry: Entry) -> None:
        if len(self._unsaved) > _UNSAVED:
            del self._unsaved[: self._unsaved.find(b"\n") + 1]
        self._unsaved += index.line(entry)

    def save_times(self) -> None:
        """Write the times that wait."""
        if not self._unsaved:
            return
        path = self._places.times(self._node)
        try:
            file = os.open(path, _FLAGS & ~os.O_CREAT)
        except FileNotFoundError:
            self._new_times(self.first)
            file = os.open(path, _FLAGS & ~os.O_CREAT)
        try:
            while self._unsaved:
                del self._unsaved[: os.write(file, self._unsaved)]
        finally:
            os.close(file)

    def rotate(self) -> None:
        """Put the file aside, with its times. The log begins anew when it is opened next."""
        self.save_times()
        folder = self._places.old(self._node)
        make_folder(folder.parent)
        make_folder(folder)
        name = old_name(self.first, self.end)
        self._places.data(self._node).rename(folder / name)
        self._places.times(self._node).rename(folder / f"{name}.times")

    def close(self) -> None:
        os.close(self._file)

    def _open(self) -> int:
        path = self._places.data(self._node)
        try:
            file = os.open(path, _FLAGS, FILE_MODE)
        except FileNotFoundError:
            self._places.make()
            file = os.open(path, _FLAGS, FILE_MODE)
        if os.fstat(file).st_size == 0:
            os.fchmod(file, FILE_MODE)  # whatever the daemon's umask is
        return file

    def _times(self, now: int, changed: int, after: int) -> tuple[int, int]:
        """Have times that belong to the file. Gives its first byte, and when that came."""
        head, tail = self._ends_of_times()
        first = index.first_of(head)
        known = index.last(tail)
        end = known.offset if known else 0
        if first is None:
            first = max(after, self._end_of_old())
        elif end > self.size or first + self.size < after:  # the file was moved away, or cut
            self._put_aside(first)
            first = max(after, first + end, self._end_of_old())
        else:
            if self.size > end:  # nobody knows when these came: not after this
                self._remember(Entry(self.size, changed))
            if not tail.endswith(b"\n"):
                self._unsaved[:0] = b"\n"
            entry = next((entry for entry, _ in index.entries(head) if entry), None)
            return first, entry.ms if entry else now
        self._new_times(first)
        if self.size:
            self._remember(Entry(self.size, changed))
        return first, changed if self.size else now

    def _ends_of_times(self) -> tuple[bytes, bytes]:
        try:
            with self._places.times(self._node).open("rb") as file:
                head = file.read(256)
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                return head, file.read()
        except FileNotFoundError:
            return b"", b""

    def _end_of_old(self) -> int:
        parts = self._places.old_parts(self._node)
        return parts[-1].end if parts else 0

    def _put_aside(self, first: int) -> None:
        """The times of a file that is gone: they belong to one that was rotated when the daemon was killed, or to none."""
        times = self._places.times(self._node)
        part = next((part for part in self._places.old_parts(self._node) if part.first == first), None)
        if part is not None and not part.times.exists():
            times.rename(part.path.with_name(f"{old_name(part.first, part.end)}.times"))
        else:
            times.unlink(missing_ok=True)

    def _new_times(self, first: int) -> None:
        """Another file, so that readers see that all is new."""
        path = self._places.times(self._node)
        make_folder(path.parent)
        fresh = path.with_name(f".{path.name}")
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, _FLAGS | os.O_EXCL, FILE_MODE)
        try:
            os.fchmod(file, FILE_MODE)
            os.write(file, index.header(first))
        finally:
            os.close(file)
        fresh.rename(path)
