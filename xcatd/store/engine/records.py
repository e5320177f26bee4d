"""The history in the database: a row for each write, and a row with packed rows for each table that it touched.

The types are those that every dialect has. Numbers are given here and not by the database, because a group of writes is
stored with one statement; the transaction holds the write lock.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from xcatd.model import Origin
from xcatd.store.engine.metadata import OWN, REVISIONS, TEXT
from xcatd.store.history.entry import Entry

FLOOR: Final = "@history"
"""The name, among the revisions, of the highest number that was ever forgotten: numbers are not used twice."""

_WORDS: Final = 8000
"""Characters of a command line that are kept."""

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

ENTRIES = sa.Table(
    "xcatd_history",
    OWN,
    sa.Column("id", _Number, primary_key=True, autoincrement=False, quote=True),
    sa.Column("at", sa.String(32), nullable=False, quote=True),
    *(sa.Column(name, TEXT, nullable=False, quote=True) for name in ("user", "client", "request", "command")),
    sa.Column("words", TEXT, nullable=False, quote=True),
    sa.Column("tables", TEXT, nullable=False, quote=True),
    sa.Index("xcatd_history_at", "at"),
    quote=True,
)
"""Who wrote when, and which tables: JSON, [[name, rows], ...]."""

PACKED = sa.Table(
    "xcatd_history_rows",
    OWN,
    sa.Column("entry", _Number, primary_key=True, autoincrement=False, quote=True),
    sa.Column("name", sa.String(128), primary_key=True, quote=True),
    sa.Column("data", sa.LargeBinary(2**32 - 1), nullable=False, quote=True),
    sa.Index("xcatd_history_rows_name", "name", "entry"),
    quote=True,
)
"""The rows of one table before and after (history/packing.py)."""


def last_number() -> sa.Select[Any]:
    """The highest number that was ever given to an entry, 0 before the first."""
    floor = sa.select(REVISIONS.c.revision).where(REVISIONS.c.name == FLOOR).scalar_subquery()
    newest = sa.select(sa.func.max(ENTRIES.c.id)).scalar_subquery()
    return sa.select(sa.func.coalesce(floor, 0), sa.func.coalesce(newest, 0))


def row_of(number: int, at: str, origin: Origin, tables: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The row of an entry. Texts come from callers: what is not UTF-8 is replaced."""
    return {
        "id": number,
        "at": at,
        "user": _clean(origin.user),
        "client": _clean(origin.client),
        "request": _clean(origin.request),
        "command": _clean(origin.command),
        "words": _clean(origin.words),
        "tables": json.dumps(tables, separators=(",", ":")),
    }


def entry_of(row: sa.Row[Any]) -> Entry:
    """The entry of a row."""
    origin = Origin(row.user, row.client, row.request, row.command, row.words)
    return Entry(row.id, row.at, origin, tuple((name, count) for name, count in json.loads(row.tables)))


def select_entries(
    table: str | None, user: str | None, since: str | None, until: str | None, before_id: int | None
) -> sa.Select[Any]:
    """The entries that fit, the newest first. A service node's callers are written `user at host`."""
    query = sa.select(ENTRIES).order_by(ENTRIES.c.id.desc())
    if table is not None:
        query = query.where(ENTRIES.c.id.in_(sa.select(PACKED.c.entry).where(PACKED.c.name == table)))
    if user is not None:
        query = query.where((ENTRIES.c.user == user) | ENTRIES.c.user.startswith(f"{user} at ", autoescape=True))
    if since is not None:
        query = query.where(ENTRIES.c.at >= since)
    if until is not None:
        query = query.where(ENTRIES.c.at < until)
    if before_id is not None:
        query = query.where(ENTRIES.c.id < before_id)
    return query


def newest_before(moment: str) -> sa.Select[Any]:
    """The number of the newest entry that is older."""
    return sa.select(sa.func.coalesce(sa.func.max(ENTRIES.c.id), 0)).where(ENTRIES.c.at < moment)


def oldest(number: int, limit: int) -> sa.Select[Any]:
    """The numbers of the oldest entries, none above `number`."""
    return sa.select(ENTRIES.c.id).where(ENTRIES.c.id <= number).order_by(ENTRIES.c.id).limit(limit)


def _clean(text: str) -> str:
    if not text.isascii():
        text = text.encode(errors="surrogateescape").decode(errors="replace")
    return text if len(text) <= _WORDS else f"{text[:_WORDS]}..."
