"""A snapshot being changed: what its rows will be, and what the database and the history have to be told.

Changes are worked out in memory, where the rows are, and reach the database as rows with whole keys. That makes a change
of one row cheap, makes the rows before and after it known, and lets a bad change fail before the database is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from xcatd.store.changes import Append, Cells, Change, Delete, Exact, Put, Replace
from xcatd.store.row import Ident
from xcatd.store.snapshot import Snapshot
from xcatd.store.tabledraft import Effect, Steps, TableDraft

_BREATH = 500
"""Changes between two moments at which others may run."""


class Draft:
    """A snapshot being changed. Taking a change may raise UsageError or Conflict; the draft is then of no further use."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tables: dict[str, TableDraft] = {}
        self._logs: list[Append | Delete] = []
        self._memo: dict[str | None, str | None] = {}
        """Equal texts of new rows are one object."""

    def take(self, changes: Sequence[Change], breathe: Callable[[], None]) -> list[Effect]:
        """Work out what the changes mean. `breathe` is called now and then, to let others run.

        Returns what they do to rows that are kept in the history, a table at a time.
        """
        for number, change in enumerate(changes, 1):
            if isinstance(change, Put):
                self._table(change.table).put(change.key, change.values, adds=change.adds)
            else:
                self._take(change, breathe)
            if number % _BREATH == 0:
                self._breathe(breathe)
        return [effect for effect in (table.settle() for table in self._tables.values()) if effect]

    def _breathe(self, breathe: Callable[[], None]) -> None:
        for table in self._tables.values():
            table.breathe()
        breathe()

    def _take(self, change: Append | Delete | Exact | Replace, breathe: Callable[[], None]) -> None:
        match change:
            case Append():
                self._logs.append(change)
            case Delete(table, where):
                if self._is_log(table):
                    self._logs.append(change)
                else:
                    self._table(table).delete(where)
            case Exact(table, before, after):
                self._table(table).exact(before, after)
            case Replace(table, rows):
                if self._is_log(table):
                    self._logs += (Delete(table, {}), *(Append(table, _filled(row)) for row in rows))
                else:
                    self._table(table).replace(rows, breathe)

    def _is_log(self, table: str) -> bool:
        return self._snapshot.schema.tables[table].log

    def _table(self, name: str) -> TableDraft:
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = TableDraft(self._snapshot.table(name), self._memo)
        return found

    def steps(self) -> list[Steps]:
        """What the database has to be told, a table at a time; tables that end as they were are left out."""
        return [steps for steps in (table.steps() for table in self._tables.values()) if steps]

    def touched(self) -> dict[str, frozenset[Ident]]:
        """Table -> what tells the rows apart that the steps concern; tables that end as they were are left out."""
        found = {name: table.touched() for name, table in self._tables.items()}
        return {name: idents for name, idents in found.items() if idents}

    def logs(self) -> Sequence[Append | Delete]:
        """What happens to log tables, in order."""
        return self._logs

    def snapshot(self, steps: Iterable[Steps]) -> Snapshot:
        """The snapshot as it will be once these steps, which `steps()` gave, are done."""
        views = {name: self._tables[name].view() for name in (each.layout.table.name for each in steps)}
        return self._snapshot.with_views(views, self._snapshot.revision + 1) if views else self._snapshot


def _filled(row: Cells) -> dict[str, str]:
    return {column: text for column, text in row.items() if text is not None}
