"""A copy of all tables on disk: with it a service node can start while its management node is away.

Two files: the base has all tables; the journal beside it says, line by line, what has changed since, so that a change of one
row costs a line. When the journal is long, a new base is written. Both hold secrets: they are for root only.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO

from xcatd.store.columnar import Plan, pack, shape, unpack
from xcatd.store.patch import Patch, arranged, from_plain, to_plain
from xcatd.store.records import record, whole_records
from xcatd.store.row import Ident, Values, share
from xcatd.store.schema import Layout, Schema
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

log = logging.getLogger(__name__)

Mark = Any
"""What the writer wants to know when it reads the copy again, as JSON can write it."""
Step = Mapping[str, Patch]
"""What changed from one moment to the next."""

JOURNAL = 8 << 20
"""Bytes of the journal after which a new base is written; a quarter of the base, if that is more."""
ROWS = 5000
"""Rows that changed in one step for which a new base is written at once."""

_MAGIC = b"xcatd replica 1\n"
_HEAD = Struct("<16s16sQQ")
"""The magic, the checksum of what follows it, and how long the plan and the body are."""
_MOST_PLAN = 64 << 20
_MOST_BODY = 16 << 30
_WRONG = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Copy:
    """All tables as they were. `when`: the last moment at which they were known to be current, in UTC.

    `mark` is what the writer gave; None when the tables here are others than the writer knew.
    """

    snapshot: Snapshot
    mark: Mark
    when: datetime


class Replica:
    """The copy of one daemon. Its methods block: they are for threads.

    One process at a time writes it; another one, which takes over, may read it and writes when the first is gone.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        self._path = path
        self._schema = schema
        self._turn = threading.Lock()
        self._lock: int | None = None
        self._journal: FileIO | None = None
        self._length = 0
        """Bytes of the journal."""
        self._limit = JOURNAL
        self._damaged = False

    def load(self) -> Copy | None:
        """The copy, if there is one that can be read."""
        with self._turn:
            is_ours = self._own()
            try:
                read = _read(self._path, self._schema)
            except FileNotFoundError:
                return None
            except (OSError, *_WRONG) as error:
                self._damaged = isinstance(error, _WRONG)
                log.warning("the copy of the tables in %s is not used: %s", self._path, _why(error))
                return None
            self._drop_journal()
            if is_ours and read.journal is not None:
                self._journal = _appending(_beside(self._path), read.journal)
                self._length, self._limit = read.journal, max(JOURNAL, read.length // 4)
            return read.copy

    def save(self, copy: Copy, steps: Sequence[Step] | None) -> bool:
        """Write what is new: the steps that led here from what was saved before; None: nobody knows them.

        False: another process has the copy, so nothing was written. Raises OSError; after that, and after False, the next
        call writes everything.
        """
        with self._turn:
            if not self._own():
                self._drop_journal()
                return False
            journal = self._journal
            if steps is None or journal is None or self._length > self._limit or _rows(steps) > ROWS:
                self._rewrite(copy)
            else:
                self._append(journal, _lines(copy, steps))
            return True

    def close(self) -> None:
        """Let others write."""
        with self._turn:
            self._drop_journal()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _own(self) -> bool:
        """Whether this process is the one that writes."""
        if self._lock is not None:
            return True
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._lock = file
        return True

    def _drop_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _append(self, journal: FileIO, text: bytes) -> None:
        try:
            _write_all(journal, text)
        except OSError:
            self._drop_journal()
            raise
        self._length += len(text)

    def _rewrite(self, copy: Copy) -> None:
        self._drop_journal()
        if self._damaged:
            with suppress(FileNotFoundError):
                self._path.replace(self._path.with_suffix(".damaged"))
            self._damaged = False
        identity, length = write_replica(self._path, copy)
        first = record({"base": identity})
        self._journal = _appending(_beside(self._path), 0)
        self._limit, self._length = max(JOURNAL, length // 4), 0
        self._append(self._journal, first)


def write_replica(path: Path, copy: Copy) -> tuple[str, int]:
    """Write the base beside and rename it. Returns its identity and its length in bytes. Raises OSError."""
    plan, pieces = pack(copy.snapshot)
    layouts = copy.snapshot.schema.layouts
    head = {"mark": copy.mark, "when": copy.when.timestamp(), "shape": shape(layouts), **plan}
    text = json.dumps(head, separators=(",", ":")).encode("ascii")
    body = sum(map(len, pieces))
    summed = _sum(text, pieces)
    new = path.with_suffix(".new")
    with suppress(FileNotFoundError):
        new.unlink()  # of a daemon that died while it wrote: its mode may be any
    with open(new, "xb", opener=_for_root, buffering=1 << 20) as file:
        file.write(_HEAD.pack(_MAGIC, summed, len(text), body))
        for piece in (text, *pieces):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync_folder(path.parent)
    return summed.hex(), _HEAD.size + len(text) + body


def read_replica(path: Path, schema: Schema) -> Copy:
    """Read base and journal. Raises FileNotFoundError when there is none, other OSError, and ValueError, KeyError,
    TypeError, IndexError, AttributeError or OverflowError when it is damaged or of another release."""
    return _read(path, schema).copy


@dataclass(frozen=True, slots=True)
class _Read:
    copy: Copy
    length: int
    """Bytes of the base."""
    journal: int | None
    """Bytes of the journal that are whole; None: it belongs to another base."""


def _read(path: Path, schema: Schema) -> _Read:
    with path.open("rb") as file:
        content = _content(file)
    head, identity, body = _checked(content)
    known = Snapshot.from_tables({}, schema=schema)
    views = unpack(head, body, schema.layouts)
    is_same = head["shape"] == shape(schema.layouts)
    replay = _Replay(schema.layouts, views, head["mark"], float(head["when"]))
    journal = replay.read(_beside(path), identity)
    copy = Copy(
        known.with_views(replay.views(), known.revision + 1),
        replay.mark if is_same else None,
        datetime.fromtimestamp(replay.when, UTC),
    )
    return _Read(copy, len(content), journal)


def _content(file: BinaryIO) -> bytes:
    """The whole file, if it says itself that it is so long. Raises ValueError."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise ValueError("it is cut off")
    magic, _, plan, body = _HEAD.unpack(head)
    if magic != _MAGIC:
        raise ValueError("it is not of this release")
    if plan > _MOST_PLAN or body > _MOST_BODY or os.fstat(file.fileno()).st_size != _HEAD.size + plan + body:
        raise ValueError("it is cut off")
    return head + file.read(plan + body)


def _checked(content: bytes) -> tuple[Plan, str, memoryview]:
    """The plan, the identity and the body. Raises ValueError."""
    _, summed, plan, _ = _HEAD.unpack_from(content)
    view = memoryview(content)[_HEAD.size :]
    if _sum(view[:plan], [view[plan:]]) != summed:
        raise ValueError("its checksum is wrong")
    return json.loads(bytes(view[:plan])), summed.hex(), view[plan:]


class _Replay:
    """The tables of a base, to which the journal is applied."""

    def __init__(self, layouts: Mapping[str, Layout], views: dict[str, TableView], mark: Mark, when: float) -> None:
        self._layouts = layouts
        self._views = views
        self._changed: dict[str, dict[Ident, Values]] = {}
        self._memo: dict[str | None, str | None] = {}
        self.mark = mark
        self.when = when

    def read(self, path: Path, identity: str) -> int | None:
        """Take the lines of the journal that are whole, if it belongs to this base. Returns their length in bytes."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            records = whole_records(file)
            first, length = next(records, (None, 0))
            if first != {"base": identity}:
                return None
            for step, size in records:
                for plain in step["tables"]:
                    self._take(*from_plain(plain))
                self.mark, self.when, length = step["mark"], float(step["when"]), length + size
        return length

    def _take(self, name: str, patch: Patch) -> None:
        layout = self._layouts.get(name)
        if layout is None or layout.table.log:
            return
        rows = share(arranged(layout, patch.columns, patch.rows), self._memo)
        if patch.whole:
            self._changed.pop(name, None)
            self._views[name] = TableView.of(layout, rows)
            return
        table = self._changed.get(name)
        if table is None:
            view = self._views.get(name)
            table = self._changed[name] = {} if view is None else dict(view.by_ident)
        for ident in patch.gone:
            table.pop(ident, None)
        for values in rows:
            table[layout.ident(values)] = values

    def views(self) -> dict[str, TableView]:
        """The tables as they are at the end of the journal; those without rows may be missing."""
        changed = {name: TableView.of(self._layouts[name], list(rows.values())) for name, rows in self._changed.items()}
        return self._views | changed


def _lines(copy: Copy, steps: Sequence[Step]) -> bytes:
    when = copy.when.timestamp()
    tables = [to_plain(name, patch) for step in steps for name, patch in step.items()]
    return record({"mark": copy.mark, "when": when, "tables": tables})


def _rows(steps: Sequence[Step]) -> int:
    return sum(len(patch) for step in steps for patch in step.values())


def _beside(path: Path) -> Path:
    return path.with_suffix(".journal")


def _appending(path: Path, length: int) -> FileIO:
    """The file to append to, with no more than its first bytes."""
    file = FileIO(path, "a", opener=_for_root)
    os.fchmod(file.fileno(), 0o600)
    file.truncate(length)
    return file


def _write_all(file: FileIO, text: bytes) -> None:
    rest = memoryview(text)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _for_root(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _sum(text: bytes | memoryview, pieces: Sequence[bytes | memoryview]) -> bytes:
    summed = blake2b(text, digest_size=16)
    for piece in pieces:
        summed.update(piece)
    return summed.digest()


def _why(error: Exception) -> str:
    """Without what stands in it, which may be secret."""
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return str(error) if type(error) is ValueError else "it is damaged"
