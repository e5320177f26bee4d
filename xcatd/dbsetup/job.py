"""What the steps work on: where the tables are, where they go to, and who may reach them there."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from xcat_certs.authority import Authority
from xcat_certs.layout import Layout
from xcatd.daemon.cfgloc import OVERRIDE, location_of
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings, read_settings
from xcatd.dbsetup.addresses import addresses_of, is_local
from xcatd.dbsetup.passwords import chosen
from xcatd.dbsetup.wishes import Wishes
from xcatd.errors import ConfigError
from xcatd.model import Secret
from xcatd.objects.attributes import TYPES
from xcatd.store import Schema, Snapshot, look_at, open_store, read_site_schema
from xcatd.store.location import Engine, Location, Tls, Trust, parse_location

DATABASE = "xcatdb"
OWNERS = {Engine.POSTGRES: "xcatadm", Engine.MYSQL: "xcatadmin"}
"""The role or user that owns the database, named as xCAT 2 names it."""
_VARIABLES = {Engine.POSTGRES: "XCATPGPW", Engine.MYSQL: "XCATMYSQLADMIN_PW"}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


@dataclass
class Job:
    """One run of `program`, which makes `engine` the cluster's database."""

    program: str
    engine: Engine
    paths: Paths
    wishes: Wishes
    stamp: str = field(default_factory=_now)
    port: int = 0
    """Of the server, 0 for the usual one; known once it was looked at."""

    @cached_property
    def settings(self) -> Settings:
        """Raises ConfigError, also on a service node."""
        found = read_settings(self.paths.settings)
        if found.master:
            raise ConfigError(
                f"This is a service node of {found.master}: run {self.program} there; a service node needs nothing but the "
                "management node's cfgloc, and goes on without it"
            )
        return found

    @property
    def layout(self) -> Layout:
        return Layout(self.paths.root)

    @cached_property
    def authority(self) -> Authority:
        """Raises CertsError."""
        return Authority.open(self.layout.authority)

    @cached_property
    def schema(self) -> Schema:
        """The tables, with what the site adds. Raises ConfigError."""
        known = {name: kind.names for name, kind in TYPES.items()}
        settings = self.settings
        return read_site_schema(Path(settings.schema) if settings.schema else self.paths.schema, known)

    @cached_property
    def source(self) -> Location:
        """The database in use when the program was started. Raises ConfigError."""
        if os.environ.get(OVERRIDE):
            raise ConfigError(
                f"The variable {OVERRIDE} names the database, and {self.paths.cfgloc} does not count: unset it, also for the daemon"
            )
        return location_of(self.paths)

    @cached_property
    def tables(self) -> Snapshot:
        """The tables as they are now. Raises StoreError."""
        if self.source.is_file:
            return look_at(self.source.path, self.schema).snapshot
        return asyncio.run(_read(self.source, self.schema))

    @cached_property
    def host(self) -> str:
        """How daemons reach the server: site.master, as xCAT has it, else this daemon's address or name."""
        if self.is_there and self.source.host:
            return self.source.host
        addresses = (each for each in self.settings.addresses if each not in ("0.0.0.0", "::"))  # noqa: S104
        return self.tables.site("master") or next(addresses, "") or self.settings.name

    @cached_property
    def is_there(self) -> bool:
        """Whether the tables are in this database already: one of this name, on this host."""
        if self.engine is Engine.SQLITE:
            return self.source.is_file
        if (self.source.engine, self.source.database) != (self.engine, DATABASE):
            return False
        return not self.source.host or any(map(is_local, addresses_of(self.source.host)))

    @property
    def by_certificate(self) -> bool:
        """Whether daemons prove themselves with certificates; a database that they reach like that already stays so."""
        return self.wishes.certificates or (self.is_there and bool(self.source.tls.certificate))

    @cached_property
    def password(self) -> Secret:
        """The owner's: the one in cfgloc if it is there already; none when certificates are used. May ask at the terminal."""
        if self.by_certificate:
            return Secret("")
        if self.is_there and self.source.password:
            return self.source.password
        return chosen(_VARIABLES[self.engine], f"{OWNERS[self.engine]}, who will own the database {DATABASE}")

    @property
    def target(self) -> Location:
        """The database that cfgloc will name."""
        if self.engine is Engine.SQLITE:
            return parse_location("", self.paths.etc)
        cert = self.layout.server
        own = (str(cert.certificate), str(cert.key)) if self.by_certificate else ("", "")
        return Location(
            self.engine,
            database=DATABASE,
            host=self.host,
            user=OWNERS[self.engine],
            password=self.password,
            port=self.port,
            tls=Tls(Trust.VERIFY_FULL, str(cert.ca), *own),
        )

    @property
    def owner(self) -> str:
        return OWNERS[self.engine]


async def _read(location: Location, schema: Schema) -> Snapshot:
    store = await open_store(location, schema=schema, alters=False)
    try:
        return store.snapshot
    finally:
        await store.close()
