"""One table being changed: its rows as they will be, and what each touched row was before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from xcatd.errors import Conflict, UsageError
from xcatd.store.changes import Cells
from xcatd.store.draftindex import DraftIndex
from xcatd.store.overlay import MANY, copied, edited
from xcatd.store.row import Ident, Layout, Values
from xcatd.store.view import TableView

T = TypeVar("T")

_BREATH = 2000
"""Rows of a replaced table between two moments at which others may run."""

Pair = tuple[Values, Values]
"""A row before and after."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What the database has to be told about one table, in this order. The rows are whole ones: old, (old, new), new.

    Updates concern no other columns than `columns`, none of which is part of the key.
    """

    layout: Layout
    deleted: Sequence[Values]
    updated: Sequence[Pair]
    inserted: Sequence[Values]
    columns: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.deleted or self.updated or self.inserted)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one caller's changes do to one table, for the history. A row whose key changes is removed and added."""

    layout: Layout
    removed: Sequence[Values]
    changed: Sequence[Pair]
    added: Sequence[Values]

    def __len__(self) -> int:
        """Rows that are touched."""
        return len(self.removed) + len(self.changed) + len(self.added)


class TableDraft:
    """One table being changed: its rows, and what each touched row was before. A change of a few rows copies no others.

    `memo` makes equal texts of new rows one object.
    """

    def __init__(self, view: TableView, memo: dict[str | None, str | None]) -> None:
        self._view = view
        self._layout = view.layout
        self._memo = memo
        self._rows: MutableMapping[Ident, Values] = edited(view.by_ident)
        self._unique = view.unique
        self._keys = frozenset(view.table.keys)
        self._key = view.table.keys[0] if len(view.table.keys) == 1 else None
        self._index = None if view.built_index is None else DraftIndex(view.built_index)
        self._before: dict[Ident, Values | None] = {}
        """Touched rows as they were before the first caller's changes."""
        self._journal: dict[Ident, Values | None] = {}
        """Touched rows as they were before the present caller's changes."""
        self._moved: set[Ident] = set()
        """Rows that were removed: one that comes again stands at the end."""
        self._added: dict[Ident, None] = {}
        self._columns: set[str] = set()
        """What updates may have changed."""
        self._keys_change = False
        """Whether a part of the key is among these."""

    # -- the changes ----------------------------------------------------------------------------------------------

    def put(self, key: Mapping[str, str], values: Cells, *, adds: bool = True) -> None:
        idents = self._matching(key)
        if not idents and adds:
            self._add(self._values({**key, **values}))
        for ident in idents:
            self._update(ident, values)

    def delete(self, where: Mapping[str, str]) -> None:
        for ident in self._matching(where):
            self._remove(ident)

    def exact(self, before: Cells | None, after: Cells | None) -> None:
        new = None if after is None else self._values(after)
        old = None if before is None else self._found(before)
        if new is not None and (old is None or self._layout.ident(new) != self._layout.ident(self._rows[old])):
            self._see_that_it_is_free(new)
        if old is None and new is not None:
            self._add(new)
        elif old is not None and new is not None:
            self._become(old, new)
        elif old is not None:
            self._remove(old)

    def replace(self, rows: Sequence[Cells], breathe: Callable[[], None]) -> None:
        """Rows stay where they are in the file, up to the first one that is to stand at another place."""
        self._widen()
        wanted = self._wanted(_with_breaks(rows, breathe))
        order = list(wanted)
        survivors = (ident for ident in self._rows if ident in wanted)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(survivors, order, strict=False)))
        in_place = set(order[:kept])
        for ident in _with_breaks(list(self._rows), breathe):
            if ident in in_place:
                self._become(ident, wanted[ident])
            else:
                self._remove(ident)
        for ident in _with_breaks(order[kept:], breathe):
            self._add(wanted[ident])

    def settle(self) -> Effect:
        """What has been done since the last call, after which the changes of another caller come."""
        rows, journal, self._journal = self._rows, self._journal, {}
        existed = [(ident, old) for ident, old in journal.items() if old is not None]
        pairs = [(old, rows[ident]) for ident, old in existed if ident in rows]
        effect = Effect(
            self._layout,
            removed=[old for ident, old in existed if ident not in rows],
            changed=[pair for pair in pairs if pair[0] != pair[1]],
            added=[rows[ident] for ident, old in journal.items() if old is None and ident in rows],
        )
        if not self._before:
            self._before = journal
        else:
            for ident, old in journal.items():
                self._before.setdefault(ident, old)
        return effect

    def breathe(self) -> None:
        """To be called now and then: where many rows change, a copy of all makes the rest faster."""
        if len(self._journal) + len(self._before) > MANY:
            self._widen()

    # -- the outcome ----------------------------------------------------------------------------------------------

    def steps(self) -> Steps:
        """The difference between the rows as they were and as they are. All callers are settled."""
        rows, moved = self._rows, self._moved
        existed = [(ident, old) for ident, old in self._before.items() if old is not None]
        stay = [(old, rows[ident]) for ident, old in existed if ident in rows and ident not in moved]
        return Steps(
            self._layout,
            deleted=[old for ident, old in existed if ident in moved],
            updated=[pair for pair in stay if pair[0] != pair[1]],
            inserted=[rows[ident] for ident in self._added if ident in rows],
            columns=[name for name in self._layout.columns if name in self._columns and name not in self._keys],
        )

    def touched(self) -> frozenset[Ident]:
        """What tells the rows apart that `steps` concern: those that came, changed, went, or stand elsewhere now."""
        rows, moved = self._rows, self._moved
        return frozenset(
            [ident for ident, old in self._before.items() if old != rows.get(ident) or (old and ident in moved)]
        )

    def view(self) -> TableView:
        """The table as it will be. All callers are settled, and the draft must not be changed afterwards."""
        index = None if self._index is None else self._index.built()
        news = [self._rows[ident] for ident in self._before if ident in self._rows]
        return self._view.later(self._rows, index, news)

    # -- which rows are meant -------------------------------------------------------------------------------------

    def _matching(self, where: Mapping[str, str]) -> Sequence[Ident]:
        """The rows whose columns equal these."""
        if self._unique and where.keys() == self._keys:
            ident = where[self._key] if self._key is not None else self._whole(where)
            return (ident,) if ident in self._rows else ()
        if not where:
            self._widen()
            return list(self._rows)
        wanted = [(self._layout.position[column], text) for column, text in where.items()]
        candidates = self._candidates(where)
        rows = self._rows
        return [ident for ident in candidates if all((rows[ident][place] or "") == text for place, text in wanted)]

    def _candidates(self, where: Mapping[str, str]) -> Iterable[Ident]:
        """The rows that may match: one by its whole key, a few by the lookup column, else all."""
        if self._unique and self._keys <= where.keys():
            ident = self._whole(where)
            return (ident,) if ident in self._rows else ()
        lookup = self._layout.table.lookup
        if lookup in where:
            return self._lookup_index().get(where[lookup])
        self._widen()
        return self._rows

    def _widen(self) -> None:
        """Go on with a plain copy: for a look at every row, or for changes of many."""
        if not isinstance(self._rows, dict):
            self._rows = copied(self._rows)

    def _whole(self, where: Mapping[str, str]) -> Ident:
        keys = self._layout.table.keys
        return where[keys[0]] if len(keys) == 1 else tuple([where[key] for key in keys])

    def _lookup_index(self) -> DraftIndex:
        """The index, made when the first change asks by the lookup column alone."""
        if self._index is None:
            is_new = bool(self._before or self._journal)
            view = TableView(self._layout, self._rows, unique=self._unique, index=None) if is_new else self._view
            self._index = DraftIndex(view.index)
        return self._index

    def _found(self, before: Cells) -> Ident:
        """The row that is exactly this one."""
        idents = self._matching({key: before.get(key) or "" for key in self._layout.table.keys})
        for ident in idents:
            if _is_same(self._layout, before, self._rows[ident]):
                return ident
        named = tuple([before.get(column) for column in self._layout.columns])
        raise self._conflict(named, "changed" if idents else "been removed")

    def _see_that_it_is_free(self, new: Values) -> None:
        if self._layout.ident(new) in self._rows:
            raise self._conflict(new, "been added")

    def _conflict(self, values: Values, how: str) -> Conflict:
        named = self._layout.naming(values)
        return Conflict(f"The {named} has {how} meanwhile, so nothing was written; look at it and try again")

    # -- rows come, change and go ---------------------------------------------------------------------------------

    def _wanted(self, rows: Iterable[Cells]) -> dict[Ident, Values]:
        """These rows by what tells them apart."""
        wanted: dict[Ident, Values] = {}
        for cells in rows:
            values = self._values(cells)
            ident = self._layout.ident(values)
            if ident in wanted:
                raise UsageError(f"The {self._layout.naming(values)} is given twice; keep one")
            wanted[ident] = values
        return wanted

    def _values(self, cells: Cells) -> Values:
        """A new row. Key columns that are not given are stored as "", never as NULL: so they stay unique."""
        layout, share = self._layout, self._memo.setdefault
        for column in layout.table.required:
            if not cells.get(column):
                raise UsageError(f'A row of table "{layout.table.name}" needs a value for "{column}"')
        values = tuple([text and share(text, text) for text in map(cells.get, layout.columns)])
        key = layout.key_of(values)
        if key and (self._key is not None or all(key)):
            return values
        if not key or not any(key):
            named = ", ".join(layout.table.keys)
            raise UsageError(f'A row of table "{layout.table.name}" needs a value for "{named}"')
        return self._with_key_of(tuple(["" if text is None else text for text in values]), values)

    def _with_key_of(self, other: Values, values: Values) -> Values:
        """The row with the key of another one."""
        keys = self._layout.keys
        return tuple([other[place] if place in keys else text for place, text in enumerate(values)])

    def _update(self, ident: Ident, values: Cells) -> None:
        old, position = self._rows[ident], self._layout.position
        cells = list(old)
        for column, text in values.items():
            cells[position[column]] = text
            if column not in self._columns:
                self._may_change(column)
        new = tuple(cells)
        if new != old:
            self._change(ident, old, new)

    def _become(self, ident: Ident, new: Values) -> None:
        """Make it this row. A NULL in its key may stay where "" is meant: nobody can tell them apart."""
        old, layout = self._rows[ident], self._layout
        if layout.has_null_key(old) and layout.ident(old) == layout.ident(new):
            new = self._with_key_of(old, new)
        if new != old:
            for column, before, after in zip(layout.columns, old, new, strict=True):
                if before != after:
                    self._may_change(column)
            self._change(ident, old, new)

    def _may_change(self, column: str) -> None:
        self._columns.add(column)
        self._keys_change = self._keys_change or column in self._keys

    def _change(self, ident: Ident, old: Values, new: Values) -> None:
        layout = self._layout
        if self._keys_change and layout.ident(new) == layout.ident(old):
            new = self._with_key_of(old, new)  # NULL and "" in a key are the same
            if new == old:
                return
        elif self._keys_change:
            self._remove(ident)
            self._add(self._values(dict(zip(layout.columns, new, strict=True))))
            return
        self._journal.setdefault(ident, old)
        self._rows[ident] = new
        if self._index is not None:
            self._index.move(ident, old[layout.lookup] or "", new[layout.lookup] or "")

    def _add(self, values: Values) -> None:
        ident = self._layout.ident(values)
        if ident in self._rows:
            raise UsageError(f"The {self._layout.naming(values)} exists already")
        self._journal.setdefault(ident, None)
        self._rows[ident] = values
        self._added.pop(ident, None)
        self._added[ident] = None
        if self._index is not None:
            self._index.enter(ident, values[self._layout.lookup] or "")

    def _remove(self, ident: Ident) -> None:
        old = self._rows.pop(ident)
        self._journal.setdefault(ident, old)
        self._moved.add(ident)
        if self._index is not None:
            self._index.leave(ident, old[self._layout.lookup] or "")


def _is_same(layout: Layout, cells: Cells, values: Values) -> bool:
    """Whether the row is exactly this one; see `Exact`."""
    if tuple(map(cells.get, layout.columns)) == values:
        return True
    if cells.get("disable") != values[layout.disable]:
        return False
    return all((cells.get(column) or "") == (text or "") for column, text in zip(layout.columns, values, strict=True))


def _with_breaks(items: Sequence[T], breathe: Callable[[], None]) -> Iterator[T]:
    """The items; now and then others may run."""
    for start in range(0, len(items), _BREATH):
        yield from items[start : start + _BREATH]
        breathe()
