"""What the private database servers have in common: a folder, a port, certificates, and beginning and end."""

from __future__ import annotations

import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import Any

from tests.helpers.certificates import Certificates, common_name
from tests.helpers.program import Port, Program
from xcat_certs.layout import Credentials
from xcatd.model import Secret
from xcatd.store.location import Engine, Location, Tls, Trust


class DatabaseServer(ABC):
    """A server for tests. The administrator, root, comes by the Unix socket, everybody else by TLS over TCP."""

    host = "127.0.0.1"
    engine: Engine
    account: str
    """The unprivileged account of this host that it runs as."""
    stopping: Signals
    orphaned: Signals

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        """Make its folder, into which other accounts must be able to look, and in it all that is there before a start."""
        self.certificates = certificates
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self._port = Port()
        self._made = 0
        self._users: dict[str, list[str]] = {}
        """Who may use a database that was made here; its owner first."""
        self._furnish()
        self._install()
        self._program = Program(self._words(), self.account, self.log, stopping=self.stopping, orphaned=self.orphaned)

    @property
    @abstractmethod
    def socket(self) -> Path:
        """The Unix socket, as a Location names it: the folder that it is in, or the file."""

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def pids(self) -> list[int]:
        """The server's processes, the one that the others come from first; empty while it does not run."""
        return self._program.pids

    def start(self) -> None:
        """Start it with the same data on the same port, and wait until it answers."""
        self._program.start(self._answers)

    def stop(self) -> None:
        """End it in good order; who is connected is cut off."""
        self._program.stop()

    def kill(self) -> None:
        """End it without any order: SIGKILL for each of its processes."""
        self._program.kill()

    def close(self) -> None:
        """End it for good."""
        try:
            self._program.close()
        finally:
            self._port.close()

    @abstractmethod
    def sql(self, database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement that the administrator types. "": no matter in which database.

        Also while the caller's thread runs a loop, which it holds up. The n-th value stands in the statement as the
        server's driver wants it: $1 for PostgreSQL, %s for MariaDB. Raises the driver's errors.
        """

    def create(self) -> Location:
        """A new, empty database and its owner, who logs in with a password."""
        self._made += 1
        name, owner, password = f"xcatdb{self._made}", f"xcatadm{self._made}", secrets.token_hex(12)
        self._make(name, owner, password)
        self._users[name] = [owner]
        tls = Tls(Trust.VERIFY_FULL, str(self.certificates.ca))
        return Location(
            self.engine, database=name, host=self.host, port=self.port, user=owner, password=Secret(password), tls=tls
        )

    def certified(self, location: Location, place: Credentials) -> Location:
        """The same database for a second user, who may do what the owner may and logs in with this certificate.

        He is named as the certificate's common name is, and has one database: another one of before is taken from him.
        """
        user = common_name(place)
        for users in self._users.values():
            if user in users:
                users.remove(user)
        self._admit(location, user, place)
        self._users[location.database].append(user)
        tls = replace(location.tls, certificate=str(place.certificate), key=str(place.key))
        return replace(location, user=user, password=Secret(""), tls=tls)

    def drop(self, location: Location) -> None:
        """Remove a database and its users, whoever is connected."""
        self._remove(location.database, reversed(self._users.pop(location.database)))

    @abstractmethod
    def _install(self) -> None:
        """Make what a server finds when it starts for the first time."""

    @abstractmethod
    def _words(self) -> Sequence[str]:
        """The server's command line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether who connects now is served."""

    @abstractmethod
    def _make(self, database: str, owner: str, password: str) -> None: ...

    @abstractmethod
    def _admit(self, location: Location, user: str, place: Credentials) -> None: ...

    @abstractmethod
    def _remove(self, database: str, users: Iterable[str]) -> None: ...

    def _furnish(self) -> None:
        """The folder, and in it the server's certificate, its key and the authority: all of the server's account."""
        self.folder.mkdir()
        place = self.certificates.server(self.folder.name)
        copies = [Path(shutil.copy(path, self.folder)) for path in (place.certificate, place.key, self.certificates.ca)]
        for path in (self.folder, *copies):
            shutil.chown(path, self.account, self.account)
