"""Copies of a whole database, made and put back by the programs that come with it: pg_dump and pg_restore, mariadb-dump and
mariadb; of SQLite by itself.

Passwords are in files that only root can read, for as long as such a program runs: command lines are for everybody to see.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from xcatd.errors import StoreError, UsageError
from xcatd.store.location import FILE, Engine, Location, Trust

NAMES: Final[Mapping[Engine, str]] = {
    Engine.SQLITE: FILE,
    Engine.POSTGRES: "xcatdb.pgdump",
    Engine.MYSQL: "xcatdb.sql",
}
"""The file that a copy is in."""
_BEGINS: Final = {Engine.POSTGRES: b"PGDMP", Engine.MYSQL: b"-- M"}
"""How such a file begins; MariaDB puts a comment of its own before."""
_SSL_MODES: Final[Mapping[Trust, str]] = {
    Trust.DISABLE: "DISABLED",
    Trust.PREFER: "PREFERRED",
    Trust.REQUIRE: "REQUIRED",
    Trust.VERIFY_CA: "VERIFY_CA",
    Trust.VERIFY_FULL: "VERIFY_IDENTITY",
}
"""MySQL's words."""
_PATH: Final = f"{os.defpath}:/usr/local/bin:/usr/sbin:/sbin"


async def copy_out(location: Location, folder: Path) -> Path:
    """Write a copy of the database, as it is at one moment, into a folder; gives the file, which only its owner can read.

    A copy that was there before is replaced when the new one is complete. Raises StoreError.
    """
    path = folder / NAMES[location.engine]
    new = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                await _write(location, new, file)
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"The copy {path} cannot be written ({error.strerror}): name another folder") from error
    return path


async def copy_in(location: Location, path: Path) -> None:
    """Put a copy of a server's database in the place of the database. Raises UsageError for a file that is no copy of this kind of
    database, and StoreError; then nothing has changed on PostgreSQL, while MariaDB may have a part of it.
    """
    try:
        with path.open("rb", buffering=0) as file:  # the program reads on where this leaves off
            start = file.read(200)
            if _BEGINS.get(location.engine, b"?") not in start:
                raise UsageError(
                    f"{path} is no copy of a database of the kind {location.engine}, which is in use: restore the files that "
                    "dumpxCATdb writes without -b"
                )
            file.seek(0)
            await _read(location, file)
    except OSError as error:
        raise StoreError(
            f"The copy {path} cannot be read ({error.strerror}): correct its rights, or name another"
        ) from error


async def _write(location: Location, path: Path, file: IO[bytes]) -> None:
    match location.engine:
        case Engine.SQLITE:
            await asyncio.to_thread(_copy_file, location.path, path)
        case Engine.POSTGRES:
            with _pg_environment(location) as environment:
                await _run(["pg_dump", "--format=custom", "--no-password"], environment, out=file)
        case Engine.MYSQL:
            options = ("--single-transaction", "--quick", "--hex-blob", "--no-tablespaces", "--triggers")
            with _options(location) as given:
                await _run([_find("mariadb-dump", "mysqldump"), given, *options, location.database], {}, out=file)


async def _read(location: Location, file: IO[bytes]) -> None:
    if location.engine is Engine.POSTGRES:
        options = ("--clean", "--if-exists", "--single-transaction", "--no-owner", f"--dbname={location.database}")
        with _pg_environment(location) as environment:
            await _run(["pg_restore", *options, "--no-password"], environment, given=file)
        return
    with _options(location) as given:
        await _run([_find("mariadb", "mysql"), given, "--batch", location.database], {}, given=file)


def _copy_file(source: Path, target: Path) -> None:
    """While others read and write."""
    from xcatd.store.engine.sqlitefile import explain  # SQLAlchemy is loaded with it

    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, and none beside it
    except sqlite3.Error as error:
        raise explain(source, error) from None


async def _run(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    given: IO[bytes] | None = None,
    out: IO[bytes] | None = None,
) -> None:
    """Run a program to its end. Raises StoreError with what it complained of."""
    program = _find(words[0])
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        program,
        *words[1:],
        stdin=given or nothing,
        stdout=out or nothing,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **environment},
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise StoreError(f"{Path(program).name} failed: {_reason(said, process.returncode)}")


def _find(*names: str) -> str:
    """The first of these programs that is installed. Raises StoreError."""
    found = next((path for name in names if (path := shutil.which(name, path=_PATH))), "")
    if not found:
        raise StoreError(
            f"There is no {names[0]} on this host: install the client programs of the database, or leave out -b, the files "
            "then hold all that there is"
        )
    return found


def _reason(said: bytes, status: int) -> str:
    """The first line that tells of an error, else the last one."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    loud = [line for line in lines if "error" in line.lower()]
    return (loud or lines[-1:] or [f"it ended with status {status}"])[0]


@contextmanager
def _pg_environment(location: Location) -> Iterator[dict[str, str]]:
    """What libpq reads, with the password in a file (PostgreSQL manual, 34.15 and 34.16)."""
    tls = location.tls
    with _secret(f"*:*:*:*:{_escaped(location.password.reveal(), ':')}\n") as path:
        words = {
            "PGHOST": location.socket or location.host,
            "PGPORT": str(location.port or ""),
            "PGDATABASE": location.database,
            "PGUSER": location.user,
            "PGPASSFILE": str(path),
            "PGSSLMODE": str(tls.trust),
            "PGSSLROOTCERT": tls.authority,
            "PGSSLCERT": tls.certificate,
            "PGSSLKEY": tls.key,
        }
        yield {name: text for name, text in words.items() if text}


@contextmanager
def _options(location: Location) -> Iterator[str]:
    """The option that names a file of options, with the password. MariaDB's and MySQL's programs have different words for TLS;
    those that begin with `loose-` count where they are known."""
    tls, trust = location.tls, Trust.DISABLE if location.socket else location.tls.trust
    insists = tls.verifies and trust is not Trust.DISABLE
    words = {
        "host": location.host or "localhost",
        "port": str(location.port or ""),
        "socket": location.socket,
        "user": location.user,
        "password": location.password.reveal(),
        "ssl-ca": tls.authority,
        "ssl-cert": tls.certificate,
        "ssl-key": tls.key,
        "loose-ssl-verify-server-cert": "1" if insists else "0",
        "loose-ssl-mode": _SSL_MODES[trust],
        "loose-skip-ssl": "1" if trust is Trust.DISABLE else "",
        "loose-ssl": "" if trust in (Trust.DISABLE, Trust.PREFER) else "1",
        "default-character-set": "utf8mb4",
    }
    lines = [f'{name}="{_escaped(text)}"' for name, text in words.items() if text]
    with _secret("\n".join(["[client]", *lines, ""])) as path:
        yield f"--defaults-file={path}"


def _escaped(text: str, *others: str) -> str:
    for each in ("\\", *others):
        text = text.replace(each, f"\\{each}")
    return text


@contextmanager
def _secret(text: str) -> Iterator[Path]:
    """A file that only this user can read, and that is gone afterwards."""
    with TemporaryDirectory(prefix="xcatd-") as folder:
        path = Path(folder, "secret")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        yield path
