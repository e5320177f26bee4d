"""PostgreSQL, by asyncpg."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import sqlalchemy as sa

from xcatd.errors import StoreError
from xcatd.store.engine.dialect import ALTERS, WRITES, Wake
from xcatd.store.engine.journal import CHANGES, MOST
from xcatd.store.engine.lead import Lead
from xcatd.store.engine.metadata import REVISIONS, Catalogue
from xcatd.store.engine.postgres_statements import PostgresStatements
from xcatd.store.engine.server import DIAL, Server
from xcatd.store.location import Trust

CHANNEL: Final = "xcatd"
"""What triggers notify."""
_PORT: Final = 5432
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80877103)
"""Its length, and the number that stands for it."""
_SOCKETS: Final = "/var/run/postgresql"
_STALL: Final = 60.0
"""Seconds after which a statement without an answer is given up: the network has swallowed it."""
_SETTINGS: Final = {
    # The transaction of a daemon that has vanished is ended, because others wait for its locks: after 10 + 4 * 5 seconds
    # when its host is gone, after 10 minutes when it stands still.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "idle_in_transaction_session_timeout": "600000",
}
_ALTERING: Final = 0x78634154
"""The advisory lock of those who alter tables."""

_AWAY: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_MEANINGS: Final[Mapping[str, str]] = {
    "28P01": "refuses the password of user {user}: correct it in cfgloc",
    "28000": "does not let user {user} in from here: see pg_hba.conf, and user and certificate in cfgloc",
    "3D000": "does not exist: make it with pgsqlsetup -i, or correct dbname in cfgloc",
    "42501": "does not allow user {user} to do that: make it the owner of the tables",
    "25006": "is read only: make it writable, or name the primary server in cfgloc",
    "42P01": "lacks a table: start xcatd on the management node, which makes it",
    "42703": "lacks a column: start xcatd on the management node, which makes it",
    "53100": "cannot grow, the disk is full: make room and try again",
    "55P03": "is locked by another program: end that program or try again",
    "57014": "is locked by another program: end that program or try again",
    "22021": "takes only text that is UTF-8: change the text",
}

_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION xcatd_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $xcatd$
DECLARE
    key text; source text; many bigint; noted text; number bigint;
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        SELECT string_agg(format('encode(convert_to(coalesce(%I::text, ''''), ''UTF8''), ''hex'')', each), '||''.''||')
            INTO key FROM unnest(TG_ARGV) AS each;
        source := CASE TG_OP
            WHEN 'INSERT' THEN format('SELECT %s AS key FROM new_rows', key)
            WHEN 'DELETE' THEN format('SELECT %s AS key FROM old_rows', key)
            ELSE format('SELECT %s AS key FROM old_rows UNION SELECT %s FROM new_rows', key, key) END;
        EXECUTE format('SELECT count(*), string_agg(key, '','') FROM (%s LIMIT {MOST + 1}) AS found', source) INTO many, noted;
        IF many = 0 THEN RETURN NULL; END IF;
        IF many > {MOST} THEN noted := NULL; END IF;
    END IF;
    UPDATE {REVISIONS.name} SET revision = revision + 1 WHERE name = TG_TABLE_NAME RETURNING revision INTO number;
    IF number IS NOT NULL THEN
        INSERT INTO {CHANGES.name} (name, revision, noted) VALUES (TG_TABLE_NAME, number, noted);
    END IF;
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END
$xcatd$"""  # noqa: S608 - names of the schema
_EVENTS: Final = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
    "truncate": "",
}


class Postgres(Server):
    """A PostgreSQL database. Triggers run once for each statement, and wake every daemon that listens."""

    raw_errors = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    application = "xcatd"
    """How the server shows the connections."""

    def make_engine(self, patience: float) -> sa.Engine:
        engine = self._engine(
            "postgresql+asyncpg://",
            {"async_creator_fn": self._connect, "patience": patience},
            patience,
            isolation_level="REPEATABLE READ",
        )
        sa.event.listen(engine, "begin", _began)
        return engine

    def statements(self, catalogue: Catalogue, dialect: sa.Dialect) -> PostgresStatements:
        return PostgresStatements(dialect, catalogue)

    def lead(self, name: str) -> Lead:
        lead = Lead(self._connect, self.explain, self.raw_errors, name)
        self.application = lead.worker
        return lead

    async def _connect(self, patience: float = 30.0, **_: Any) -> asyncpg.Connection:
        context = self.trusted()
        try:
            return await self._dial(context or False, patience)
        except ConnectionError as error:
            if context is None or type(error) is not ConnectionError or await self._has_tls():
                raise
            if self.location.tls.trust is not Trust.PREFER:
                raise StoreError(
                    f"The database {self.name} has no TLS, and cfgloc asks for it: switch it on there (ssl = on), or write "
                    "sslmode=disable in cfgloc"
                ) from error
            return await self._dial(False, patience)

    async def _has_tls(self) -> bool:
        """Whether the server agrees to TLS when it is asked (PostgreSQL manual, SSLRequest); the driver's error does not say."""
        async with asyncio.timeout(DIAL):
            reader, writer = await asyncio.open_connection(self.location.host, self.location.port or _PORT)
            try:
                writer.write(_SSL_REQUEST)
                return await reader.read(1) != b"N"
            finally:
                writer.transport.abort()

    async def call(self) -> None:
        connection = await self._connect()
        connection.terminate()

    async def _dial(self, tls: ssl.SSLContext | bool, patience: float) -> asyncpg.Connection:
        location = self.location
        on_this_host = not location.host or bool(location.socket)
        return await asyncpg.connect(
            host=(location.socket or _SOCKETS) if on_this_host else location.host,
            port=location.port or _PORT,
            user=location.user,
            password=location.password.reveal(),
            database=location.database,
            ssl=False if on_this_host else tls,
            timeout=DIAL,
            command_timeout=max(_STALL, patience + DIAL),
            server_settings={
                **_SETTINGS,
                "application_name": self.application,
                "lock_timeout": str(int(patience * 1000)),
            },
        )

    def is_away(self, error: BaseException | None) -> bool:
        return isinstance(error, _AWAY)

    def _meaning(self, error: BaseException) -> str:
        return _MEANINGS.get(_code(error), "").format(user=self.location.user)

    def lacks_table(self, error: BaseException | None) -> bool:
        return _code(error) in ("42P01", "42703")

    def may_pass(self, error: BaseException | None) -> bool:
        return _code(error) in ("40001", "40P01")

    def columns(self, connection: sa.Connection) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        for table, column in connection.exec_driver_sql(query):
            found.setdefault(table, set()).add(column)
        return found

    def triggers(self, connection: sa.Connection) -> set[str]:
        query = (
            "SELECT t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
            "WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
        )
        return {name for (name,) in connection.exec_driver_sql(query)}

    def helpers(self) -> Sequence[str]:
        return (_FUNCTION,)

    def unhelpers(self) -> Sequence[str]:
        return ("DROP FUNCTION IF EXISTS xcatd_note()",)

    def counting(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        columns = ", ".join(f"'{key}'" for key in keys)
        for event, rows in _EVENTS.items():
            name = f"xcatd_{table}_{event}"
            yield (
                name,
                (
                    f'CREATE TRIGGER "{name}" AFTER {event.upper()} ON "{table}" {rows} FOR EACH STATEMENT '
                    f"EXECUTE FUNCTION xcatd_note({columns})"
                ),
            )

    def uncounting(self, table: str, trigger: str) -> str:
        return f'DROP TRIGGER "{trigger}" ON "{table}"'

    def numbered(self, connection: sa.Connection, table: str, column: str) -> None:
        """Numbers are not used twice: the next one may be far behind those that are there."""
        sequence = f"pg_get_serial_sequence('\"{table}\"', '{column}')::regclass"
        connection.exec_driver_sql(
            f'SELECT setval({sequence}, greatest(max("{column}"), pg_sequence_last_value({sequence}))) '  # noqa: S608 - names of the schema
            f'FROM "{table}"'
        )

    @asynccontextmanager
    async def news(self, wake: Wake) -> AsyncIterator[bool]:
        """A connection of its own that listens. When it is lost, `wake` is called once more."""
        connection = await self._connect()
        try:
            connection.add_termination_listener(lambda _: wake())
            await connection.add_listener(CHANNEL, lambda *_: wake())
            yield True
        finally:
            with contextlib.suppress(*_AWAY, asyncio.TimeoutError):
                await connection.close(timeout=1)


def _began(connection: sa.Connection) -> None:
    """A writer locks the counts, which every other writer needs, foreign ones by the triggers; readers go on. The
    snapshot of the transaction is taken after that (PostgreSQL manual, LOCK)."""
    options = connection.get_execution_options()
    if options.get(ALTERS):  # each of its queries sees what others have altered while it waited
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ALTERING})")
    elif options.get(WRITES):
        connection.exec_driver_sql(f"LOCK TABLE {REVISIONS.name} IN EXCLUSIVE MODE")


def _code(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
