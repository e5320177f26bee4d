"""Databases as foreign programs see them: psql and the mariadb client, over the network, as the user of a location.

Passwords travel in the environment: command lines are for everybody to read.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.helpers.program import PATIENCE
from xcatd.store.location import Engine, Location, Trust


def typed(location: Location, statement: str) -> subprocess.CompletedProcess[str]:
    """What the client does with a statement: rows in lines, columns between tabs."""
    words, environment = _client(location)
    return subprocess.run(words, input=statement, env=environment, capture_output=True, text=True, timeout=PATIENCE)


def said(location: Location, statement: str) -> str:
    """What the client prints for a statement that must succeed; empty columns at the end of the last line are kept."""
    done = typed(location, statement)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip("\n")


def refusal(location: Location) -> str:
    """The error of a client that must not get in."""
    done = typed(location, "SELECT 1")
    assert done.returncode != 0, f"{location.user} got in"
    return done.stderr


@dataclass(frozen=True)
class Session:
    """A client that stays connected."""

    client: subprocess.Popen[str]

    def row(self, statement: str) -> str:
        """The first row of a statement that has one; "" means that the connection is gone."""
        assert self.client.stdin is not None and self.client.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.client.stdin.write(f"{statement};\n")
            self.client.stdin.flush()
        return self.client.stdout.readline().strip()


@contextlib.contextmanager
def session(location: Location) -> Iterator[Session]:
    """A client that is connected until the end of the block, or until somebody else ends it."""
    words, environment = _client(location)
    pipe = subprocess.PIPE
    client = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment, text=True)
    try:
        yield Session(client)
    finally:
        client.kill()
        with contextlib.suppress(BrokenPipeError):
            client.communicate()


def _client(location: Location) -> tuple[list[str], dict[str, str]]:
    """Command line and environment."""
    words, given = (_psql if location.engine is Engine.POSTGRES else _mariadb)(location)
    kept = {name: word for name, word in given.items() if word}
    return words, {"PATH": os.defpath, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", **kept}


def _psql(location: Location) -> tuple[list[str], dict[str, str]]:
    tls = location.tls
    given = {
        "PGHOST": location.host,
        "PGPORT": str(location.port),
        "PGDATABASE": location.database,
        "PGUSER": location.user,
        "PGPASSWORD": location.password.reveal(),
        "PGSSLMODE": tls.trust,
        "PGSSLROOTCERT": tls.authority,
        "PGSSLCERT": tls.certificate,
        "PGSSLKEY": tls.key,
    }
    options = ("--no-align", "--tuples-only", "--field-separator=\t", "--set=ON_ERROR_STOP=1")
    return ["psql", "--no-psqlrc", "--no-password", "--quiet", *options], given


def _mariadb(location: Location) -> tuple[list[str], dict[str, str]]:
    tls = location.tls
    given = {
        "host": location.host,
        "port": str(location.port),
        "user": location.user,
        "ssl-ca": tls.authority,
        "ssl-cert": tls.certificate,
        "ssl-key": tls.key,
    }
    options = [f"--{name}={word}" for name, word in given.items() if word]
    options.append("--skip-ssl" if tls.trust is Trust.DISABLE else "--ssl-verify-server-cert")
    words = ["mariadb", "--no-defaults", "--protocol=tcp", "--skip-reconnect", "--skip-column-names"]
    return [*words, "--batch", "--unbuffered", *options, location.database], {"MYSQL_PWD": location.password.reveal()}
