"""The tables as they were at a moment of the past: today's rows, with every later change taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from xcatd.errors import NotFound, UsageError
from xcatd.store.base import Store
from xcatd.store.changes import Cells
from xcatd.store.history import Entry, RowChange
from xcatd.store.row import Ident, Layout, Values
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import dump_table

_PAGE = 200
"""Changes that are asked for at a time."""
_BREATH = 500
"""Rows between two moments at which others may run."""
_DIGITS = 18
"""Of the number of a change: databases count so far."""
_TRIES = 3
"""How often it is begun anew because somebody writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The beginning of a millisecond, or the end of a change. One of them is given."""

    text: str
    """As somebody wrote it."""
    at: str = ""
    """UTC with milliseconds, as in `Entry.at`."""
    entry: int = 0
    """The id of the change behind which it is."""


@dataclass(frozen=True, slots=True)
class Past:
    """How it was. `foreign` names rows that somebody has changed past the history, so that nobody knows how they were."""

    snapshot: Snapshot
    foreign: tuple[str, ...]


def utc(text: str) -> str:
    """A time that somebody wrote, in the words of `Entry.at`. Raises UsageError.

    ISO 8601: `2026-11-21` is the beginning of that day, `2026-11-21 14:00`; local time unless it says otherwise.
    """
    try:
        time = datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no time; write it as 2026-11-21 or '2026-11-21 14:00', or give the number of a change"
        ) from None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_number(text: str) -> int | None:
    """The number of a change; None: it is no number. Raises NotFound for one that no change can have."""
    if not (text.isascii() and text.isdecimal()):
        return None
    if len(text) > _DIGITS:
        raise _unknown(text)
    return int(text)


def read_moment(text: str) -> Moment:
    """A time or the number of a change. Raises UsageError, and NotFound for a number that no change can have."""
    if (number := read_number(text)) is not None:
        return Moment(text, entry=number)
    return Moment(text, at=utc(text))


def local(at: str) -> str:
    """A time of the history in local time, to the second."""
    return datetime.fromisoformat(at).astimezone().isoformat(" ", timespec="seconds")[:19]


def _unknown(number: str) -> NotFound:
    return NotFound(f"There is no change {number} in the history; list it to see which there are")


async def past(store: Store, moment: Moment, tables: Collection[str] | None = None) -> Past:
    """The tables at that moment; None: all of them.

    Raises NotFound for a change that is not in the history, and for a moment before it begins.
    """
    boundary = await _boundary(store, moment)
    for _ in range(_TRIES):
        newest = await _newest(store)
        rewinding = _Rewinding(store.snapshot)
        async for entry in later(store, boundary, tables):
            for number, change in enumerate(await store.history.changes(entry.id)):
                if tables is None or change.table in tables:
                    rewinding.take_back(entry, change)
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
            rewinding.settle()
        if await _newest(store) == newest and not rewinding.foreign:
            break
    return Past(await asyncio.to_thread(rewinding.snapshot), tuple(rewinding.foreign))


async def later(store: Store, entry: int, tables: Collection[str] | None = None) -> AsyncIterator[Entry]:
    """The changes behind that one, newest first; only those that touched one of the tables."""
    only = next(iter(tables)) if tables is not None and len(tables) == 1 else None
    before: int | None = None
    while page := await store.history.entries(last=_PAGE, table=only, before_id=before):
        for found in reversed(page):
            if found.id <= entry:
                return
            if tables is None or any(table in tables for table, _ in found.tables):
                yield found
        before = page[0].id


def row_now(snapshot: Snapshot, table: str, cells: Cells) -> Cells | None:
    """The row that has the key of this one."""
    view = snapshot.table(table)
    found = view.by_ident.get(view.layout.ident(_values(view.layout, cells)))
    return None if found is None else dict(zip(view.layout.columns, found, strict=True))


def is_same(layout: Layout, one: Cells | None, other: Cells | None) -> bool:
    """Whether they are the same row; see `Exact`. None is no row."""
    if one is None or other is None:
        return one is other
    return _is_same(layout, _values(layout, one), _values(layout, other))


def row_changes(before: Snapshot, after: Snapshot, table: str) -> Iterator[RowChange]:
    """What differs between two moments of a table: rows that are gone, those that changed, those that are new."""
    layout = before.table(table).layout
    old, new = before.table(table).by_ident, after.table(table).by_ident
    for ident, values in old.items():
        if ident not in new:
            yield RowChange(table, _cells(layout, values), None)
    for ident, values in old.items():
        if ident in new and not _is_same(layout, values, new[ident]):
            yield RowChange(table, _cells(layout, values), _cells(layout, new[ident]))
    for ident, values in new.items():
        if ident not in old:
            yield RowChange(table, None, _cells(layout, values))


async def _newest(store: Store) -> int:
    entries = await store.history.entries(last=1)
    return entries[0].id if entries else 0


async def _boundary(store: Store, moment: Moment) -> int:
    """The last change that is not taken back."""
    if moment.entry:
        found = await store.history.entries(last=1, before_id=moment.entry + 1)
        if not found or found[0].id != moment.entry:
            raise _unknown(moment.text)
        return moment.entry
    if found := await store.history.entries(last=1, until=moment.at):
        return found[0].id
    if first := (await store.history.entries())[:1]:
        begin = f"begins with change {first[0].id} of {local(first[0].at)}"
    else:
        begin = "is empty"
    raise NotFound(f"How it was at {moment.text} is not known, because the history {begin}; name a later time")


class _Rewinding:
    """A snapshot of which changes are taken back, the last one first."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tables: dict[str, tuple[Layout, dict[Ident, Values]]] = {}
        self._returning: list[tuple[str, Values]] = []
        self.foreign: dict[str, None] = {}

    def take_back(self, entry: Entry, change: RowChange) -> None:
        """Remove what the change has left. `settle` puts back what it found: a row may have moved."""
        if change.table not in self._snapshot:
            return
        layout, rows = self._rows(change.table)
        if change.after is None:
            expected, found = None, rows.get(layout.ident(_values(layout, change.before or {})))
        else:
            expected = _values(layout, change.after)
            found = rows.pop(layout.ident(expected), None)
        if not _is_same(layout, expected, found):
            named = layout.naming(_values(layout, change.after or change.before or {}))
            self.foreign[f"The {named} is not as change {entry.id} has left it"] = None
        if change.before is not None:
            self._returning.append((change.table, _values(layout, change.before)))

    def settle(self) -> None:
        """The rows that the changes of an entry have found are there again."""
        for table, values in self._returning:
            layout, rows = self._rows(table)
            rows[layout.ident(values)] = values
        self._returning = []

    def snapshot(self) -> Snapshot:
        """What is left."""
        snapshot = self._snapshot
        for table, (_, rows) in self._tables.items():
            snapshot = snapshot.replace(table, list(rows.values()))
        return snapshot

    def _rows(self, table: str) -> tuple[Layout, dict[Ident, Values]]:
        if table not in self._tables:
            view = self._snapshot.table(table)
            _, rows = dump_table(view)
            self._tables[table] = view.layout, {view.layout.ident(values): values for values in rows}
        return self._tables[table]


def _values(layout: Layout, cells: Cells) -> Values:
    return tuple([cells.get(column) for column in layout.columns])


def _cells(layout: Layout, values: Values) -> Cells:
    return dict(zip(layout.columns, values, strict=True))


def _is_same(layout: Layout, one: Values | None, other: Values | None) -> bool:
    """NULL and the empty text are the same, except in `disable`."""
    if one is None or other is None or one == other:
        return one is other or one == other
    marks = one[layout.disable], other[layout.disable]
    return marks[0] == marks[1] and all((a or "") == (b or "") for a, b in zip(one, other, strict=True))
