"""What checks look at: this host's files, its tables, and what its daemon says. Each is read once, when it is asked for."""

from __future__ import annotations

import csv
import io
import secrets
import socket
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from xcatd.daemon.cfgloc import first_line, location_of
from xcatd.daemon.facts import facts_of_files
from xcatd.daemon.paths import Paths
from xcatd.daemon.settings import Settings, read_settings
from xcatd.errors import ConfigError, StoreError, XcatError
from xcatd.model import Role
from xcatd.objects.attributes import TYPES
from xcatd.probe.ask import GAVE_UP, Answer, ask
from xcatd.store import STANDARD, Location, Looked, Schema, Snapshot, look_at, read_site_schema


class NotNow(Exception):
    """What a check needs is not there, and another check says why: this one is left out."""


@dataclass
class Here:
    """This host. `nic`: the interface towards the nodes, if the caller named one."""

    paths: Paths
    nic: str = ""
    _answers: dict[tuple[str, ...], Answer] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """Raises ConfigError."""
        return read_settings(self.paths.settings)

    @cached_property
    def role(self) -> Role:
        """By the settings; where they cannot be read, by the marks that old scripts look at."""
        try:
            return Role.SERVICE if self.settings.master else Role.MANAGEMENT
        except XcatError:
            return Role.SERVICE if self.paths.marker("sn").exists() else Role.MANAGEMENT

    @property
    def name(self) -> str:
        """The short name of this daemon in the cluster. Raises ConfigError."""
        return (self.settings.name or socket.gethostname()).partition(".")[0]

    @cached_property
    def cfgloc(self) -> str:
        """The line in cfgloc, "" without one. Raises OSError."""
        return first_line(self.paths.cfgloc)

    @cached_property
    def location(self) -> Location | None:
        """The database that this daemon opens; None on a service node whose tables come over the link. Raises ConfigError."""
        found = location_of(self.paths)
        return None if self.role is Role.SERVICE and found.is_file else found

    @property
    def has_database(self) -> bool:
        """Whether this daemon opens a database itself, or would if it could be told which."""
        try:
            return self.location is not None
        except ConfigError:
            return True

    @cached_property
    def schema(self) -> Schema:
        """The tables, with what the site adds. Raises ConfigError."""
        known = {name: kind.names for name, kind in TYPES.items()}
        return read_site_schema(Path(self.settings.schema) if self.settings.schema else self.paths.schema, known)

    @property
    def looked(self) -> Looked:
        """The database; without the site's own tables where those cannot be read. Raises StoreError, ConfigError, and NotNow
        where there is none."""
        if self.location is None:
            raise NotNow("the tables come over the link")
        if isinstance(self._look, XcatError):
            raise self._look
        return self._look

    @cached_property
    def _look(self) -> Looked | XcatError:
        """What the database holds, or why nobody can say: a server that does not answer is not waited for again."""
        assert self.location is not None
        try:
            schema = self.schema
        except ConfigError:
            schema = STANDARD
        try:
            return look_at(self.location, schema)
        except (StoreError, ConfigError) as error:
            return error

    @cached_property
    def tables(self) -> Snapshot:
        """The tables: of the database, or, where there is none, what the daemon shows of them. Raises NotNow, as another check
        says what is wrong."""
        try:
            return self.looked.snapshot if self.has_database else self._asked_tables("site", "policy", "networks")
        except (StoreError, ConfigError) as error:
            raise NotNow("the tables cannot be read") from error

    def ask(self, *words: str) -> Answer:
        """What the daemon of this host answers to a command of root. One that has not answered in time is not asked again."""
        if words not in self._answers:
            gave_up = (answer for answer in self._answers.values() if answer.status == GAVE_UP)
            self._answers[words] = next(gave_up, None) or ask(self.paths.root, *words)
        return self._answers[words]

    @property
    def answers(self) -> bool:
        """Whether the daemon of this host does."""
        return self.ask("lsxcatd", "-v").status == 0

    @cached_property
    def facts(self) -> dict[str, dict[str, str]]:
        """What every daemon of the cluster that answers knows of itself, the management node's first: name -> facts."""
        found: dict[str, dict[str, str]] = {}
        for line in self.ask("lsdaemons", "--salt", self.salt).stdout.splitlines():
            name, fact, text = [*line.split(": ", 2), "", ""][:3]
            found.setdefault(name, {})[fact] = text
        return found

    @cached_property
    def salt(self) -> str:
        return secrets.token_hex(16)

    @cached_property
    def own_facts(self) -> dict[str, str]:
        """What the files of this host say, in the form in which daemons tell it."""
        return facts_of_files(self.paths, self.salt)

    def _asked_tables(self, *names: str) -> Snapshot:
        data = {}
        for name in names:
            answer = self.ask("tabdump", name)
            if answer.status:
                raise StoreError(answer.reason)
            header, _, body = answer.stdout.partition("\n")
            rows = [[cell or None for cell in row] for row in csv.reader(io.StringIO(body)) if row]
            data[name] = header.removeprefix("#").split(","), rows
        return Snapshot.from_tables(data)
