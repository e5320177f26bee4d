"""Which rows were changed, by whomever: triggers note their keys, so that others need not read whole tables again.

A note belongs to one count of `xcatd_revision`: the two grow together, under the lock of the table's count, so the notes of
a table stand in the order of the commits. Keys are written in a way that every database can: each text in hexadecimal
digits of its UTF-8, the columns of a key joined with ".", the rows with ",". NULL counts as "". No keys: any row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from xcatd.store.engine.metadata import OWN, REVISIONS, TEXT
from xcatd.store.row import Ident

CHANGES = sa.Table(
    "xcatd_change",
    OWN,
    sa.Column("name", sa.String(128), primary_key=True, quote=True),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False, quote=True),
    sa.Column("noted", TEXT, nullable=True, quote=True),
    quote=True,
)

MOST: Final = 2000
"""Keys that are worth noting; beyond that whole tables are read again."""
KEPT: Final = 4000
"""Notes that are kept of each table."""


def since(table: str, revision: int) -> sa.Select[Any]:
    """The notes of a table that are newer."""
    return (
        sa.select(CHANGES.c.noted)
        .where(CHANGES.c.name == table, CHANGES.c.revision > revision)
        .order_by(CHANGES.c.revision)
        .limit(MOST + 1)
    )


def noting(table: str, noted: str) -> str:
    """Two statements for a trigger's body: count a change of a table, and note its keys, which the SQL text `noted` gives."""
    return (
        f"UPDATE {REVISIONS.name} SET revision = revision + 1 WHERE name = '{table}'; "  # noqa: S608 - names of the schema
        f"INSERT INTO {CHANGES.name} (name, revision, noted) "
        f"SELECT '{table}', revision, {noted} FROM {REVISIONS.name} WHERE name = '{table}';"
    )


def outdated() -> sa.Delete:
    """What removes the notes that nobody will want."""
    count = sa.select(REVISIONS.c.revision).where(REVISIONS.c.name == CHANGES.c.name).scalar_subquery()
    return CHANGES.delete().where(CHANGES.c.revision <= count - KEPT)


def written(idents: Iterable[Ident]) -> str:
    """The keys of rows as notes have them."""
    return ",".join(".".join(_hex(part) for part in _parts(ident)) for ident in idents)


def read(notes: Sequence[str | None], columns: int) -> frozenset[Ident] | None:
    """The keys in notes, of so many columns each; None when one does not say, or they are too many."""
    found: set[Ident] = set()
    for note in notes:
        if note is None:
            return None
        for key in note.split(","):
            try:
                parts = [bytes.fromhex(part).decode() for part in key.split(".")]
            except UnicodeDecodeError:
                return None  # no statement can name such a row
            if len(parts) != columns:
                return None  # the key of the table has changed since
            found.add(parts[0] if columns == 1 else tuple(parts))
        if len(found) > MOST:
            return None
    return frozenset(found)


def _parts(ident: Ident) -> Sequence[str | int]:
    return ident if isinstance(ident, tuple) else (ident,)


def _hex(part: str | int) -> str:
    return str(part).encode(errors="surrogateescape").hex()
