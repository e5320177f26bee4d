"""Which kind of database a location is. A driver is imported when a database of its kind is opened."""

from __future__ import annotations

from xcatd.store.engine.dialect import Dialect
from xcatd.store.location import Engine, Location


def dialect_of(location: Location) -> Dialect:
    """The kind of database at a location."""
    match location.engine:
        case Engine.POSTGRES:
            from xcatd.store.engine.postgres import Postgres

            return Postgres(location)
        case Engine.MYSQL:
            from xcatd.store.engine.mysql import Mysql

            return Mysql(location)
        case Engine.SQLITE:
            from xcatd.store.engine.sqlite import Sqlite

            return Sqlite(location)
