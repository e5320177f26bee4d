"""Seeing what others have written: only the rows that they changed are read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xcatd.store.news import News
from xcatd.store.row import Ident, Values
from xcatd.store.snapshot import Snapshot
from xcatd.store.view import TableView

if TYPE_CHECKING:
    from xcatd.store.engine import Session

UNKNOWN: Final = object()
"""The pulse before the database was looked at."""
RESUMED: Final = object()
"""The pulse of a state that was kept on disk: it counts if the database has not been another one in between."""
EPOCH: Final = "@epoch"
"""The row among the revisions by which a database is known: a management node that starts draws a new number. So a copy of
rows is not taken for current after somebody has put a backup in the place of the database."""
TERM: Final = "@term"
"""The row among the revisions that says how often a management node has become the active one, where there are several of them.
Who is active remembers the number, and each of its transactions looks whether it still stands there."""
MOVED: Final = "@moved"
"""The row among the revisions of a database whose tables have moved to another one."""


class SchemaMoved(Exception):
    """Somebody altered a table or a trigger, or removed the counts."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the database: its rows, how often each table was changed, and the pulse when that was true.

    `moved`: the tables are in another database now, and must not be written here.
    """

    snapshot: Snapshot
    revisions: Mapping[str, int] = field(default_factory=dict)
    pulse: object = UNKNOWN
    moved: bool = False
    epoch: int = 0


def caught_up(session: Session, state: State, schema_version: int) -> tuple[State, News]:
    """The state with what others have written, and which rows differ. Raises SchemaMoved when the database has another
    `schema_version`, or does not count any more."""
    pulse = session.pulse()
    if pulse is not None and pulse == state.pulse:
        return state, {}
    if session.schema_version() != schema_version:
        raise SchemaMoved
    revisions = session.revisions()
    snapshot, epoch = state.snapshot, revisions.get(EPOCH, 0)
    known = {} if state.pulse is RESUMED and state.epoch != epoch else state.revisions
    if not all(name in revisions for name in snapshot):
        raise SchemaMoved
    counted = {name: revisions[name] for name in snapshot}
    news: dict[str, frozenset[Ident] | None] = {}
    views: dict[str, TableView] = {}
    whole: list[str] = []
    for name in snapshot:
        if counted[name] == known.get(name):
            continue
        rows = _rows(session, snapshot.table(name), known.get(name), counted[name])
        if rows is None:
            whole.append(name)
        else:
            views[name], news[name] = snapshot.table(name).patched(rows), frozenset(rows)
    views |= _read_whole(session, snapshot, whole)
    news |= dict.fromkeys(whole)
    if views:
        snapshot = snapshot.with_views(views, sum(counted.values()))
    return State(snapshot, counted, pulse, MOVED in revisions, epoch), news


def _rows(session: Session, view: TableView, since: int | None, now: int) -> Mapping[Ident, Values | None] | None:
    """The rows that have changed; None when that is not known, or when reading the whole table is better."""
    if since is None or not view.unique:
        return None
    idents = session.changed(view.table.name, since, now)
    if idents is None or len(idents) > max(50, len(view.by_ident) // 4):
        return None
    if not all(map(_is_whole, idents)):
        return None  # where a part of the key may be NULL, such a key need not be the only one
    return session.rows_of(view.table.name, idents)


def _is_whole(ident: Ident) -> bool:
    return "" not in ident if isinstance(ident, tuple) else bool(ident)


def _read_whole(session: Session, snapshot: Snapshot, names: list[str]) -> dict[str, TableView]:
    if not names:
        return {}
    filled, memo = session.filled(names), snapshot.texts()
    return {
        name: TableView.of(snapshot.schema.layouts[name], session.rows(name, memo) if name in filled else ())
        for name in names
    }
