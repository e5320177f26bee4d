"""Databases for the tests of the store: a file, or one of a real server that is emptied and used again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.helpers.dbserver import DatabaseServer
from tests.unit.store.foreign import Foreign, Rows, foreign_to, quoted
from xcatd.store import TABLES, open_store
from xcatd.store.location import Engine, Location

OWN = ("xcatd_history_rows", "xcatd_history", "xcatd_change")
"""Tables of ours that have rows of their own; xcatd_change comes last, because emptying others is a change."""
_HERE = {Engine.POSTGRES: "current_schema()", Engine.MYSQL: "DATABASE()"}
_VIEWS = (
    "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = {}",
    "SELECT event_object_table, trigger_name, event_manipulation FROM information_schema.triggers"
    " WHERE trigger_schema = {}",
    "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints"
    " WHERE table_schema = {}",
)
"""What a database looks like."""


@dataclass
class Ground:
    """A database with all tables and no rows."""

    location: Location
    _usual: Foreign | None = field(default=None, init=False)
    _others: list[Foreign] = field(default_factory=list, init=False)

    @property
    def engine(self) -> Engine:
        return self.location.engine

    def foreign(self) -> Foreign:
        """A new foreign connection; it is closed after the test."""
        made = foreign_to(self.location)
        self._others.append(made)
        return made

    def sql(self, statement: str, *values: object) -> Rows:
        """What a foreign program gets for a statement."""
        if self._usual is None:
            self._usual = self.foreign()
        return self._usual.run(statement, *values)

    @contextmanager
    def busy(self) -> Iterator[Foreign]:
        """A foreign program in the middle of a transaction, so that nobody else can write; taken back at the end."""
        foreign = self.foreign()
        foreign.start()
        foreign.run("""INSERT INTO "nodelist" ("node") VALUES ('halfway')""")
        try:
            yield foreign
        finally:
            foreign.undo()

    def replacing(self, table: str, columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
        """The statement with which a program writes a row whether or not it is there."""
        marks = ", ".join("?" * len(columns))
        if self.engine is not Engine.POSTGRES:
            return f'REPLACE INTO "{table}" ({quoted(columns)}) VALUES ({marks})'
        new = ", ".join(f'"{column}" = excluded."{column}"' for column in columns)
        return f'INSERT INTO "{table}" ({quoted(columns)}) VALUES ({marks}) ON CONFLICT ({quoted(keys)}) DO UPDATE SET {new}'

    def guard(self) -> None:
        """From now on the database refuses a node of the name `bad`."""
        if self.engine is Engine.SQLITE:
            self.sql(
                "CREATE TRIGGER guard BEFORE INSERT ON nodelist WHEN new.node = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        else:
            self.sql("""ALTER TABLE "nodelist" ADD CONSTRAINT "guard" CHECK ("node" <> 'bad')""")

    def unguard(self) -> None:
        if self.engine is Engine.SQLITE:
            self.sql("DROP TRIGGER guard")
        else:
            self.sql('ALTER TABLE "nodelist" DROP CONSTRAINT "guard"')

    def columns(self, table: str) -> Rows:
        """Names and types of a table's columns, in their order."""
        if self.engine is Engine.SQLITE:
            return self.sql("SELECT name, type FROM pragma_table_info(?) ORDER BY cid", table)
        kind = "column_type" if self.engine is Engine.MYSQL else "concat(udt_name, '/', character_maximum_length)"
        return self.sql(
            f"SELECT column_name, {kind} FROM information_schema.columns"
            f" WHERE table_name = ? AND table_schema = {_HERE[self.engine]} ORDER BY ordinal_position",
            table,
        )

    def close(self) -> None:
        self._usual = None
        while self._others:
            self._others.pop().close()


class Grounds:
    """The databases of one server."""

    def __init__(self, server: DatabaseServer) -> None:
        self.server = server
        self._free: list[Ground] = []
        self._look: frozenset[tuple[object, ...]] = frozenset()

    @contextmanager
    def lent(self) -> Iterator[Ground]:
        """A database of one's own for a while. Afterwards it serves others, unless its tables are not as they were."""
        ground = self._free.pop() if self._free else self._made()
        try:
            yield ground
        finally:
            ground.close()
        if self._emptied(ground):
            self._free.append(ground)
        else:
            self.server.drop(ground.location)

    @contextmanager
    def bare(self) -> Iterator[Ground]:
        """A database without any tables."""
        ground = Ground(self.server.create())
        try:
            yield ground
        finally:
            ground.close()
            self.server.drop(ground.location)

    def _made(self) -> Ground:
        ground = Ground(self.server.create())
        with ThreadPoolExecutor(1) as aside:  # a test may be running a loop
            aside.submit(asyncio.run, _opened_once(ground.location)).result()
        self._look = self._look or _look(ground)
        ground.close()
        return ground

    def _emptied(self, ground: Ground) -> bool:
        try:
            if _look(ground) != self._look:
                return False
            _empty(ground)
        finally:
            ground.close()
        return True


async def _opened_once(location: Location) -> None:
    await (await open_store(location)).close()


def _look(ground: Ground) -> frozenset[tuple[object, ...]]:
    """What the database looks like, as far as tests may alter it."""
    found: set[tuple[object, ...]] = set()
    for view in _VIEWS:
        text = view if ground.engine is Engine.MYSQL else view.replace("column_type", "data_type")
        found.update(ground.sql(text.format(_HERE[ground.engine])))
    return frozenset(row for row in found if "not_null" not in str(row))  # PostgreSQL names those by numbers


def _empty(ground: Ground) -> None:
    filled = " UNION ALL ".join(
        f"SELECT '{name}' FROM (SELECT 1 AS one) AS once WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in TABLES
    )
    names = {name for (name,) in ground.sql(filled)} | {"auditlog", "eventlog"}
    if ground.engine is Engine.POSTGRES:
        ground.sql(f"TRUNCATE {quoted([*names, *OWN])} RESTART IDENTITY")
    else:
        for name in (*names, *OWN):
            ground.sql(f'TRUNCATE "{name}"')
    for own in ("xcatd_change", "xcatd_writer"):
        ground.sql(f'DELETE FROM "{own}"')
    ground.sql("""DELETE FROM "xcatd_revision" WHERE "name" LIKE '@%' AND "name" <> '@schema'""")
    ground.sql("""UPDATE "xcatd_revision" SET "revision" = 1 WHERE "name" <> '@schema'""")
