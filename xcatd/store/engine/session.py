"""A transaction, as the store uses it.

These are plain functions in form, but they run in a greenlet: while the database works, the loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, starmap
from operator import add, itemgetter
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import await_only

from xcatd.model import Origin
from xcatd.store.changes import Append, Delete
from xcatd.store.engine import journal, records
from xcatd.store.engine.dialect import Dialect, driver_error
from xcatd.store.engine.metadata import REVISIONS, WRITERS, Catalogue
from xcatd.store.engine.statements import Care, Statement, Statements
from xcatd.store.history.entry import Entry, moment
from xcatd.store.history.packing import pack
from xcatd.store.row import Ident, Layout, Values, share
from xcatd.store.tabledraft import Effect, Steps

T = TypeVar("T")
K = TypeVar("K")

_CHUNK: Final = 2000
"""Rows that are read or written between two moments at which others may run."""
_FEW: Final = 50
"""Rows for each of which the database may note that it has changed."""


class Session:
    """One transaction. `odd`: tables known to have text that is not UTF-8."""

    def __init__(
        self, connection: sa.Connection, dialect: Dialect, catalogue: Catalogue, statements: Statements, odd: set[str]
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._catalogue = catalogue
        self._statements = statements
        self._odd = odd

    def pulse(self) -> object:
        """What stays as it is while nobody but this connection writes; None: nobody can say."""
        return self._dialect.pulse(self._connection)

    def schema_version(self) -> int:
        """A number that changes when somebody alters a table or a trigger, where the database counts that."""
        return self._dialect.schema_version(self._connection)

    def revisions(self) -> dict[str, int]:
        """How often each table was changed; what stands beside them begins with "@"."""
        rows = self._connection.execute(sa.select(REVISIONS.c.name, REVISIONS.c.revision))
        return dict(rows.tuples().all())

    def recount(self, more: int) -> None:
        """Count each table as changed so many times more: nobody then knows a count that is in use again for other rows."""
        tables = REVISIONS.update().where(REVISIONS.c.name.not_like("@%"))
        self._connection.execute(tables.values(revision=REVISIONS.c.revision + more))

    def changed(self, table: str, since: int, now: int) -> frozenset[Ident] | None:
        """The keys of the rows that were changed between two counts; None when that is not known, or they are many."""
        if not 0 < now - since <= journal.MOST:
            return None
        notes = self._connection.scalars(journal.since(table, since)).all()
        if len(notes) != now - since:
            return None
        return journal.read(notes, len(self._catalogue.schema.layouts[table].keys))

    def rows_of(self, table: str, idents: Collection[Ident]) -> dict[Ident, Values | None]:
        """The rows with these keys, in database order; None for those that are not there."""
        order = sa.text("rowid") if self._dialect.keeps_order else None
        ident = self._catalogue.schema.layouts[table].ident
        query = self._catalogue.select_keyed(table, list(idents)).order_by(order)
        found: dict[Ident, Values | None] = {
            ident(values): values for values in self._whatever_text(table, partial(self._keyed, query))
        }
        return found | {each: None for each in idents if each not in found}

    def _keyed(self, query: sa.Select[Any]) -> list[Values]:
        """Read by a cursor that is closed here. SQLAlchemy's own lives on after text that is not UTF-8 until it is collected
        as garbage, and SQLite shows the moment in which it began for as long as it lives."""
        options = {"stream_results": self._dialect.keeps_order}
        with self._connection.execute(query, execution_options=options) as result:
            return share(result.tuples(), {})

    def tidy(self, before: str) -> None:
        """Remove the notes of changes that nobody will want, and the numbers of writers that have not written since."""
        self._connection.execute(journal.outdated())
        self._connection.execute(WRITERS.delete().where(WRITERS.c.at < before))

    def filled(self, tables: Collection[str]) -> set[str]:
        """Those of the tables that have rows."""
        if not tables:
            return set()
        preparer = self._connection.dialect.identifier_preparer
        return set(self._connection.scalars(self._catalogue.which_have_rows(tables, preparer)))

    def rows(self, table: str, memo: dict[str | None, str | None]) -> list[Values]:
        """A whole table in database order, else by its keys; equal texts are one object."""
        keeps_order = self._dialect.keeps_order
        query = self._catalogue.select_rows(table) if keeps_order else self._catalogue.select_sorted(table)
        return self._whatever_text(table, lambda: list(self._read(query, memo)))

    def _whatever_text(self, table: str, read: Callable[[], list[Values]]) -> list[Values]:
        """The rows that `read` gives, read again in another way when there is text that is not UTF-8."""
        if table not in self._odd:
            try:
                return read()
            except (sa.exc.DBAPIError, driver_error(self._connection.dialect)) as error:
                if not self._dialect.is_odd_text(error.orig if isinstance(error, sa.exc.DBAPIError) else error):
                    raise
            self._odd.add(table)
        with self._dialect.any_text(self._connection):
            return read()

    def last_rows(self, table: str, last: int | None) -> list[Values]:
        """Rows of a log, oldest first; only the `last` ones when that is a number."""
        with self._dialect.any_text(self._connection):
            return list(self._read(self._catalogue.select_last(table, last), {}))[::-1]

    def _read(self, query: sa.Select[Any], memo: dict[str | None, str | None]) -> Iterator[Values]:
        """Rows as the driver gives them: SQLAlchemy's would take longer to make than the database takes to send these."""
        compiled = query.compile(dialect=self._connection.dialect, compile_kwargs={"literal_binds": True})
        cursor: Any = self._connection.connection.cursor(server_side=True)
        try:
            cursor.execute(str(compiled))
            while rows := cursor.fetchmany(_CHUNK):
                yield from share(rows, memo)
        finally:
            cursor.close()

    def breathe(self) -> None:
        """Let others run."""
        await_only(asyncio.sleep(0))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone when it raises; an error of the database becomes a StoreError. One that may pass
        ends the whole transaction, which MySQL has taken back by then."""
        nested = self._connection.begin_nested()
        try:
            yield
        except sa.exc.DBAPIError as error:
            if self._dialect.may_pass(error.orig):
                raise
            self._undo(nested)
            raise self._dialect.explain(error.orig) from error
        except BaseException:
            self._undo(nested)
            raise
        nested.commit()

    def _undo(self, nested: sa.NestedTransaction) -> None:
        with suppress(sa.exc.DBAPIError):  # the connection may be gone
            nested.rollback()

    def apply(self, steps: Sequence[Steps], logs: Sequence[Append | Delete]) -> None:
        """Tell the database."""
        with self._noting(steps):
            for each in steps:
                self._apply_steps(each)
        for (kind, _), changes in groupby(logs, key=lambda change: (type(change), change.table)):
            if kind is Append:
                self._append([change for change in changes if isinstance(change, Append)])
            else:
                self._delete([change for change in changes if isinstance(change, Delete)])

    @contextmanager
    def _noting(self, steps: Sequence[Steps]) -> Iterator[None]:
        """Note what changes: the triggers do, but of many rows where that would be slow."""
        few = sum(len(each.deleted) + len(each.updated) + len(each.inserted) for each in steps) <= _FEW
        silent = None if few else self._dialect.unnoticed(self._connection)
        if silent is None:
            yield
            return
        with silent:
            yield
        for each in steps:
            self._note(each)

    def _note(self, steps: Steps) -> None:
        """Count the change of a table once, and note which rows it concerns."""
        name, ident = steps.layout.table.name, steps.layout.ident
        touched = {ident(values) for values in (*steps.deleted, *map(itemgetter(0), steps.updated), *steps.inserted)}
        self._connection.execute(
            REVISIONS.update().where(REVISIONS.c.name == name).values(revision=REVISIONS.c.revision + 1)
        )
        keys = sa.literal(
            journal.written(touched) if len(touched) <= journal.MOST else None, journal.CHANGES.c.noted.type
        )
        counted = sa.select(REVISIONS.c.name, REVISIONS.c.revision, keys).where(REVISIONS.c.name == name)
        self._connection.execute(journal.CHANGES.insert().from_select(["name", "revision", "noted"], counted))

    def fill(self, table: str, rows: Sequence[Values]) -> None:
        """Add rows to a table, whatever kind of table it is."""
        layout = self._catalogue.schema.layouts[table]
        if layout.table.log:
            self._append([Append(table, _filled(layout, values)) for values in rows])
        else:
            self._apply_steps(Steps(layout, (), (), rows, ()))

    def size(self, table: str) -> int:
        """How many rows a table has."""
        counted = sa.select(sa.func.count()).select_from(self._catalogue.tables[table])
        return int(self._connection.scalar(counted) or 0)

    def clear(self, table: str) -> None:
        """Remove all rows of a table."""
        self._connection.execute(self._catalogue.tables[table].delete())

    def own_rows(self, table: sa.Table, after: Sequence[Any] | None, limit: int) -> list[Sequence[Any]]:
        """Rows of a table of this program, in the order of its key, which begins the rows, behind the key `after`."""
        keys = list(table.primary_key)
        query = sa.select(table).order_by(*keys).limit(limit)
        if after is not None:
            query = query.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
        return [tuple(row) for row in self._connection.execute(query)]

    def fill_own(self, table: sa.Table, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table of this program."""
        names = [column.name for column in table.columns]
        self._connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])

    def clear_own(self, table: sa.Table) -> None:
        """Remove all rows of a table of this program."""
        self._connection.execute(table.delete())

    def _apply_steps(self, steps: Steps) -> None:
        table, statements = steps.layout.table.name, self._statements
        care = partial(_cares, steps.layout, table in self._odd) if self._dialect.null_keys else _usual
        for kind, olds in _runs(steps.deleted, care):
            self._execute(statements.delete(table, kind), olds)
        for kind, pairs in _runs(steps.updated, lambda pairs: care(list(map(itemgetter(0), pairs)))):
            self._execute(statements.update(table, kind, steps.columns), list(starmap(add, pairs)))
        for kind, rows in _runs(steps.inserted, care):
            self._execute(statements.insert(table, kind), rows)

    def _append(self, changes: Sequence[Append]) -> None:
        """Add rows, all to one log."""
        layout = self._catalogue.schema.layouts[changes[0].table]
        for numbered, run in _runs(changes, lambda run: [layout.columns[0] in change.values for change in run]):
            rows = [tuple(map(change.values.get, layout.columns)) for change in run]
            self._execute(self._statements.insert(layout.table.name, numbered=numbered), rows)
            if numbered and layout.table.columns[0].type != "TEXT":
                self._dialect.numbered(self._connection, layout.table.name, layout.columns[0])

    def _delete(self, changes: Sequence[Delete]) -> None:
        """Remove rows, all from one log."""
        for statement in self._catalogue.deletions(changes[0].table, [change.where for change in changes]):
            self._connection.execute(statement)
            self.breathe()

    def _execute(self, statement: Statement, rows: Sequence[Values]) -> None:
        self._connection.exec_driver_sql(statement.sql, statement.parameters(rows))

    def record(self, at: str, writes: Sequence[tuple[Origin, Sequence[Effect]]]) -> None:
        """Add to the history what each of these did."""
        last = max(self._connection.execute(records.last_number()).one())
        entries: list[dict[str, Any]] = []
        packed: list[dict[str, Any]] = []
        for number, (origin, effects) in enumerate(writes, last + 1):
            tables = [(effect.layout.table.name, len(effect)) for effect in effects]
            entries.append(records.row_of(number, at, origin, tables))
            packed += (
                {"entry": number, "name": effect.layout.table.name, "data": pack(effect, self.breathe)}
                for effect in effects
            )
        if entries:
            self._connection.execute(records.ENTRIES.insert(), entries)
            self._connection.execute(records.PACKED.insert(), packed)

    def entries(
        self,
        last: int | None,
        *,
        table: str | None,
        user: str | None,
        since: str | None,
        until: str | None,
        before_id: int | None,
    ) -> list[Entry]:
        """The newest entries of the history that fit, oldest first; see `History.entries`."""
        query = records.select_entries(table, user, since, until, before_id).limit(last)
        return [records.entry_of(row) for row in self._connection.execute(query)][::-1]

    def packed_rows(self, number: int) -> list[tuple[str, bytes]] | None:
        """The packed rows of an entry, by table in the order in which they were touched; None: no such entry."""
        row = self._connection.execute(sa.select(records.ENTRIES).where(records.ENTRIES.c.id == number)).one_or_none()
        if row is None:
            return None
        query = sa.select(records.PACKED.c.name, records.PACKED.c.data).where(records.PACKED.c.entry == number)
        data: dict[str, bytes] = {name: bytes(each) for name, each in self._connection.execute(query)}
        return [(name, data[name]) for name, _ in records.entry_of(row).tables if name in data]

    def forget(self, before: str, limit: int) -> int:
        """Remove up to `limit` of the oldest entries that are older than this moment. Returns how many."""
        newest = self._connection.scalar(records.newest_before(before)) or 0
        numbers = list(self._connection.scalars(records.oldest(newest, limit)))
        if numbers:
            highest = max(self._connection.execute(records.last_number()).one())
            self.mark(records.FLOOR, highest)
            self._connection.execute(records.PACKED.delete().where(records.PACKED.c.entry <= numbers[-1]))
            self._connection.execute(records.ENTRIES.delete().where(records.ENTRIES.c.id <= numbers[-1]))
        return len(numbers)

    def stamp(self, writer: str, serial: int) -> None:
        """Leave the number of this transaction, by which it is known if its end is not seen."""
        self._set(WRITERS, writer, serial=serial, at=moment(datetime.now(UTC)))

    def stamped(self, writer: str) -> int | None:
        """The number that this writer left last."""
        serial: int | None = self._connection.scalar(sa.select(WRITERS.c.serial).where(WRITERS.c.name == writer))
        return serial

    def unstamp(self, writer: str) -> None:
        """Take the number away: the writer ends."""
        self._connection.execute(WRITERS.delete().where(WRITERS.c.name == writer))

    def mark(self, name: str, number: int) -> None:
        """Set what stands beside the counts of the tables; its name begins with "@"."""
        self._set(REVISIONS, name, revision=number)

    def marked(self, name: str) -> int:
        """What stands there, 0 when nothing does."""
        number: int | None = self._connection.scalar(sa.select(REVISIONS.c.revision).where(REVISIONS.c.name == name))
        return number or 0

    def raised(self, name: str) -> int:
        """The next number, which stands there from now on."""
        number = self.marked(name) + 1
        self.mark(name, number)
        return number

    def unmark(self, name: str) -> None:
        """Take that away."""
        self._connection.execute(REVISIONS.delete().where(REVISIONS.c.name == name))

    def _set(self, table: sa.Table, name: str, **values: object) -> None:
        if self._connection.execute(table.update().where(table.c.name == name).values(values)).rowcount == 0:
            self._connection.execute(table.insert().values(name=name, **values))


def _filled(layout: Layout, values: Values) -> dict[str, str]:
    return {column: text for column, text in zip(layout.columns, values, strict=True) if text is not None}


def _usual(rows: Sequence[Values]) -> list[Care]:
    """The care of rows whose keys are never NULL and whose text is UTF-8."""
    return [Care.USUAL] * len(rows)


def _cares(layout: Layout, may_be_odd: bool, rows: Sequence[Values]) -> list[Care]:
    """The care that each of the rows needs."""
    if may_be_odd:
        return [_care(layout, values) for values in rows]
    keys = list(map(layout.key_of, rows))
    if (None in keys) if len(layout.keys) == 1 else any(None in key for key in keys):
        return [Care.LOOSE if layout.has_null_key(values) else Care.USUAL for values in rows]
    return [Care.USUAL] * len(rows)


def _care(layout: Layout, values: Values) -> Care:
    if not all(text is None or _is_text(text) for text in values):
        return Care.ODD
    return Care.LOOSE if layout.has_null_key(values) else Care.USUAL


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _runs(items: Sequence[T], kinds: Callable[[Sequence[T]], Sequence[K]]) -> Iterator[tuple[K, list[T]]]:
    """The items in order, in pieces of one kind that are small enough for one step. `kinds`: of each item."""
    for start in range(0, len(items), _CHUNK):
        piece = items[start : start + _CHUNK]
        for kind, run in groupby(zip(kinds(piece), piece, strict=True), key=itemgetter(0)):
            yield kind, [item for _, item in run]
