"""Copies of a database as its own programs make them, and copies that go from one kind of database to another."""

from __future__ import annotations

import contextlib
import re
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.helpers.alone import credentials, log_lines, run_with, typed, until
from tests.helpers.cluster import Daemon, free_port, made
from tests.helpers.meanwhile import meanwhile
from tests.helpers.onserver import name_database
from tests.helpers.sqlclients import said
from tests.helpers.xcat2 import run, write_folder
from xcatd.store.location import Engine, Location

if TYPE_CHECKING:
    from tests.helpers.dbserver import DatabaseServer

NAMES = {Engine.SQLITE: "xcat.sqlite", Engine.POSTGRES: "xcatdb.pgdump", Engine.MYSQL: "xcatdb.sql"}
ROWS = (
    "nodeadd n1-n3 groups=all ipmi.bmc=10.0.0.1",
    "chtab node=n2 nodehm.comments='é € \\\\ 漢 ##' nodehm.mgt=ipmi",
    "chtab key=it passwd.username=\"o'brien\" passwd.password='a,\"b'",
)
DUMPS = ("tabdump nodelist", "tabdump nodehm", "tabdump passwd", "tabdump ipmi")


@contextmanager
def running(folder: Path, location: Location | None = None) -> Iterator[Daemon]:
    """A new daemon with a database, SQLite unless there is a location."""
    daemon = Daemon(folder / "root", "mn1", "127.0.0.1", free_port())
    (daemon.root / "etc/xcat").mkdir(parents=True)
    if location is not None:
        name_database(daemon, location)
    made(daemon).start()
    try:
        yield daemon
    finally:
        daemon.stop()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running(tmp_path_factory.mktemp("sqlite")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory, postgres_server: DatabaseServer) -> Iterator[Daemon]:
    location = postgres_server.create()
    with running(tmp_path_factory.mktemp("postgres"), location) as daemon:
        yield daemon
    postgres_server.drop(location)


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory, mariadb_server: DatabaseServer) -> Iterator[Daemon]:
    location = mariadb_server.create()
    with running(tmp_path_factory.mktemp("mariadb"), location) as daemon:
        yield daemon
    mariadb_server.drop(location)


Get = Callable[[Engine], Daemon]


@pytest.fixture
def get(request: pytest.FixtureRequest) -> Get:
    """A daemon by its kind of database, with the same few rows each time."""
    names = {Engine.SQLITE: "sqlite", Engine.POSTGRES: "postgres", Engine.MYSQL: "mariadb"}

    def got(engine: Engine) -> Daemon:
        daemon: Daemon = request.getfixturevalue(names[engine])
        typed(daemon, *(f"tabprune -a {line.split()[1]}" for line in DUMPS), *ROWS)
        return daemon

    return got


def shown(daemon: Daemon) -> list[list[str]]:
    return [sorted(typed(daemon, line).splitlines()) for line in DUMPS]


@pytest.mark.parametrize("engine", Engine)
def test_the_database_becomes_what_it_was_when_the_copy_was_made(get: Get, engine: Engine, tmp_path: Path) -> None:
    daemon = get(engine)
    before, folder = shown(daemon), tmp_path / "new"
    assert typed(daemon, f"dumpxCATdb -b -V -p {folder}").splitlines() == [
        f" Creating {folder} for database dump",
        f"Dumping {folder}/{NAMES[engine]}",
        "Backup Complete.",
    ]
    copy = folder / NAMES[engine]
    assert list(folder.iterdir()) == [copy]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    typed(daemon, "noderm n2", "nodeadd n9 groups=all", "chtab -d key=it passwd")
    last = typed(daemon, f"restorexCATdb -b -V -p {folder}").splitlines()[-2:]
    assert last == [
        f"Restoring {'zvmivp.sqlite' if engine is Engine.SQLITE else copy}.",
        "Restore of Database Complete.",
    ]
    assert shown(daemon) == before
    typed(daemon, "nodeadd n10 groups=all", "nodech n1 groups=one")
    assert "n10" in typed(daemon, "nodels all").split()
    assert typed(daemon, "nodels one").split() == ["n1"]


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
def test_other_programs_are_seen_after_it(
    get: Get, engine: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Counts of changes in the copy must not be taken for those that the daemon knows."""
    daemon = get(engine)
    location = _location(daemon)
    typed(daemon, f"dumpxCATdb -b -p {tmp_path}", "nodech n1 groups=changed")
    typed(daemon, f"restorexCATdb -b -p {tmp_path / NAMES[engine]}")
    assert typed(daemon, "nodels all").split() == ["n1", "n2", "n3"]
    quote = "`" if engine is Engine.MYSQL else '"'
    said(location, f"UPDATE nodelist SET {quote}groups{quote} = 'seen' WHERE node = 'n1'")
    until(lambda: daemon.run("nodels", "seen").stdout == "n1\n", "what another program wrote")
    assert [line["event"] for line in log_lines(daemon) if f"in the copy {tmp_path}" in line["event"]]


def _location(daemon: Daemon) -> Location:
    from xcatd.store import parse_location

    return parse_location((daemon.root / "etc/xcat/cfgloc").read_text(), daemon.root)


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
def test_nobody_sees_the_password(get: Get, engine: Engine, tmp_path: Path) -> None:
    """Not in the list of processes while the programs run, nor in what is left of them."""
    daemon = get(engine)
    password = _location(daemon).password.reveal()
    with watched(PROGRAMS[engine]) as seen:
        for _ in range(20):
            typed(daemon, f"dumpxCATdb -b -p {tmp_path}", f"restorexCATdb -b -p {tmp_path}")
            if set(seen) == set(PROGRAMS[engine]):
                break
    assert set(seen) == set(PROGRAMS[engine])
    assert not [name for name, texts in seen.items() if password.encode() in b"".join(texts)]
    assert password not in daemon.log() + daemon.errors()
    assert password.encode() not in (tmp_path / NAMES[engine]).read_bytes()


PROGRAMS = {Engine.POSTGRES: ("pg_dump", "pg_restore"), Engine.MYSQL: ("mariadb-dump", "mariadb")}


@contextmanager
def watched(names: Sequence[str]) -> Iterator[dict[str, set[bytes]]]:
    """Command lines and environments of the programs of these names, as they are seen in the list of processes meanwhile."""
    seen: dict[str, set[bytes]] = {}

    def look() -> None:
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (process / "cmdline").read_bytes()
                name = line.partition(b"\0")[0].rpartition(b"/")[2].decode(errors="replace")
                if name in names:
                    seen.setdefault(name, set()).update((line, (process / "environ").read_bytes()))

    with meanwhile(look, 0.001):
        yield seen


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
def test_a_copy_that_cannot_be_restored_is_named(get: Get, engine: Engine, tmp_path: Path) -> None:
    daemon = get(engine)
    before = shown(daemon)
    typed(daemon, f"dumpxCATdb -b -p {tmp_path}")
    copy = tmp_path / NAMES[engine]
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 3] if engine is Engine.POSTGRES else whole[:200] + b"\nnonsense;\n")
    done = daemon.run("restorexCATdb", "-b", "-p", str(copy))
    assert (done.stdout, done.returncode) == ("", 1)
    assert re.fullmatch(r"Error: \[mn1\]: (pg_restore|mariadb) failed: .*\n", done.stderr), done.stderr
    assert shown(daemon) == before
    (tmp_path / "notes").write_text("buy milk\n")
    done = daemon.run("restorexCATdb", "-b", "-p", str(tmp_path / "notes"))
    assert done.stderr == (
        f"Error: [mn1]: {tmp_path}/notes is no copy of a database of the kind {engine}, which is in use: restore the files "
        "that dumpxCATdb writes without -b\n"
    )
    done = daemon.run("restorexCATdb", "-b", "-a", "-p", str(copy))
    assert done.stderr == f"Error: {copy} is restored as a whole, logs too: leave out -a and --dry-run.\n"


@pytest.mark.parametrize("engine", Engine)
def test_only_root_may_have_the_daemon_write_a_copy(get: Get, engine: Engine, tmp_path: Path) -> None:
    daemon = get(engine)
    joe = str(_joe(daemon))
    typed(daemon, "chtab priority=7 policy.name=joe policy.rule=allow")
    for words in (("dumpxCATdb", "-b", "-p", str(tmp_path)), ("restorexCATdb", "-b", "-p", str(_other(tmp_path)))):
        done = daemon.run(*words, tls=True, XCAT_CREDENTIALS=joe)
        assert (done.stdout, done.returncode) == ("", 1)
        assert done.stderr == (
            "Error: [mn1]: A copy of the database is written and read with the rights of the daemon, so only root may use "
            "-b\n"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def _joe(daemon: Daemon) -> Path:
    folder = daemon.root.parent / "joe.xcat"
    return folder if folder.exists() else credentials(daemon, "joe")


def _other(folder: Path) -> Path:
    (folder / "other").write_bytes(b"PGDMP")
    return folder / "other"


@pytest.mark.parametrize(("source", "target"), [(one, other) for one in Engine for other in Engine if one is not other])
def test_a_dump_of_one_kind_is_restored_in_another(get: Get, source: Engine, target: Engine, tmp_path: Path) -> None:
    old, new = get(source), get(target)
    typed(old, "chtab node=n3 nodehm.comments=new")
    typed(old, f"dumpxCATdb -p {tmp_path}")
    typed(new, f"restorexCATdb -p {tmp_path}")
    assert shown(new) == shown(old)


@pytest.mark.parametrize("target", [Engine.POSTGRES, Engine.MYSQL])
def test_a_copy_of_sqlite_is_restored_in_a_server(get: Get, target: Engine, tmp_path: Path) -> None:
    old, new = get(Engine.SQLITE), get(target)
    typed(old, "chtab node=n3 nodehm.comments=new", f"dumpxCATdb -b -p {tmp_path}")
    typed(new, f"restorexCATdb -b -p {tmp_path}")
    assert shown(new) == shown(old)


@pytest.mark.parametrize("engine", Engine)
def test_the_files_of_an_xcat_2_are_restored(get: Get, engine: Engine, tmp_path: Path) -> None:
    daemon = get(engine)
    write_folder(tmp_path)
    run(tmp_path / "site.sqlite", "INSERT INTO site (\"key\", value) VALUES ('odd', 'two\nlines, \"é\"')")
    (tmp_path / "empty.sqlite").write_bytes(b"")
    said_ = typed(daemon, f"restorexCATdb -V -p {tmp_path}").splitlines()
    assert said_[0] == "Skipping auditlog"
    assert (said_[1], said_[-1]) == ("Restoring bootparams.sqlite.", "Restore of Database Complete.")
    assert typed(daemon, "gettab key=odd site.value") == 'two\nlines, "é"\n'
    assert set(typed(daemon, "nodels").split()) == {"n1", "n2", "n10"}
    assert typed(daemon, "nodels n1 ipmi.bmc") == "n1: 10.0.0.101\n"
    typed(daemon, f"restorexCATdb -a -p {tmp_path}")
    assert '"joe"' in typed(daemon, "tabdump -w userid==joe auditlog")


def test_files_that_cannot_be_restored_are_named(get: Get, tmp_path: Path) -> None:
    daemon = get(Engine.SQLITE)
    before = shown(daemon)
    write_folder(tmp_path)
    run(tmp_path / "rack.sqlite", "ALTER TABLE rack ADD COLUMN x_colour TEXT")
    run(tmp_path / "zone.sqlite", "INSERT INTO zone (zonename, comments) VALUES ('z', CAST(x'e9' AS TEXT))")
    run(tmp_path / "x_bills.sqlite", "CREATE TABLE x_bills (bill TEXT)")
    done = run_with(daemon, (), "restorexCATdb", "-p", str(tmp_path))
    assert done.stderr.splitlines() == [
        "Error: [mn1]: rack.csv: The header line indicates that column 'x_colour' should exist, which is not defined in the "
        "schema for 'rack'",
        "Error: [mn1]: x_bills.csv: there is no table x_bills: leave the file out, or name the table in XCAT_SKIPTABLES",
        'Error: [mn1]: zone.csv: DB error text that is not UTF-8 with line 2: "z","","","","\udce9",""',
        "Error: Nothing is restored: mend the files that are named above, or move them away.",
    ]
    (tmp_path / "vpd.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    done = daemon.run("restorexCATdb", "-p", str(tmp_path))
    assert re.fullmatch(
        rf"Error: Cannot read {tmp_path}/vpd\.sqlite \(.+\): put another copy in its place, or move it away\. Nothing is "
        r"restored\.\n",
        done.stderr,
    )
    assert shown(daemon) == before


def test_which_copy_is_meant_must_be_clear(get: Get, tmp_path: Path) -> None:
    daemon = get(Engine.SQLITE)
    for names, said_ in (((), "no copy"), (("xcat.sqlite", "xcatdb.sql"), "more than one copy")):
        for name in names:
            (tmp_path / name).write_text("x")
        done = daemon.run("restorexCATdb", "-b", "-p", str(tmp_path))
        assert done.stderr == f"Error: There is {said_} that dumpxCATdb -b has written in {tmp_path}: name a file.\n"
    done = daemon.run("restorexCATdb", "-b", "-p", str(tmp_path / "xcatdb.sql"))
    assert (
        done.stderr
        == "Error: [mn1]: restorexCATdb -b puts files of SQLite back table by table: call the program of this name\n"
    )


def test_the_copy_of_a_file_is_a_database_by_itself(get: Get, tmp_path: Path) -> None:
    """With history and logs: to put it in the place of the daemon's own."""
    daemon = get(Engine.SQLITE)
    typed(daemon, f"dumpxCATdb -b -p {tmp_path}")
    shutil.copy(tmp_path / "xcat.sqlite", tmp_path / "moved")
    done = subprocess.run(
        ["sqlite3", str(tmp_path / "moved"), "PRAGMA integrity_check; PRAGMA journal_mode; SELECT node FROM nodelist"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["ok", "delete", "n1", "n2", "n3"]
