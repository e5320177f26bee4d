"""MariaDB of this host: found, made and started, and asked as its administrator."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.dbsetup.programs import find, need_root, run
from xcatd.dbsetup.systems import Service, has_systemd, how_to_install
from xcatd.errors import ConfigError, NotFound
from xcatd.model import Secret

ACCOUNT = "mysql"
PORT = 3306
PACKAGES = {"debian": "mariadb-server", "rhel": "mariadb-server", "suse": "mariadb"}
OLDEST = (10, 4)
"""The first release whose administrator is known by his account of the host."""
_DATA = Path("/var/lib/mysql")
_CONFIGURATIONS = (Path("/etc/mysql/mariadb.conf.d"), Path("/etc/my.cnf.d"), Path("/etc/mysql/conf.d"))
"""Folders that the server's configuration includes: Debian's, that of RHEL and SLES, and an older one of Debian."""
_SCRIPT = Path("/etc/init.d/mariadb")
_TRIES = 300
"""Looks, a tenth of a second apart, for a server that starts or stops."""


@dataclass(frozen=True, slots=True)
class MariaDb:
    """The server; what it is asked goes through its Unix socket as root, whom it believes, or with root's password."""

    service: Service
    password: Secret = field(default=Secret(""))

    def ask(self, sql: str) -> list[list[str]]:
        """The rows that statements answer. They go in on standard input, the password in a file that only this process and
        the program have. Raises ConfigError."""
        handle = os.memfd_create("options")
        try:
            os.fchmod(handle, 0o600)
            os.write(handle, _options(self.password).encode())
            program = find("mariadb", "mysql") or "mariadb"
            how = [
                "--protocol=socket",
                "--user=root",
                "--batch",
                "--skip-column-names",
                "--default-character-set=utf8mb4",
            ]
            said = run([program, f"--defaults-extra-file=/dev/fd/{handle}", *how], stdin=sql, pass_fds=[handle])
        finally:
            os.close(handle)
        return [line.split("\t") for line in said.splitlines()]

    def value(self, sql: str) -> str:
        """The one value that a statement answers, "" for none."""
        rows = self.ask(sql)
        return rows[0][0] if rows else ""

    def answers(self) -> bool:
        """Whether somebody answers at its socket, also if he lets nobody in."""
        program = find("mariadb-admin", "mysqladmin")
        try:
            run([program, "--protocol=socket", "--connect-timeout=5", "ping"])
        except ConfigError:
            return False
        return True

    def start(self) -> None:
        """Start it and wait until it answers. Raises ConfigError."""
        if has_systemd() or _SCRIPT.exists():
            self.service.do("start")
        else:
            _start_by_hand()
        self._wait()

    def restart(self) -> None:
        """Stop it, start it, and wait until it answers. Raises ConfigError."""
        if has_systemd() or _SCRIPT.exists():
            self.service.do("restart")
        else:
            self.ask("SHUTDOWN;\n")
            _until(lambda: not self.answers())
            _start_by_hand()
        self._wait()

    def _wait(self) -> None:
        if not _until(self.answers):
            self.ask("SELECT 1;\n")  # its error says why


def found(environ: Mapping[str, str]) -> tuple[MariaDb, Iterator[str]]:
    """The server, and what had to be done to have one that can be started. NotFound: none is installed."""
    if not find("mariadbd", "mysqld") or not find("mariadb", "mysql"):
        raise NotFound(
            f"MariaDB is not installed on this host: {how_to_install(PACKAGES)}, then run mysqlsetup -i again"
        )
    need_root()
    by_hand = {verb: ("service", "mariadb", verb) for verb in ("start", "restart", "reload")}
    server = MariaDb(Service("mariadb", by_hand), Secret(environ.get("XCATMYSQLROOT_PW", "")))
    return server, _prepared()


def configuration() -> Path:
    """The folder for a file of ours. Raises ConfigError."""
    for folder in _CONFIGURATIONS:
        if folder.is_dir():
            return folder
    raise ConfigError(
        f"MariaDB's configuration is in none of {', '.join(map(str, _CONFIGURATIONS))}: make the first one"
    )


def check_kind(server: MariaDb) -> tuple[int, ...]:
    """The release. ConfigError: it is too old, or MySQL."""
    try:
        text = server.value("SELECT VERSION();\n")
    except ConfigError as error:
        raise ConfigError(f"{error}: if MariaDB's own root has a password, give it in XCATMYSQLROOT_PW") from error
    release = tuple(map(int, re.findall(r"\d+", text)[:2]))
    if "MariaDB" not in text or release < OLDEST:
        raise ConfigError(
            f"The server of this host is {text}; MariaDB {'.'.join(map(str, OLDEST))} or later is needed: "
            f"{how_to_install(PACKAGES)}"
        )
    return release


def _prepared() -> Iterator[str]:
    """Without systemd, whose unit does it: the system tables of a new server."""
    if (_DATA / "mysql").is_dir() or has_systemd():
        return
    program = find("mariadb-install-db", "mysql_install_db")
    run([program, f"--user={ACCOUNT}", "--skip-test-db", "--auth-root-authentication-method=socket"])
    yield f"made the server in {_DATA}"


def _start_by_hand() -> None:
    """Where neither systemd nor a script of the system starts it: in containers of other systems than Debian."""
    program = find("mariadbd-safe", "mysqld_safe")
    if not program:
        raise ConfigError("MariaDB cannot be started here: neither systemd nor mariadbd-safe is there")
    nowhere = subprocess.DEVNULL
    subprocess.Popen(
        [program, f"--user={ACCOUNT}"], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )


def _until(holds: Callable[[], bool]) -> bool:
    """Wait until something is the case; gives whether it came."""
    for _ in range(_TRIES):
        if holds():
            return True
        time.sleep(0.1)
    return False


def _options(password: Secret) -> str:
    """An options file of the client with root's password in it, if there is one."""
    quoted = password.reveal().replace("\\", "\\\\").replace('"', '\\"')
    return f'[client]\npassword="{quoted}"\n' if password else "[client]\n"
