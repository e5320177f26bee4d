"""Tables for tests, written the way they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.store import Snapshot

Rows = Sequence[Mapping[str, str | None]]


def snapshot_of(**tables: Rows) -> Snapshot:
    """A snapshot with these rows; columns that a row does not name are NULL."""
    return Snapshot.from_tables({name: plain(rows) for name, rows in tables.items()})


def plain(rows: Rows) -> tuple[list[str], list[list[str | None]]]:
    """Rows as columns and lists of cells."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return columns, [[row.get(column) for column in columns] for row in rows]
