"""MariaDB and MySQL, by aiomysql."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiomysql
import pymysql
import sqlalchemy as sa
from pymysql.constants import CLIENT

from xcatd.errors import StoreError
from xcatd.store.engine.dialect import ALTERS, WRITES
from xcatd.store.engine.journal import noting
from xcatd.store.engine.metadata import REVISIONS, Catalogue
from xcatd.store.engine.mysql_statements import MysqlStatements
from xcatd.store.engine.server import DIAL, Server
from xcatd.store.location import Trust

_PORT: Final = 3306
_SOCKETS: Final = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")  # noqa: S108 - as servers have it
_STALL: Final = 60
"""Seconds after which a statement without an answer is given up: the network has swallowed it."""
_IDLE: Final = 600
"""Seconds after which MariaDB ends a transaction of a daemon that has vanished: others wait for its locks."""
_GONE: Final = frozenset({0, 1040, 1053, 1077, 1129, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1927})
_LOST: Final = frozenset({2002, 2003, 2004, 2005, 2006, 2013, 2014, 2027, 2055})
_MEANINGS: Final[Mapping[int, str]] = {
    2026: "has no TLS, and cfgloc asks for it: switch it on there, or take mysql_ssl out of cfgloc",
    1044: "does not let user {user} in: correct dbname and user in cfgloc, or make them with mysqlsetup -i",
    1045: "refuses user {user} or the password: correct them in cfgloc, or let this host in with mysqlsetup -u",
    1698: "refuses user {user}: correct user and password in cfgloc",
    1130: "does not let this host in: let it in with mysqlsetup -u -f FILE on the server",
    1049: "does not exist: make it with mysqlsetup -i, or correct dbname in cfgloc",
    1142: "does not allow user {user} to do that: grant it all rights on the database",
    1227: "does not allow user {user} to do that: grant it all rights on the database",
    1419: "does not allow triggers: set log_bin_trust_function_creators = 1 in the server's settings",
    1290: "is read only: make it writable, or name the primary server in cfgloc",
    1792: "is read only: make it writable, or name the primary server in cfgloc",
    1836: "is read only: make it writable, or name the primary server in cfgloc",
    1146: "lacks a table: start xcatd on the management node, which makes it",
    1054: "lacks a column: start xcatd on the management node, which makes it",
    1205: "is locked by another program: end that program or try again",
    1021: "cannot grow, the disk is full: make room and try again",
    1114: "cannot grow, the disk is full: make room and try again",
    1406: "has no room for a text of that length in this column: shorten it",
    1366: "has no room for a character of the text in its character set: change the text",
    1062: "has a row with this key already, perhaps in other letters: its collation takes both for the same",
}
_EVENTS: Final = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
_LOCK: Final = "CONCAT('xcatd ', LEFT(DATABASE(), 50))"
"""The name of the lock of those who alter tables: one for each database of the server, 64 characters at most."""
_ALTERING: Final = 50
"""Seconds to wait for another daemon that alters tables."""
_NO_TLS: Final = 2026
"""CR_SSL_CONNECTION_ERROR"""
_LOST_ANSWER: Final = 2013
"""CR_SERVER_LOST"""


class Mysql(Server):
    """A database of MariaDB or MySQL. Its triggers run for each row; a variable of the connection silences them."""

    raw_errors = (OSError, EOFError, pymysql.err.Error)

    def make_engine(self, patience: float) -> sa.Engine:
        seconds = max(1, int(patience))
        settings = (
            f"SET SESSION sql_mode = 'STRICT_ALL_TABLES', innodb_lock_wait_timeout = {seconds}, "
            f"lock_wait_timeout = {seconds}, wait_timeout = 28800 /*M!100300 , idle_transaction_timeout = {_IDLE} */"
        )
        stall = max(_STALL, patience + DIAL)
        dial = {"async_creator_fn": self._connect, "init_command": settings, "stall": stall}
        engine = self._engine("mysql+aiomysql://", dial, patience, isolation_level="REPEATABLE READ")
        sa.event.listen(engine, "begin", self._began)
        for ends in ("commit", "rollback"):
            sa.event.listen(engine, ends, _ending)
        return engine

    async def _connect(self, init_command: str, stall: float, **_: Any) -> aiomysql.Connection:
        dial = self._dial()
        insists = dial["ssl"] is not None and self.location.tls.trust is not Trust.PREFER
        connection = _Connection(insists=insists, stall=stall, init_command=init_command, **dial)
        try:
            async with asyncio.timeout(DIAL):
                await connection._connect()
        except BaseException:
            connection.close()
            raise
        return connection

    async def call(self) -> None:
        connection = await self._connect("", DIAL)
        connection.close()

    def _began(self, connection: sa.Connection) -> None:
        """A writer locks the counts, which every other writer needs, foreign ones by the triggers; readers go on. What it
        sees is as it is after that: the first plain query makes its view (InnoDB, consistent reads)."""
        options = connection.get_execution_options()
        if options.get(ALTERS):
            if not connection.exec_driver_sql(f"SELECT GET_LOCK({_LOCK}, {_ALTERING})").scalar():
                raise StoreError(
                    f"The tables of the database {self.name} are being altered by another daemon: try again"
                )
        elif options.get(WRITES):
            connection.exec_driver_sql(f"SELECT COUNT(*) FROM {REVISIONS.name} FOR UPDATE")  # noqa: S608

    def _dial(self) -> Mapping[str, Any]:
        location = self.location
        socket = location.socket or ("" if location.host not in ("", "localhost") else _socket())
        context = None if socket else self.trusted()
        return {
            "host": location.host or "127.0.0.1",
            "port": location.port or _PORT,
            "user": location.user,
            "password": location.password.reveal(),
            "db": location.database,
            "charset": "utf8mb4",
            "client_flag": CLIENT.FOUND_ROWS,  # an update counts the rows that it finds, though it alters none
            "connect_timeout": DIAL,
            "ssl": context,
            **({"unix_socket": socket} if socket else {}),
        }

    def statements(self, catalogue: Catalogue, dialect: sa.Dialect) -> MysqlStatements:
        return MysqlStatements(dialect, catalogue)

    def is_away(self, error: BaseException | None) -> bool:
        if isinstance(error, (OSError, asyncio.IncompleteReadError, pymysql.err.InterfaceError)):
            return True
        return isinstance(error, pymysql.err.Error) and _code(error) in _GONE | _LOST

    def _meaning(self, error: BaseException) -> str:
        return _MEANINGS.get(_code(error), "").format(user=self.location.user)

    def lacks_table(self, error: BaseException | None) -> bool:
        return _code(error) in (1146, 1054)

    def may_pass(self, error: BaseException | None) -> bool:
        return _code(error) in (1213, 1020)

    def columns(self, connection: sa.Connection) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        for table, column in connection.exec_driver_sql(query):
            found.setdefault(table, set()).add(column)
        return found

    def repairs(self, connection: sa.Connection, tables: Collection[str]) -> Mapping[str, str]:
        """Tables of MyISAM and its like cannot take a change back, and are locked as a whole."""
        query = (
            "SELECT t.table_name, t.engine FROM information_schema.tables AS t "
            "JOIN information_schema.engines AS e ON e.engine = t.engine "
            "WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND e.transactions = 'NO'"
        )
        return {
            f"ALTER TABLE `{table}` ENGINE = InnoDB": f"table {table} has InnoDB for its engine now, which has transactions; "
            f"{engine} has none"
            for table, engine in connection.exec_driver_sql(query)
            if table in tables
        }

    def triggers(self, connection: sa.Connection) -> set[str]:
        query = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        return {name for (name,) in connection.exec_driver_sql(query)}

    def counting(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        for event, rows in _EVENTS.items():
            name = f"xcatd_{table}_{event}"
            yield (
                name,
                (
                    f"CREATE TRIGGER `{name}` AFTER {event.upper()} ON `{table}` FOR EACH ROW "
                    f"BEGIN IF @xcatd_unnoticed IS NULL THEN {noting(table, _noted(rows, keys))} END IF; END"
                ),
            )

    def uncounting(self, table: str, trigger: str) -> str:
        return f"DROP TRIGGER `{trigger}`"

    @contextmanager
    def unnoticed(self, connection: sa.Connection) -> Iterator[None]:
        connection.exec_driver_sql("SET @xcatd_unnoticed = 1")
        try:
            yield
        finally:
            with suppress(sa.exc.DBAPIError):  # the connection may be lost, and the variable with it
                connection.exec_driver_sql("SET @xcatd_unnoticed = NULL")


class _Connection(aiomysql.Connection):  # type: ignore[misc]  # it has no types
    """`insists`: it does not speak without TLS. The driver itself would go on in the clear with a server, or somebody
    between, that has none. `stall`: seconds after which a statement without an answer is given up."""

    def __init__(self, *, insists: bool, stall: float, **dial: Any) -> None:
        super().__init__(**dial)
        self._insists = insists
        self._stall = stall

    async def _request_authentication(self) -> None:
        if self._insists and not self.server_capabilities & CLIENT.SSL:
            raise pymysql.err.OperationalError(_NO_TLS, "it has no TLS, and cfgloc asks for it")
        try:
            await super()._request_authentication()
        except BaseException:
            if (
                self._writer is not None
            ):  # the driver would take leave of TLS politely, and the loop may end before that does
                self._writer.transport.abort()
            raise

    async def _read_query_result(self, unbuffered: bool = False) -> None:
        try:
            async with asyncio.timeout(self._stall):
                await super()._read_query_result(unbuffered)
        except TimeoutError:
            self.close()
            raise pymysql.err.OperationalError(_LOST_ANSWER, "no answer") from None

    async def _read_ok_packet(self) -> bool:
        try:
            async with asyncio.timeout(self._stall):
                return bool(await super()._read_ok_packet())
        except TimeoutError:
            self.close()
            raise pymysql.err.OperationalError(_LOST_ANSWER, "no answer") from None

    def close(self) -> None:
        """At once: a polite end of TLS waits for the other side, which may not be there any more."""
        if self._writer is not None:
            self._writer.transport.abort()
        super().close()

    async def ensure_closed(self) -> None:
        """Say good-bye, and wait until the socket is closed."""
        writer = self._writer
        await super().ensure_closed()
        if writer is not None:
            with suppress(OSError):
                await writer.wait_closed()

    def escape(self, obj: object) -> str:
        """Bytes as a hexadecimal literal and tuples as lists: the driver's own way does not work with every PyMySQL."""
        if isinstance(obj, (bytes, bytearray)):
            return f"x'{obj.hex()}'"
        if isinstance(obj, tuple):
            return f"({', '.join(map(self.escape, obj))})"
        return str(super().escape(obj))


def _noted(rows: Sequence[str], keys: Sequence[str]) -> str:
    texts = [
        "CONCAT_WS('.', " + ", ".join(f"HEX(CONVERT({row}.`{key}` USING utf8mb4))" for key in keys) + ")"
        for row in rows
    ]
    return (
        texts[0] if len(texts) == 1 else f"IF({texts[0]} = {texts[1]}, {texts[0]}, CONCAT({texts[0]}, ',', {texts[1]}))"
    )


def _ending(connection: sa.Connection) -> None:
    """The lock of those who alter belongs to the connection, not to the transaction."""
    if connection.get_execution_options().get(ALTERS):
        with suppress(sa.exc.DBAPIError):  # the connection may be lost, and the lock with it
            connection.exec_driver_sql(f"DO RELEASE_LOCK({_LOCK})")


def _socket() -> str:
    """Where this host's server listens: `localhost` means that to MySQL's own programs."""
    return next((path for path in _SOCKETS if Path(path).exists()), "")


def _code(error: BaseException | None) -> int:
    if isinstance(error, pymysql.err.Error) and error.args and isinstance(error.args[0], int):
        return error.args[0]
    return -1
