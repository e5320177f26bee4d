"""What mysqlsetup does on the server: certificate, settings, database and users."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from xcat_certs import files, pem
from xcatd.dbsetup import addresses, hosts, mariadb, passwords
from xcatd.dbsetup.job import DATABASE, Job
from xcatd.dbsetup.mariadb import MariaDb
from xcatd.dbsetup.marks import is_marked, marks_table
from xcatd.dbsetup.servercert import ServerFiles, server_certificate
from xcatd.dbsetup.textblock import keep_file
from xcatd.errors import ConfigError

COLLATION = "utf8mb4_nopad_bin"
"""Texts are equal when their bytes are, blanks at the end too: as in SQLite and PostgreSQL."""
_FILES = "xcat"
"""The folder for certificate and key, inside that of the configuration: the server includes files that end in .cnf only."""
_NAME = "90-xcat.cnf"
_NAME_AFTER_LETTERS = "xcat.cnf"
_EVERYWHERE = {"*", "0.0.0.0", "::", "NULL", ""}  # noqa: S104
_LISTS_ADDRESSES = (10, 11)
"""The first release that listens on several addresses which it is told."""
_PATTERN = re.compile(r"[A-Za-z0-9.:%_/-]{1,255}")


@dataclass(frozen=True, slots=True)
class _User:
    """The owner as one host may be him. `holder`: whose certificate he shows there instead of a password."""

    host: str
    holder: str


class MariaDbSteps:
    """The steps of one run; `begin` comes first."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._server: MariaDb | None = None
        self._release: tuple[int, ...] = ()
        self._certified = False
        """Whether there are new certificates that the running server has not seen yet."""

    @property
    def server(self) -> MariaDb:
        if self._server is None:
            raise ConfigError("The server was not looked for yet")
        return self._server

    def begin(self) -> Iterator[str]:
        """Find the server, start it, now and with the host."""
        self._server, said = mariadb.found(os.environ)
        yield from said
        if not self.server.answers():
            self.server.start()
            yield "started MariaDB"
        if self.server.service.enable():
            yield "it starts with the host from now on"
        self._release = mariadb.check_kind(self.server)
        port = int(self.server.value("SELECT @@port;\n"))
        self._job.port = 0 if port == mariadb.PORT else port

    @property
    def _files(self) -> ServerFiles:
        return ServerFiles(mariadb.configuration() / _FILES, mariadb.ACCOUNT)

    def certificate(self) -> Iterator[str]:
        """A certificate of our authority for the server."""
        files.make_directory(self._files.folder)
        for line in server_certificate(self._job, self._files):
            self._certified = True
            yield line

    def settings(self) -> Iterator[str]:
        """TLS and where to listen, in a file of our own; the server is told of all that is new."""
        folder = mariadb.configuration()
        numbered = folder.name.startswith("mariadb.conf")
        path = folder / (_NAME if numbered else _NAME_AFTER_LETTERS)
        lines = [f"# Written by {self._job.program}, and replaced by it.", "[mysqld]", *self._listen(), *self._tls()]
        changed = list(keep_file(path, "".join(f"{line}\n" for line in lines).encode(), files.PUBLIC))
        yield from changed
        if changed:
            self.server.restart()
            yield "restarted MariaDB"
        elif self._certified:
            self.server.ask("FLUSH SSL;\n")
            yield "MariaDB shows the new certificate"

    def _listen(self) -> Iterator[str]:
        there = [word.strip() for word in self.server.value("SELECT @@bind_address;\n").split(",")]
        own = [
            address for address in (*addresses.LOOPBACK, *hosts.own_addresses(self._job)) if addresses.is_local(address)
        ]
        if _EVERYWHERE & set(there):
            return
        listed = self._release >= _LISTS_ADDRESSES
        yield f"bind-address = {','.join(dict.fromkeys((*there, *own))) if listed else '*'}"

    def _tls(self) -> Iterator[str]:
        place = self._files
        yield f"ssl-cert = {place.certificate}"
        yield f"ssl-key = {place.key}"
        yield f"ssl-ca = {place.authority}"
        if place.revocations.is_file():
            yield f"ssl-crl = {place.revocations}"

    def database(self) -> Iterator[str]:
        """The database. One that holds somebody's rows is refused before anything of it is changed."""
        there = self.server.value(f"SELECT 1 FROM information_schema.schemata WHERE schema_name = '{DATABASE}';\n")
        if there and self._job.wishes.moves and not self._job.is_there:
            self._check_empty()
        if not there:
            self.server.ask(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE {COLLATION};\n")
            yield f"made the database {DATABASE}"

    def users(self) -> Iterator[str]:
        """The owner, once for each host from which he may come. Those that are there for other hosts stay."""
        peers = hosts.peers(self._job)
        users = [_User(address, peer.holder) for peer in peers for address in peer.addresses]
        own = _User("localhost", peers[0].holder)  # what the server makes of a loopback address
        for user in dict.fromkeys((own, *users, *self._more())):
            yield from self._user(user)
        for peer in peers:
            if not peer.addresses:
                yield f"{peer.name} has no address yet, so it cannot come in: run {self._job.program} -i again when it has one"

    def _more(self) -> Iterator[_User]:
        for text in self._job.wishes.allow:
            if not _PATTERN.fullmatch(text):
                raise ConfigError(
                    f"{text!r} is no host that may be let in: write a name, an address, or a pattern like 10.0.%"
                )
            if self._job.by_certificate and (set(text) & set("%_/") or not set(text) - set("0123456789.:")):
                raise ConfigError(f"{text} tells not whose certificate is shown there: write the name of the host")
            yield _User(text, text)

    def _user(self, user: _User) -> Iterator[str]:
        """Make or mend one of them, and let him use the database."""
        name = f"'{self._job.owner}'@'{user.host}'"
        where = f"user = '{self._job.owner}' AND host = '{user.host}'"
        wanted = self._wanted(user)
        columns = "plugin, authentication_string, ssl_type, x509_issuer, x509_subject"
        there = self.server.ask(f"SELECT {columns} FROM mysql.user WHERE {where};\n")
        granted = self.server.value(f"SELECT 1 FROM mysql.db WHERE {where} AND db = '{DATABASE}';\n")
        if there == [wanted] and granted:
            return
        how = f"IDENTIFIED VIA mysql_native_password USING '{wanted[1]}' REQUIRE {self._required(user)}"
        self.server.ask(f"{'ALTER' if there else 'CREATE'} USER {name} {how};\nGRANT ALL ON {DATABASE}.* TO {name};\n")
        yield f"{'changed' if there else 'made'} the user {self._job.owner} for {user.host}"

    def _wanted(self, user: _User) -> list[str]:
        """What the server's table of users says when all is as it should be."""
        if self._job.by_certificate:
            return ["mysql_native_password", "", "SPECIFIED", self._issuer, f"/CN={user.holder}"]
        return ["mysql_native_password", passwords.native(self._job.password), "ANY", "", ""]

    def _required(self, user: _User) -> str:
        if self._job.by_certificate:
            return f"ISSUER '{self._issuer}' AND SUBJECT '/CN={user.holder}'"
        return "SSL"

    @property
    def _issuer(self) -> str:
        """The authority's name, as OpenSSL writes it in one line."""
        subject = pem.read_certificate(self._job.layout.server.ca).subject
        return "".join(f"/{part.rfc4514_string()}" for part in subject.rdns)

    def _check_empty(self) -> None:
        """Raises ConfigError."""
        query = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{DATABASE}';\n"
        there = {row[0] for row in self.server.ask(query)}
        names = sorted(there & set(self._job.schema.tables))
        look = "".join(f"SELECT '{name}' FROM {DATABASE}.`{name}` LIMIT 1;\n" for name in names)
        filled = [row[0] for row in self.server.ask(look)] if names else []
        if filled and not (marks_table() in there and self.server.value(is_marked(f"{DATABASE}."))):
            raise ConfigError(
                f"The database {DATABASE} of MariaDB holds rows already ({', '.join(filled[:3])}): nothing is written over"
                f" them; if nobody needs them, remove it as root: mariadb-admin drop {DATABASE}"
            )
