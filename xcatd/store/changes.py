"""What can be done to the database, and the checks that come before it is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import NotFound, UsageError
from xcatd.store.schema import Schema
from xcatd.store.schema.layout import Layout

Cells = Mapping[str, str | None]
"""Column -> text; None, like a column that is not named, is NULL."""


@dataclass(frozen=True, slots=True)
class Put:
    """Set `values` in every row whose columns equal `key`; when there is none, insert one, unless `adds` is False. None
    clears a cell."""

    table: str
    key: Mapping[str, str]
    values: Cells
    adds: bool = True


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove all rows whose columns equal `where`; an empty `where` means all rows."""

    table: str
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Append:
    """Add a row to a log table. The database makes its `recid`."""

    table: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Replace:
    """Make these the rows of the table, in this order. Rows that are the same before and after are not written."""

    table: str
    rows: Sequence[Cells]


@dataclass(frozen=True, slots=True)
class Exact:
    """Make the row `before` the row `after`, provided that it still is exactly that; otherwise Conflict is raised.

    Both are whole rows, such as `Row.cells()` gives. None: the row must not exist before, or is not to exist after; one
    of them is given. NULL and the empty text count as the same before, except in `disable`, where they mean different
    things.
    """

    table: str
    before: Cells | None
    after: Cells | None


Change = Put | Delete | Append | Replace | Exact


@dataclass(frozen=True, slots=True)
class Once:
    """What marks a write, so that it can be repeated and is done once: who writes, and the number of the write.

    The numbers of one writer grow, and it repeats or gives up a write before the next one: so its last number says of each
    whether it was done.
    """

    writer: str
    serial: int


class Check:
    """Looks at changes before they are tried. One for each write: it remembers which columns it has found right."""

    def __init__(self, schema: Schema) -> None:
        self._layouts = schema.layouts
        self._right: set[tuple[str, ...]] = set()

    def __call__(self, change: Change) -> None:
        """Raise for what can be seen without the rows: NotFound for a table or column that does not exist, UsageError
        for a change that the table does not allow, or a text that no database can store."""
        if not isinstance(change, Put):
            self._look(change)
            return
        columns = (change.table, *change.key, "", *change.values)
        if columns not in self._right:
            self._look(change)
            if not self._layouts[change.table].table.required:
                self._right.add(columns)
            return
        for cells in (change.key, change.values):
            for column, text in cells.items():
                if text is not None and (not text.isascii() or "\0" in text):
                    _check_text(self._layouts[change.table], column, text)

    def _look(self, change: Change) -> None:
        layout = self._layouts.get(change.table)
        if layout is None:
            raise NotFound(f"No such table: {change.table}")
        match change:
            case Put(key=key, values=values):
                _check_put(layout, key, values)
            case Append(values=appended):
                _check_append(layout, appended)
            case Delete(where=where) if layout.table.log:
                _check_cells(layout, where)
            case Delete(where=where):
                _check_columns(layout, where)
            case Replace(rows=rows):
                for row in rows:
                    _check_cells(layout, row)
            case Exact(before=before, after=after):
                _check_exact(layout, before, after)


def parts(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    """The changes in portions of about `size` rows, so that others may run between them. What is in a portion is fit for
    `Check` only: a `Replace` of many rows comes as several."""
    portion: list[Change] = []
    for change in changes:
        if isinstance(change, Replace) and len(change.rows) > size:
            for start in range(0, len(change.rows), size):
                yield [Replace(change.table, change.rows[start : start + size])]
            continue
        portion.append(change)
        if len(portion) >= size:
            yield portion
            portion = []
    yield portion


def _check_put(layout: Layout, key: Mapping[str, str], values: Cells) -> None:
    table = layout.table
    if table.log:
        raise UsageError(f"Table {table.name} is a log: its rows are not changed")
    if not key:
        raise UsageError(f"A change of table {table.name} must say which row is meant")
    _check_cells(layout, key)
    _check_cells(layout, values)
    for column in table.required:
        if column in values and not values[column]:
            raise UsageError(f'Column "{column}" of table "{table.name}" must have a value')


def _check_append(layout: Layout, values: Mapping[str, str]) -> None:
    if not layout.table.log:
        raise UsageError(f"Table {layout.table.name} is not a log: nothing is appended to it")
    _check_cells(layout, values)


def _check_exact(layout: Layout, before: Cells | None, after: Cells | None) -> None:
    if layout.table.log:
        raise UsageError(f"Table {layout.table.name} is a log: its rows are not changed")
    if before is None and after is None:
        raise UsageError(f"A change of table {layout.table.name} must say which row is meant")
    _check_columns(layout, before or {})
    _check_cells(layout, after or {})


def _check_columns(layout: Layout, cells: Cells) -> None:
    if not cells.keys() <= layout.position.keys():
        for column in cells:
            layout.place(column)


def _check_cells(layout: Layout, cells: Cells) -> None:
    _check_columns(layout, cells)
    for column, text in cells.items():
        if text is not None and (not text.isascii() or "\0" in text):
            _check_text(layout, column, text)


def _check_text(layout: Layout, column: str, text: str) -> None:
    if "\0" in text:
        raise UsageError(
            f'The text for column "{column}" of table "{layout.table.name}" has a zero byte in it: remove it'
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f'The text for column "{column}" of table "{layout.table.name}" is not UTF-8') from None
