"""One file of a spool: records that are durable when they are written, and taken from the front."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from xcatd.model import Origin
from xcatd.store.changes import Change, Once
from xcatd.store.packing import Unpacked, items
from xcatd.store.records import content_of, record

log = logging.getLogger(__name__)

SUFFIX = ".spool"
_NEW = ".making"
_MAKING = 600.0
"""Seconds in which a file is surely made."""
SLACK = 1 << 20
"""Bytes of records that are done and still in the file, at least, before it is written anew without them."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A write that waits."""

    changes: Sequence[Change]
    author: Origin
    once: Once


def line_of(changes: Sequence[Change], author: Origin, serial: int) -> bytes:
    """A write as it stands in the file."""
    return record({"serial": serial, "author": asdict(author), "changes": [item for item, _ in items(changes)]})


class SpoolFile:
    """Held by one process, by a lock that dies with it. The methods block, and may be called from any thread."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path = path
        self._file = file
        self._waiting: deque[tuple[int, int]] = deque()
        """Where the lines that wait begin and end."""
        self._end = 0
        """Where the next one will stand."""
        self._turn = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> SpoolFile:
        """A new, empty one. Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{uuid4().hex}{SUFFIX}"
        return cls(path, _made(path, b""))

    @classmethod
    def adopt(cls, path: Path) -> SpoolFile | None:
        """One that is left of a daemon that is gone; None when it is not gone. Raises OSError."""
        try:
            file = _locked(path)
        except (FileNotFoundError, BlockingIOError):
            return None
        if not _is_same(path, file):
            file.close()
            return None
        adopted = cls(path, file)
        adopted._look()
        return adopted

    @property
    def writer(self) -> str:
        return self._path.stem

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._end - self._start

    @property
    def _start(self) -> int:
        return self._waiting[0][0] if self._waiting else self._end

    def append(self, lines: Sequence[bytes]) -> None:
        """Put lines behind the others; they are on disk when it returns. Raises OSError: then none of them is there."""
        with self._turn:
            try:
                _write_at(self._file, b"".join(lines), self._end)
                os.fdatasync(self._file.fileno())
            except OSError:
                with suppress(OSError):
                    self._file.truncate(self._end)
                raise
            for line in lines:
                self._add(len(line))

    def first(self, most: int = 1) -> list[Spooled]:
        """The writes that have waited longest, up to so many, all by the same author. Raises OSError, and ValueError when the
        very first is of another release."""
        found: list[Spooled] = []
        for line in self._lines(most):
            try:
                spooled = _spooled(content_of(line), self.writer)
            except ValueError:
                if not found:
                    raise
                break
            if found and spooled.author != found[0].author:
                break
            found.append(spooled)
        return found

    def _lines(self, most: int) -> list[bytes]:
        with self._turn:
            places = list(islice(self._waiting, most))
            return [os.pread(self._file.fileno(), end - start, start) for start, end in places]

    def done(self, count: int = 1) -> None:
        """Forget that many. Raises OSError."""
        with self._turn:
            for _ in range(min(count, len(self._waiting))):  # none: somebody has closed the file, and delivers it again
                self._waiting.popleft()
            if self._start > max(SLACK, self.size):
                self._write_anew()

    def close(self) -> None:
        """Let go of the file, and remove it when nothing waits. After that it is empty for whoever still has it."""
        with self._turn:
            if not self._waiting and not self._file.closed:
                self._path.unlink(missing_ok=True)
            self._waiting.clear()
            self._file.close()

    def _add(self, length: int) -> None:
        start, self._end = self._end, self._end + length
        self._waiting.append((start, self._end))

    def _look(self) -> None:
        """Find the records. The last line may be half a one: the machine died before anybody was told that it is kept."""
        lost = 0
        for line in self._file.readlines():
            if _is_whole(line):
                self._add(len(line))
            elif line.endswith(b"\n"):
                self._end += len(line)
                lost += 1
        if lost:
            log.error("%d records in %s are damaged and lost", lost, self._path)

    def _write_anew(self) -> None:
        """The same file without what is done."""
        start = self._start
        file = _made(self._path, os.pread(self._file.fileno(), self.size, start))
        self._file.close()
        self._file, self._end = file, self.size
        self._waiting = deque((begin - start, end - start) for begin, end in self._waiting)


def remove_halves(folder: Path) -> None:
    """Remove files that a daemon which is gone did not finish making. Raises OSError."""
    for path in folder.glob(f"*{_NEW}"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _MAKING:
                path.unlink()


def _spooled(content: Any, writer: str) -> Spooled:
    unpacked = Unpacked()
    try:
        for item in content["changes"]:
            unpacked.take(item)
        return Spooled(unpacked.changes, Origin(**content["author"]), Once(writer, int(content["serial"])))
    except (KeyError, TypeError) as error:
        raise ValueError("a record has another form") from error


def _is_whole(line: bytes) -> bool:
    try:
        content_of(line)
    except ValueError:
        return False
    return True


def _locked(path: Path, make: int = 0) -> FileIO:
    """The file, open for reading and writing. Raises BlockingIOError when somebody has it, and other OSError."""
    file = FileIO(os.open(path, os.O_RDWR | os.O_CLOEXEC | make, 0o600), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


def _made(path: Path, content: bytes) -> FileIO:
    """A file with this content, in the place of the one that is there: locked before it can be seen. Raises OSError."""
    new = path.with_suffix(_NEW)
    file = _locked(new, os.O_CREAT | os.O_EXCL)
    try:
        _write_at(file, content, 0)
        os.fsync(file.fileno())
        new.replace(path)
        _sync(path.parent)
    except OSError:
        file.close()
        new.unlink(missing_ok=True)
        raise
    return file


def _is_same(path: Path, file: FileIO) -> bool:
    """Whether the name still leads to this file."""
    try:
        there, open_one = path.stat(), os.fstat(file.fileno())
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (open_one.st_dev, open_one.st_ino)


def _write_at(file: FileIO, text: bytes, place: int) -> None:
    rest = memoryview(text)
    while rest:
        written = os.pwrite(file.fileno(), rest, place)
        rest, place = rest[written:], place + written


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
