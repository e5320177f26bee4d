"""Values that are not of the form that their column takes: a sentence for each.

Nothing is complained about that xCAT would work out later (|regular|expressions|, /sub/stitutions/, +=NEXTRECORD chains), nor an
empty value, nor one that the row has already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from xcatd.store.changes import Cells, Change, Exact, Put, Replace
from xcatd.store.schema import Accepts, Table
from xcatd.store.schema.site_accepted import SITE_ACCEPTS
from xcatd.store.snapshot import Snapshot

MANY = 10
"""Complaints that are worth reading; behind them only their number is said."""
_BREATH = 500
"""Rows that are looked at between two moments at which others may run."""
_LONGEST = 60
"""Characters of a value that are shown."""

_Cell = tuple[str, str, str, str]
"""Table, column, value, and the pattern that the value should match."""


class ValueCheck:
    """Looks at changes before they are made. Each value of a column is looked at once, however many rows get it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._forms: dict[str, Mapping[str, Accepts]] = {}
        self._good: set[_Cell] = set()
        self._bad: dict[_Cell, Accepts] = {}
        self._rows: dict[_Cell, str] = {}
        self._counts: Counter[_Cell] = Counter()

    def look(self, changes: Iterable[Change]) -> Iterator[None]:
        """Look at changes; stops after some of them, so that others may run."""
        number = 0
        for change in changes:
            for row in _written(change):
                self._look_at(change, row)
                number += 1
                if number % _BREATH == 0:
                    yield

    def complaints(self) -> Iterator[str]:
        """A sentence for each bad value that some row gets; the last one counts those that are too many."""
        for cell in list(self._counts)[:MANY]:
            table, column, value, _ = cell
            rows = self._counts[cell]
            more = f" and {rows - 1} more row{'s' * (rows > 2)}" if rows > 1 else ""
            shown = value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."
            yield f'{table}.{column} of {self._rows[cell]}{more} is "{shown}"; it takes {self._bad[cell].meaning}'
        if len(self._counts) > MANY:
            yield f"and {len(self._counts) - MANY} more values that their columns do not take"

    def _look_at(self, change: Change, row: Cells) -> None:
        forms = self._forms_of(change.table, row)
        for column, value in row.items():
            accepts = forms.get(column)
            if accepts is None or not value:
                continue
            cell = (change.table, column, value, accepts.pattern)
            if cell in self._good:
                continue
            if _is_rule(value) or _compiled(accepts.pattern).fullmatch(value):
                self._good.add(cell)
            elif not self._had(change, row, column):
                self._bad[cell] = accepts
                self._rows.setdefault(cell, _named(self._snapshot.schema.tables[change.table], row))
                self._counts[cell] += 1

    def _forms_of(self, name: str, row: Cells) -> Mapping[str, Accepts]:
        """Column -> what it takes in this row; unknown tables and logs take anything."""
        if name == "site":
            accepts = SITE_ACCEPTS.get(row.get("key") or "")
            return {"value": accepts} if accepts else {}
        if name not in self._forms:
            table = self._snapshot.schema.tables.get(name)
            columns = table.columns if table and not table.log else ()
            self._forms[name] = {column.name: column.accepts for column in columns if column.accepts}
        return self._forms[name]

    def _had(self, change: Change, row: Cells, column: str) -> bool:
        """Whether the row that is changed has the value already. Only bad values come this far."""
        if isinstance(change, Exact):
            return change.before is not None and change.before.get(column) == row[column]
        view = self._snapshot.table(change.table)
        keys = {key: row[key] or "" for key in view.table.keys if key in row}
        return any(
            old[column] == row[column] and all(old[key] == text for key, text in keys.items())
            for old in view.find(row.get(view.table.lookup) or "")
        )


def _written(change: Change) -> Iterable[Cells]:
    """The rows as they are named or written by a change, as far as it says."""
    match change:
        case Put(key=key, values=values):
            return ({**key, **values},)
        case Replace(rows=rows):
            return rows
        case Exact(after=after) if after is not None:
            return (after,)
    return ()


def _named(table: Table, row: Cells) -> str:
    keys = [f"{column}={row[column]}" for column in table.keys if row.get(column)]
    return ",".join(keys or [f"{column}={text}" for column, text in row.items() if text][:1])


def _is_rule(value: str) -> bool:
    """Whether it is worked out for each node when it is needed."""
    return value[0] == "|" or (value[0] == "/" and value[-1] == "/" and value.count("/") > 2) or "+=NEXTRECORD" in value


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)
