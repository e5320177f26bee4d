"""Where a database is: a line of `cfgloc`, in the syntax of Perl's DBI that xCAT uses, as a value.

SQLite:/etc/xcat                                      a folder
Pg:dbname=xcatdb;host=mn1|xcatadm|password            and port=, sslmode=, sslrootcert=, sslcert=, sslkey= (as in libpq)
mysql:dbname=xcatdb;host=mn1|xcatadmin|password       and port=, mysql_socket=, mysql_ssl=1, mysql_ssl_ca_file=,
                                                      mysql_ssl_client_cert=, mysql_ssl_client_key=,
                                                      mysql_ssl_verify_server_cert=1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from xcatd.errors import ConfigError
from xcatd.model import Secret

FILE: Final = "xcat.sqlite"
"""The name of the database in its folder."""


class Engine(StrEnum):
    """The kinds of database, by their names in cfgloc and in the answer of lsxcatd."""

    SQLITE = "SQLite"
    POSTGRES = "Pg"
    MYSQL = "mysql"


class Trust(StrEnum):
    """How a server proves who it is; the words are libpq's `sslmode` (PostgreSQL manual, 34.19.1)."""

    DISABLE = "disable"
    """No TLS."""
    PREFER = "prefer"
    """TLS if the server has it, whoever the server is."""
    REQUIRE = "require"
    """TLS, whoever the server is; with a CA file the same as verify-ca."""
    VERIFY_CA = "verify-ca"
    """TLS, and the server's certificate is of this authority."""
    VERIFY_FULL = "verify-full"
    """TLS, and the certificate is of this authority and for this host."""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS towards a server. Empty: no such file."""

    trust: Trust = Trust.PREFER
    authority: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def verifies(self) -> bool:
        return self.trust in (Trust.VERIFY_CA, Trust.VERIFY_FULL) or (
            self.trust is Trust.REQUIRE and bool(self.authority)
        )


@dataclass(frozen=True, slots=True)
class Location:
    """A database. `path` is the file of SQLite; the rest belongs to servers. `socket`: the file or folder of a Unix socket."""

    engine: Engine
    path: Path = Path()
    database: str = ""
    host: str = ""
    port: int = 0
    socket: str = ""
    user: str = ""
    password: Secret = field(default=Secret(""))
    tls: Tls = Tls()

    @classmethod
    def of_file(cls, path: Path) -> Location:
        return cls(Engine.SQLITE, path)

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite: a file on this host, and nobody else's."""
        return self.engine is Engine.SQLITE

    def is_same(self, other: Location) -> bool:
        """Whether the other, as far as its words tell, is this database, whoever logs in and however."""
        if self.is_file or other.is_file:
            return self.is_file and other.is_file and self.path.resolve() == other.path.resolve()
        words = [(each.engine, each.database, each.host or each.socket, each.port) for each in (self, other)]
        return words[0] == words[1]

    def named(self) -> str:
        """As errors name it: `/etc/xcat/xcat.sqlite`, or `xcatdb on mn1`. No secret in it."""
        if self.is_file:
            return str(self.path)
        where = self.host or self.socket or "this host"
        return f"{self.database} on {where}" + (f" port {self.port}" if self.port else "")

    def source(self) -> str:
        """The part of the line that holds no user and no password."""
        if self.is_file:
            return f"{self.engine}:{self.path.parent if self.path.name == FILE else self.path}"
        given = {"dbname": self.database, "host": self.host, "port": str(self.port) if self.port else ""}
        given |= _pg_words(self) if self.engine is Engine.POSTGRES else _mysql_words(self)
        return f"{self.engine}:" + ";".join(f"{name}={text}" for name, text in given.items() if text)

    def shown(self) -> str:
        """The line without its password, as lsxcatd shows it."""
        return self.source() if self.is_file else f"{self.source()}|{self.user}"

    def line(self) -> str:
        """The line for cfgloc, password and all."""
        return self.source() if self.is_file else f"{self.shown()}|{self.password.reveal()}"


def parse_location(line: str, folder: Path) -> Location:
    """The database that a line names; "" means SQLite in `folder`. Raises ConfigError, whose sentence shows no secret."""
    line = line.strip()
    if not line:
        return Location.of_file(folder / FILE)
    kind, colon, rest = line.partition(":")
    if not colon:
        return Location.of_file(_file(line))
    if kind == Engine.SQLITE:
        return Location.of_file(_file(rest))
    if kind in ("CSV", "DB2"):
        raise ConfigError(
            f"cfgloc names a database of the kind {kind}, which is not supported: dump it there with dumpxCATdb, name "
            "another one, and restore it with restorexCATdb"
        )
    if kind not in (Engine.POSTGRES, Engine.MYSQL):
        raise ConfigError(
            "cfgloc cannot be read: it begins with SQLite:, Pg: or mysql:, as in Pg:dbname=xcatdb;host=mn1|xcatadm|PASSWORD"
        )
    return _server(Engine(kind), rest)


def _file(text: str) -> Path:
    """A folder, as xCAT writes it, or the file itself."""
    path = Path(text)
    if not path.is_absolute():
        raise ConfigError("cfgloc cannot be read: SQLite: is followed by a folder that begins with /")
    return path if path.suffix == ".sqlite" else path / FILE


def _server(engine: Engine, text: str) -> Location:
    source, *account = text.split("|", 2)
    words: dict[str, str] = {}
    for word in filter(None, source.split(";")):
        name, equals, value = word.partition("=")
        if not equals or not re.fullmatch(r"\w+", name):
            raise ConfigError(
                f"cfgloc cannot be read: between {engine}: and the first | stand words like dbname=xcatdb"
            )
        words[name] = value
    user, password = [*account, "", ""][:2]
    database = words.get("dbname") or words.get("database") or words.get("db") or ""
    if not database or not user:
        raise ConfigError(
            f"cfgloc names no {'database' if not database else 'user'}: write {engine}:dbname=NAME;host=HOST|USER|PASSWORD"
        )
    number = words.get("port", "")
    if number and not (number.isascii() and number.isdecimal() and 0 < int(number) < 65536):
        raise ConfigError(f"cfgloc cannot be read: port={number} is no port number")
    host = words.get("host", "")
    socket = host if host.startswith("/") else words.get("mysql_socket", "")
    return Location(
        engine,
        database=database,
        host="" if host.startswith("/") else host,
        port=int(number or 0),
        socket=socket,
        user=user,
        password=Secret(password),
        tls=_pg_tls(words) if engine is Engine.POSTGRES else _mysql_tls(words),
    )


def _pg_tls(words: Mapping[str, str]) -> Tls:
    mode = words.get("sslmode", Trust.PREFER).replace("allow", Trust.PREFER)
    if mode not in list(Trust):
        raise ConfigError(f"cfgloc cannot be read: sslmode={mode} is none of {', '.join(Trust)}")
    return Tls(Trust(mode), *(words.get(name, "") for name in ("sslrootcert", "sslcert", "sslkey")))


def _pg_words(location: Location) -> Mapping[str, str]:
    tls = location.tls
    return {
        **({"host": location.socket} if location.socket else {}),
        "sslmode": "" if tls.trust is Trust.PREFER else tls.trust,
        "sslrootcert": tls.authority,
        "sslcert": tls.certificate,
        "sslkey": tls.key,
    }


def _mysql_tls(words: Mapping[str, str]) -> Tls:
    files = [words.get(f"mysql_ssl_{name}", "") for name in ("ca_file", "client_cert", "client_key")]
    if words.get("mysql_ssl") == "0":
        return Tls(Trust.DISABLE)
    if words.get("mysql_ssl_verify_server_cert") == "1":
        return Tls(Trust.VERIFY_FULL, *files)
    if files[0]:
        return Tls(Trust.VERIFY_CA, *files)
    return Tls(Trust.REQUIRE if words.get("mysql_ssl") == "1" else Trust.PREFER, *files)


def _mysql_words(location: Location) -> Mapping[str, str]:
    tls = location.tls
    return {
        "mysql_socket": location.socket,
        "mysql_ssl": {Trust.DISABLE: "0", Trust.PREFER: ""}.get(tls.trust, "1"),
        "mysql_ssl_ca_file": tls.authority,
        "mysql_ssl_client_cert": tls.certificate,
        "mysql_ssl_client_key": tls.key,
        "mysql_ssl_verify_server_cert": "1" if tls.trust is Trust.VERIFY_FULL else "",
    }
