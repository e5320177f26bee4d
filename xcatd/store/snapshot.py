"""The whole configuration at one moment, in memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from xcatd.errors import NotFound
from xcatd.store.overlay import MANY
from xcatd.store.row import Layout, share
from xcatd.store.schema import STANDARD, Schema
from xcatd.store.view import TableView

T = TypeVar("T")

TableData = tuple[Sequence[str], Sequence[Sequence[str | None]]]
"""A table as it travels: the names of its columns, and its rows in that order."""


class Snapshot:
    """The whole database at one moment, log tables left out. It never changes: a write makes a new one, which shares
    every table that the write left alone.

    `revision` grows with every change; of two snapshots of one database the higher one is the later.
    """

    def __init__(self, views: Mapping[str, TableView], revision: int, schema: Schema = STANDARD) -> None:
        self.revision = revision
        self.schema = schema
        self._views = views
        self._memo: dict[Hashable, Any] = {}

    @classmethod
    def from_tables(cls, tables: Mapping[str, TableData], revision: int = 0, schema: Schema = STANDARD) -> Snapshot:
        """A snapshot of plain data. Tables that are missing are empty; unknown tables and columns are left out, because
        the sender may be of another version."""
        memo: dict[str | None, str | None] = {}
        views = {}
        for name, layout in schema.layouts.items():
            if not layout.table.log:
                columns, rows = tables.get(name, ((), ()))
                views[name] = TableView.of(layout, share(_arranged(layout, columns, rows), memo))
        return cls(views, revision, schema)

    def replace(
        self,
        table: str,
        rows: Sequence[Sequence[str | None]],
        *,
        columns: Sequence[str] | None = None,
        revision: int | None = None,
    ) -> Snapshot:
        """The same, but with these rows in one table. `columns` None: all columns in the schema's order.

        `revision` None: one more than this one's.
        """
        layout = self.table(table).layout
        arranged = _arranged(layout, columns or layout.columns, rows)
        memo = self.texts() if len(rows) > MANY else {}
        view = TableView.of(layout, share(arranged, memo))
        return self.with_views({table: view}, self.revision + 1 if revision is None else revision)

    def with_views(self, views: Mapping[str, TableView], revision: int) -> Snapshot:
        """The same, but with these tables."""
        return Snapshot({**self._views, **views}, revision, self.schema)

    def table(self, name: str) -> TableView:
        """One table. NotFound when there is none of this name, or when it is a log."""
        try:
            return self._views[name]
        except KeyError:
            if name in self.schema.tables:
                raise NotFound(f"Table {name} is a log, which holds no configuration") from None
            raise NotFound(f"No such table: {name}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._views

    def __iter__(self) -> Iterator[str]:
        """The names of the tables, sorted."""
        return iter(self._views)

    def site(self, key: str, default: str = "") -> str:
        """A value of the site table; `default` when there is none or it is empty."""
        for row in self.table("site").find(key):
            return row["value"] or default
        return default

    def cached(self, key: Hashable, build: Callable[[], T]) -> T:
        """What `build` makes, made once and kept as long as this snapshot."""
        if key not in self._memo:
            self._memo[key] = build()
        built: T = self._memo[key]
        return built

    def texts(self) -> dict[str | None, str | None]:
        """A memo for `share` that knows the names of the nodes, the texts that other tables repeat most."""
        names = [name for name in self.table("nodelist").by_ident if isinstance(name, str)]
        return dict(zip(names, names, strict=True))


def _arranged(
    layout: Layout, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> Sequence[Sequence[str | None]]:
    """The rows with their cells in the order of the schema; None where the sender has no such column."""
    if tuple(columns) == layout.columns:
        return rows
    places = [columns.index(column) if column in columns else None for column in layout.columns]
    return [[None if place is None else row[place] for place in places] for row in rows]
