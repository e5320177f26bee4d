"""What a follower of a table does not know yet: some of its rows, or all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xcatd.store.news import News
from xcatd.store.row import Ident, Layout, Values
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

MOST = 2000
"""Rows of a table that are told one by one; when more have changed, the whole table is."""
SMALL = 200
"""Rows of a table that is always told as a whole: that costs nothing, and keeps the order of its rows in every case."""

Touched = Mapping[Ident, bool]
"""Rows that changed -> whether the row came or went, so that it no longer stands where it stood. Those that came are in the
order of the table."""

Plain = dict[str, Any]
"""A patch as JSON can write it."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Rows to be set in a table; those in `gone` are first removed, so that one which is in both moves to the end.

    `whole`: the rows are all that the table has.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    gone: Sequence[Ident] = ()
    whole: bool = False

    def __len__(self) -> int:
        """How many rows are told."""
        return len(self.rows) + len(self.gone)


class Dirty:
    """Tables and rows that changed, gathered over any number of news."""

    def __init__(self, tables: Iterable[str] = ()) -> None:
        self._tables: dict[str, dict[Ident, bool] | None] = dict.fromkeys(tables)

    def __bool__(self) -> bool:
        return bool(self._tables)

    def __iter__(self) -> Iterator[tuple[str, Touched | None]]:
        """The tables by name, each with the rows that changed; None: any of them."""
        return iter(sorted(self._tables.items()))

    def add(self, changed: Mapping[str, Touched | None]) -> None:
        """Take what `touched` gives."""
        for name, rows in changed.items():
            known = self._tables.setdefault(name, {})
            if known is None:
                continue
            if rows is None or len(known) + len(rows) > MOST:
                self._tables[name] = None
                continue
            for ident, moved in rows.items():
                if moved:
                    known.pop(ident, None)
                known.setdefault(ident, moved)


def touched(news: News, before: Snapshot | None, now: Snapshot) -> dict[str, Touched | None]:
    """The rows of which the news tell; None for a table when it is better told as a whole."""
    return {
        name: _touched(None if before is None else before.table(name), now.table(name), idents)
        for name, idents in news.items()
        if name in now
    }


def _touched(before: TableView | None, now: TableView, idents: frozenset[Ident] | None) -> Touched | None:
    if idents is None or before is None or len(idents) > MOST or len(now.by_ident) <= SMALL:
        return None
    if not (before.unique and now.unique):
        return None  # rows of which several have one key are told apart by their places
    came = [ident for ident in idents if ident in now.by_ident and ident not in before.by_ident]
    if len(came) > 1:
        some = frozenset(came)
        came = [ident for ident in now.by_ident if ident in some]
    rows = {ident: ident not in now.by_ident for ident in idents.difference(came)}
    return rows | dict.fromkeys(came, True)


def patch_of(view: TableView, rows: Touched | None) -> Patch:
    """What has to be told of a table, `rows` of which changed."""
    by_ident, columns = view.by_ident, view.layout.columns
    if rows is None or not view.unique:
        return Patch(columns, list(by_ident.values()), whole=True)
    there = [by_ident[ident] for ident in rows if ident in by_ident]
    return Patch(columns, there, [ident for ident, moved in rows.items() if moved])


def apply(patch: Patch, view: TableView) -> tuple[TableView, frozenset[Ident]]:
    """The table with the patch, which is not a whole one, and the rows that are touched. ValueError when it does not fit:
    keys occur twice here, or the rows have another key."""
    layout, by_ident = view.layout, view.by_ident
    rows: dict[Ident, Values | None] = {}
    for values in arranged(layout, patch.columns, patch.rows):
        ident = layout.ident(values)
        old = by_ident.get(ident)
        rows[ident] = values if old is None else _sharing(old, values)
    gone = [ident for ident in patch.gone if ident in by_ident]
    idents = frozenset(rows).union(gone)
    if moving := [ident for ident in gone if ident in rows]:
        view = view.patched(dict.fromkeys(moving))
    return view.patched({**dict.fromkeys(ident for ident in gone if ident not in rows), **rows}), idents


def arranged(layout: Layout, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> list[Values]:
    """The rows with their cells in the order of the layout; None where there is no such column."""
    if tuple(columns) == layout.columns:
        return [tuple(row) for row in rows]
    places = [columns.index(column) if column in columns else None for column in layout.columns]
    return [tuple([None if place is None else row[place] for place in places]) for row in rows]


def _sharing(old: Values, new: Values) -> Values:
    """The new row, with the old one's texts where they are equal."""
    return tuple([was if was == text else text for was, text in zip(old, new, strict=True)])


def to_plain(table: str, patch: Patch) -> Plain:
    """A patch that is not too long for one piece, as JSON can write it."""
    plain: Plain = {"table": table, "columns": list(patch.columns), "rows": [list(row) for row in patch.rows]}
    return plain | ({} if patch.whole else {"gone": list(patch.gone), "patch": True})


def from_plain(plain: Plain) -> tuple[str, Patch]:
    """The name of the table, and the patch. Raises KeyError, TypeError or ValueError when it is none."""
    columns = tuple(map(str, plain["columns"]))
    rows = [_cells(row, len(columns)) for row in plain["rows"]]
    gone = [_ident(each) for each in plain.get("gone", ())]
    return str(plain["table"]), Patch(columns, rows, gone, whole=not plain.get("patch"))


def _cells(row: Any, width: int) -> Values:
    cells = tuple(row)
    if len(cells) != width:
        raise ValueError("a row has too few or too many cells")
    return cells


def _ident(plain: Any) -> Ident:
    if isinstance(plain, str):
        return plain
    return tuple(map(str, plain))
