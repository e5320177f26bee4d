"""What pgsqlsetup does on the server: certificate, settings, access rules, role and database."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from xcat_certs import files
from xcatd.dbsetup import addresses, hosts, passwords, postgres
from xcatd.dbsetup.job import DATABASE, Job
from xcatd.dbsetup.marks import is_marked, marks_table
from xcatd.dbsetup.postgres import Postgres
from xcatd.dbsetup.servercert import ServerFiles, server_certificate
from xcatd.dbsetup.textblock import block_in, keep_block, keep_file
from xcatd.errors import ConfigError

_MAP = "xcat"
"""The name of our map from certificates to roles in pg_ident.conf."""
_ADDED = "# added with -a"
_TRIES = 100
"""Looks, a tenth of a second apart, for the end of a reload."""
_MISTAKES = """\
SELECT sourcefile || ' line ' || sourceline || ': ' || name || ': ' || error FROM pg_file_settings
    WHERE error IS NOT NULL AND name NOT IN (SELECT name FROM pg_settings WHERE pending_restart);
SELECT 'pg_hba.conf line ' || line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL;
"""
_EVERYWHERE = {"*", "0.0.0.0", "::"}  # noqa: S104 - what an administrator may have written


class PostgresSteps:
    """The steps of one run; `begin` comes first."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._server: Postgres | None = None
        self._changed = False
        """Whether the running server has not seen all files yet."""

    @property
    def server(self) -> Postgres:
        if self._server is None:
            raise ConfigError("The server was not looked for yet")
        return self._server

    def begin(self) -> Iterator[str]:
        """Find the server, make one where there is none, start it, now and with the host."""
        self._server, said = postgres.found()
        self._job.port = 0 if self.server.port == postgres.PORT else self.server.port
        yield from said
        if not self.server.answers():
            self.server.service.do("start")
            yield f"started {self.server.title}"
        if self.server.service.enable():
            yield "it starts with the host from now on"
        if int(self.server.setting("server_version_num")) < postgres.OLDEST * 10000:
            raise ConfigError(
                f"PostgreSQL {postgres.OLDEST} or later is needed: {self.server.setting('server_version')} runs here"
            )

    @cached_property
    def _folder(self) -> Path:
        return Path(self.server.setting("config_file")).parent

    @property
    def _files(self) -> ServerFiles:
        return ServerFiles(self._folder, postgres.ACCOUNT)

    def certificate(self) -> Iterator[str]:
        """A certificate of our authority for the server."""
        yield from self._noted(server_certificate(self._job, self._files))

    def settings(self) -> Iterator[str]:
        """TLS and where to listen, in a file of our own that the server's configuration includes."""
        config = self._folder / "postgresql.conf"
        included = re.search(r"^\s*include_dir\s*=?\s*'conf\.d'", config.read_text(errors="replace"), re.MULTILINE)
        path = self._folder / ("conf.d/xcat.conf" if included else "xcat.conf")
        before = self.server.setting("ssl_cert_file")
        lines = [f"# Written by {self._job.program}, and replaced by it.", *self._listen(), *self._tls()]
        said = list(keep_file(path, "".join(f"{line}\n" for line in lines).encode(), files.PUBLIC))
        if not included:
            said += keep_block(config, ["include_if_exists = 'xcat.conf'"], self._job.program, first=False)
        yield from self._noted(iter(said))
        if said and before != str(self._files.certificate) and self.server.setting("ssl") == "on":
            yield f"the server shows this certificate to everybody now, instead of {before}"

    def _listen(self) -> Iterator[str]:
        there = [word.strip() for word in self.server.setting("listen_addresses").split(",") if word.strip()]
        own = [
            each
            for each in hosts.own_addresses(self._job)
            if addresses.is_local(each) and each not in addresses.LOOPBACK
        ]
        wanted = dict.fromkeys((*there, "localhost", *own, *self._job.wishes.listen))
        if not _EVERYWHERE & set(there):
            yield f"listen_addresses = '{'*' if '*' in wanted else ', '.join(wanted)}'"

    def _tls(self) -> Iterator[str]:
        place = self._files
        yield "ssl = on"
        yield f"ssl_cert_file = '{place.certificate}'"
        yield f"ssl_key_file = '{place.key}'"
        yield f"ssl_ca_file = '{place.authority}'"
        if place.revocations.is_file():
            yield f"ssl_crl_file = '{place.revocations}'"

    def rules(self) -> Iterator[str]:
        """Who may connect, and how he proves himself; then the server is told of all that is new."""
        job = self._job
        peers = hosts.peers(job)
        hba = Path(self.server.setting("hba_file"))
        lines = self._rules(peers, block_in(hba.read_text(encoding="utf-8", errors="surrogateescape")))
        yield from self._noted(keep_block(hba, lines, job.program, first=True))
        holders = dict.fromkeys(peer.holder for peer in peers) if job.by_certificate else {}
        ident = Path(self.server.setting("ident_file"))
        mapped = [f"{_MAP}  {holder}  {job.owner}" for holder in holders]
        yield from self._noted(keep_block(ident, mapped, job.program, first=False))
        yield from self._apply()
        for peer in peers:
            if not peer.addresses:
                yield f"{peer.name} has no address yet, so it cannot come in: run {job.program} -i again when it has one"

    def _rules(self, peers: tuple[hosts.Peer, ...], before: list[str]) -> list[str]:
        how = f"cert map={_MAP}" if self._job.by_certificate else "scram-sha-256"
        who = {address: peer.name for peer in peers for address in peer.addresses}
        lines = [
            self._rule(network, how, f"# {who[address]}")
            for address in who
            for network in addresses.networks([address])
        ]
        known = {line.split()[3] for line in lines}
        added = [line.split()[3] for line in before if line.endswith(_ADDED)]
        more = dict.fromkeys((*added, *addresses.networks(self._job.wishes.allow)))
        return [*lines, *(self._rule(network, how, _ADDED) for network in more if network not in known)]

    def _rule(self, network: str, how: str, comment: str) -> str:
        return f"hostssl  {DATABASE}  {self._job.owner}  {network}  {how}  {comment}"

    def _apply(self) -> Iterator[str]:
        """Reload, or restart where that is not enough."""
        if not self._changed:
            return
        self._reload()
        if wrong := self.server.ask(_MISTAKES):
            raise ConfigError(f"{self.server.title} does not take its configuration: {wrong[0]}; correct that line")
        if self.server.value("SELECT count(*) FROM pg_settings WHERE pending_restart;\n") != "0":
            self.server.service.do("restart")
            yield f"restarted {self.server.title}"
        else:
            yield f"reloaded {self.server.title}"
        self._changed = False

    def _reload(self) -> None:
        """Have the files read again, and wait until that is done."""
        loaded = "SELECT pg_conf_load_time();\n"
        before = self.server.value(loaded)
        self.server.service.do("reload")
        for _ in range(_TRIES):
            if self.server.value(loaded) != before:
                return
            time.sleep(0.1)
        raise ConfigError(f"{self.server.title} does not read its configuration again: see its log")

    def _noted(self, said: Iterator[str]) -> Iterator[str]:
        for line in said:
            self._changed = True
            yield line

    def owner(self) -> Iterator[str]:
        """The role and the database. One that holds somebody's rows is refused before anything of it is changed."""
        job, ask = self._job, self.server.ask
        exists = self.server.value(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}';\n")
        if exists and job.wishes.moves and not job.is_there:
            self._check_empty()
        if not self.server.value(f"SELECT 1 FROM pg_roles WHERE rolname = '{job.owner}';\n"):
            ask(f"CREATE ROLE {job.owner} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;\n")
            yield f"made the role {job.owner}"
        if not exists:
            ask(
                f"CREATE DATABASE {DATABASE} OWNER {job.owner} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';\n"
            )
            ask(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;\n")
            yield f"made the database {DATABASE}"
        if job.wishes.moves:
            yield from self._password()

    def _password(self) -> Iterator[str]:
        """See to it that the role has the password in cfgloc, or none where certificates take its place."""
        job = self._job
        kept = self.server.value(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{job.owner}';\n")
        if job.by_certificate and kept:
            self.server.ask(f"ALTER ROLE {job.owner} PASSWORD NULL;\n")
            yield f"took the password of {job.owner} away: certificates take its place"
        elif not job.by_certificate and not passwords.is_scram_of(kept, job.password):
            self.server.ask(f"ALTER ROLE {job.owner} PASSWORD '{passwords.scram(job.password)}';\n")
            yield f"set the password of {job.owner}"

    def _check_empty(self) -> None:
        """Raises ConfigError."""
        names = ", ".join(f"'{name}'" for name in self._job.schema.tables)
        look = (
            "SELECT format('SELECT %L WHERE EXISTS (SELECT 1 FROM %I.%I)', tablename, schemaname, tablename)"
            f" FROM pg_tables WHERE tablename IN ({names}) ORDER BY 1 \\gexec\n"
        )
        filled = self.server.ask(look, DATABASE)
        if filled and not self._is_abandoned():
            raise ConfigError(
                f"The database {DATABASE} of {self.server.title} holds rows already ({', '.join(filled[:3])}): nothing is"
                f" written over them; if nobody needs them, remove it as the user {postgres.ACCOUNT}: dropdb {DATABASE}"
            )

    def _is_abandoned(self) -> bool:
        """Whether the tables were moved away from there, so that nobody needs its rows."""
        there = self.server.value(f"SELECT 1 FROM pg_tables WHERE tablename = '{marks_table()}';\n", DATABASE)
        return bool(there and self.server.value(is_marked(), DATABASE))
