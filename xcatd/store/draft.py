"""A snapshot being changed: what its rows will be, and what the database has to be told.

Changes are worked out in memory, where the rows are, and reach the database as rows with whole keys. That makes a change
of one row cheap, makes the rows before and after it known, and lets a bad change fail before the database is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import UsageError
from xcatd.store.changes import Append, Change, Delete, Put
from xcatd.store.row import LAYOUTS, Ident, Layout, Values
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

_BREATH = 500
"""Changes between two moments at which others may run."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What the database has to be told about one table, in this order. The rows are whole ones: old, (old, new), new."""

    layout: Layout
    deleted: Sequence[Values]
    updated: Sequence[tuple[Values, Values]]
    inserted: Sequence[Values]

    def __bool__(self) -> bool:
        return bool(self.deleted or self.updated or self.inserted)


class TableDraft:
    """One table being changed: a copy of its rows, and what each touched row was before."""

    def __init__(self, view: TableView) -> None:
        self._layout = view.layout
        self._rows = dict(view.by_ident)
        self._unique = view.unique
        index = view.built_index
        self._index = None if index is None else dict(index)
        self._before: dict[Ident, Values | None] = {}
        self._moved: set[Ident] = set()
        self._added: dict[Ident, None] = {}

    def put(self, key: Mapping[str, str], values: Mapping[str, str | None]) -> None:
        idents = self._matching(key)
        if not idents:
            self._insert({**key, **values})
        for ident in idents:
            self._update(ident, values)

    def delete(self, where: Mapping[str, str]) -> None:
        for ident in self._matching(where):
            self._remove(ident)

    def steps(self) -> Steps:
        """The difference between the rows as they were and as they are."""
        rows, existing = self._rows, {ident: old for ident, old in self._before.items() if old is not None}
        stays = {ident for ident in existing if ident in rows and ident not in self._moved}
        return Steps(
            self._layout,
            deleted=[old for ident, old in existing.items() if ident not in stays],
            updated=[(old, rows[ident]) for ident, old in existing.items() if ident in stays and rows[ident] != old],
            inserted=[rows[ident] for ident in self._added if ident in rows],
        )

    def view(self) -> TableView:
        """The table as it will be. The draft must not be changed afterwards."""
        return TableView(self._layout, self._rows, unique=self._unique, index=self._index)

    def _matching(self, where: Mapping[str, str]) -> list[Ident]:
        if not where:
            return list(self._rows)
        wanted = [(self._layout.position[column], text) for column, text in where.items()]
        return [
            ident
            for ident in self._candidates(where)
            if all((self._rows[ident][place] or "") == text for place, text in wanted)
        ]

    def _candidates(self, where: Mapping[str, str]) -> Iterable[Ident]:
        """The rows that may match: one by its whole key, a few by the lookup column, else all."""
        keys = self._layout.table.keys
        if self._unique and all(key in where for key in keys):
            ident: Ident = where[keys[0]] if len(keys) == 1 else tuple(where[key] for key in keys)
            return (ident,) if ident in self._rows else ()
        lookup = self._layout.table.lookup
        if lookup in where:
            return self._lookup_index().get(where[lookup], ())
        return self._rows

    def _lookup_index(self) -> dict[str, tuple[Ident, ...]]:
        """The copy of the index, made when the first change asks by the lookup column alone."""
        if self._index is None:
            self._index = dict(self.view().index)
        return self._index

    def _insert(self, cells: Mapping[str, str | None]) -> None:
        """Add a row. Key columns that are not given are stored as "", never as NULL: so they stay unique."""
        table = self._layout.table
        for column in table.required:
            if not cells.get(column):
                raise UsageError(f'A row of table "{table.name}" needs a value for "{column}"')
        if not any(cells.get(key) for key in table.keys):
            raise UsageError(f'A row of table "{table.name}" needs a value for "{", ".join(table.keys)}"')
        self._add(
            tuple(
                cells.get(column) or "" if column in table.keys else cells.get(column)
                for column in self._layout.columns
            )
        )

    def _update(self, ident: Ident, values: Mapping[str, str | None]) -> None:
        old = self._rows[ident]
        cells = list(old)
        for column, text in values.items():
            cells[self._layout.position[column]] = text
        new = tuple(cells)
        if new == old:
            return
        if self._layout.ident(new) != self._layout.ident(old):
            self._remove(ident)
            self._insert(dict(zip(self._layout.columns, new, strict=True)))
        else:
            self._before.setdefault(ident, old)
            self._rows[ident] = new
            self._reindex(ident, old, new)

    def _add(self, values: Values) -> None:
        ident = self._layout.ident(values)
        if ident in self._rows:
            raise UsageError(f"{self._named(values)} exists already")
        self._before.setdefault(ident, None)
        self._rows[ident] = values
        self._added.pop(ident, None)
        self._added[ident] = None
        self._reindex(ident, None, values)

    def _remove(self, ident: Ident) -> None:
        old = self._rows.pop(ident)
        if self._before.setdefault(ident, old) is not None:
            self._moved.add(ident)
        self._reindex(ident, old, None)

    def _reindex(self, ident: Ident, old: Values | None, new: Values | None) -> None:
        if self._index is None:
            return
        lookup = self._layout.lookup
        before = None if old is None else old[lookup] or ""
        after = None if new is None else new[lookup] or ""
        if before == after:
            return
        if before is not None:
            left = tuple(other for other in self._index[before] if other != ident)
            self._index[before] = left
            if not left:
                del self._index[before]
        if after is not None:
            self._index[after] = (*self._index.get(after, ()), ident)

    def _named(self, values: Values) -> str:
        table = self._layout.table
        cells = ", ".join(
            f"{key}={values[place] or ''}" for key, place in zip(table.keys, self._layout.keys, strict=True)
        )
        return f'The row {cells} of table "{table.name}"'


class Draft:
    """A snapshot being changed. Taking a change may raise UsageError; the draft is then of no further use."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tables: dict[str, TableDraft] = {}
        self._logs: list[Append | Delete] = []

    def take(self, changes: Sequence[Change], breathe: Callable[[], None]) -> None:
        """Work out what the changes mean. `breathe` is called now and then, to let others run."""
        for number, change in enumerate(changes, 1):
            self._take(change)
            if number % _BREATH == 0:
                breathe()

    def _take(self, change: Change) -> None:
        match change:
            case Put(table, key, values):
                self._table(table).put(key, values)
            case Delete(table, where) if not LAYOUTS[table].table.log:
                self._table(table).delete(where)
            case Append() | Delete():
                self._logs.append(change)

    def _table(self, name: str) -> TableDraft:
        if name not in self._tables:
            self._tables[name] = TableDraft(self._snapshot.table(name))
        return self._tables[name]

    def steps(self) -> list[Steps]:
        """What the database has to be told, a table at a time; tables that end as they were are left out."""
        return [steps for steps in (table.steps() for table in self._tables.values()) if steps]

    def logs(self) -> Sequence[Append | Delete]:
        """What happens to log tables, in order."""
        return self._logs

    def snapshot(self, steps: Iterable[Steps]) -> Snapshot:
        """The snapshot as it will be once these steps, which `steps()` gave, are done."""
        views = {name: self._tables[name].view() for name in (each.layout.table.name for each in steps)}
        return self._snapshot.with_views(views, self._snapshot.revision + 1) if views else self._snapshot
