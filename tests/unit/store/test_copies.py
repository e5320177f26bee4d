"""What the programs of a database are given, and copies that cannot be made. The programs themselves run in
tests/integration/test_copies.py."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from xcatd.errors import StoreError, UsageError
from xcatd.model import Secret
from xcatd.store import Engine, Location, Tls, Trust, open_store
from xcatd.store.copies import _options, _pg_environment, copy_in, copy_out

PASSWORD = "p:a\\s#s \"w'd="
SERVER = Location(Engine.POSTGRES, database="xcatdb", host="mn1", port=4321, user="xcatadm", password=Secret(PASSWORD))
STRICT = Tls(Trust.VERIFY_FULL, "/ca.pem", "/cert.pem", "/key.pem")


def test_libpq_finds_the_password_in_a_file_that_nobody_else_can_read() -> None:
    with _pg_environment(replace(SERVER, tls=STRICT)) as environment:
        path = Path(environment["PGPASSFILE"])
        assert path.read_text() == "*:*:*:*:p\\:a\\\\s#s \"w'd=\n"
        assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
        assert environment == {
            "PGHOST": "mn1",
            "PGPORT": "4321",
            "PGDATABASE": "xcatdb",
            "PGUSER": "xcatadm",
            "PGPASSFILE": str(path),
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": "/ca.pem",
            "PGSSLCERT": "/cert.pem",
            "PGSSLKEY": "/key.pem",
        }
    assert not path.parent.exists()


def test_the_programs_of_mariadb_read_the_password_as_it_is() -> None:
    """my_print_defaults is MariaDB's own reader of such files."""
    location = replace(SERVER, engine=Engine.MYSQL, tls=STRICT)
    with _options(location) as option:
        name, path = option.split("=", 1)
        assert name == "--defaults-file"
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        words = ["my_print_defaults", option, "client"]
        read = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    assert not Path(path).exists()
    assert f"--password={PASSWORD}" in read
    assert {"--host=mn1", "--port=4321", "--user=xcatadm", "--ssl-ca=/ca.pem", "--ssl-key=/key.pem"} <= set(read)
    assert {"--loose-ssl-verify-server-cert=1", "--loose-ssl-mode=VERIFY_IDENTITY"} <= set(read)


@pytest.mark.parametrize(
    ("trust", "socket", "wanted"),
    [
        (Trust.DISABLE, "", {'loose-ssl-mode="DISABLED"', 'loose-skip-ssl="1"', 'loose-ssl-verify-server-cert="0"'}),
        (Trust.PREFER, "", {'loose-ssl-mode="PREFERRED"', 'loose-ssl-verify-server-cert="0"'}),
        (Trust.REQUIRE, "", {'loose-ssl-mode="REQUIRED"', 'loose-ssl="1"', 'loose-ssl-verify-server-cert="0"'}),
        (Trust.VERIFY_CA, "", {'loose-ssl-mode="VERIFY_CA"', 'loose-ssl="1"', 'loose-ssl-verify-server-cert="1"'}),
        (Trust.VERIFY_FULL, "/run/s", {'loose-ssl-mode="DISABLED"', 'loose-skip-ssl="1"', 'socket="/run/s"'}),
    ],
)
def test_programs_of_mariadb_trust_as_the_daemon_does(trust: Trust, socket: str, wanted: set[str]) -> None:
    location = replace(SERVER, engine=Engine.MYSQL, tls=Tls(trust), socket=socket)
    with _options(location) as option:
        lines = Path(option.partition("=")[2]).read_text().splitlines()
    assert wanted <= set(lines)
    assert len([line for line in lines if line.startswith(("loose-ssl=", "loose-skip-ssl"))]) == (trust != Trust.PREFER)


async def test_a_copy_of_a_file_is_made_while_it_is_open_and_only_its_owner_may_read_it(
    path: Path, tmp_path: Path
) -> None:
    store = await open_store(path)
    (tmp_path / "copies").mkdir()
    try:
        made = await copy_out(store.location, tmp_path / "copies")
        again = await copy_out(store.location, tmp_path / "copies")
    finally:
        await store.close()
    assert made == again == tmp_path / "copies/xcat.sqlite"
    assert [each.name for each in made.parent.iterdir()] == ["xcat.sqlite"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


async def test_what_cannot_be_is_said_and_leaves_nothing(path: Path, tmp_path: Path) -> None:
    here = Location.of_file(path)
    with pytest.raises(StoreError, match=r"none/xcat.sqlite cannot be written \(No such file or directory\)"):
        await copy_out(here, tmp_path / "none")
    away = replace(SERVER, host="127.0.0.1", port=1)
    for engine, program in ((Engine.POSTGRES, "pg_dump"), (Engine.MYSQL, "mariadb-dump")):
        with pytest.raises(StoreError, match=f"^{program} failed: .*127.0.0.1"):
            await copy_out(replace(away, engine=engine), tmp_path)
    assert {each.name for each in tmp_path.iterdir()} <= {"xcat.sqlite", "xcat.sqlite-wal", "xcat.sqlite-shm"}


async def test_what_is_no_copy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("buy milk\n")
    for engine in (Engine.POSTGRES, Engine.MYSQL):
        with pytest.raises(UsageError, match=f"notes is no copy of a database of the kind {engine}"):
            await copy_in(replace(SERVER, engine=engine), tmp_path / "notes")
    with pytest.raises(StoreError, match=r"none cannot be read \(No such file or directory\)"):
        await copy_in(SERVER, tmp_path / "none")
