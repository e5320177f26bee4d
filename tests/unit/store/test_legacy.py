"""xCAT's folder of SQLite files becomes one database: all of it, or nothing, and the files stay as they are."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.xcat2 import ROWS, old_tables, run, write_folder
from xcatd.errors import StoreError
from xcatd.store import open_store
from xcatd.store.legacy import TakenOver, take_over

KNOWN = frozenset(old_tables())


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    write_folder(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    for path in original.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "xcat.sqlite"}


def taken(folder: Path) -> Path:
    """The new database, beside files that must be as they were."""
    before = contents(folder)
    assert take_over(folder / "xcat.sqlite", KNOWN, 5) is not None
    assert contents(folder) == before
    return folder / "xcat.sqlite"


def refused(folder: Path, patience: float = 5) -> str:
    before = contents(folder)
    with pytest.raises(StoreError) as caught:
        take_over(folder / "xcat.sqlite", KNOWN, patience)
    assert contents(folder) == before
    assert not (folder / "xcat.sqlite").exists()
    return str(caught.value)


def test_all_tables_come_with_their_definitions_and_rows(folder: Path) -> None:
    path = folder / "xcat.sqlite"
    told = take_over(path, KNOWN, 5)
    rows = sum(map(len, ROWS.values()))
    assert told == TakenOver(path, 73, rows)
    assert str(told) == (
        f"took over {rows} rows of 73 tables from xCAT's files in {folder} into {path}; those files stay as they are, and are "
        "not used any more"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in KNOWN:
        for query in (
            f'SELECT * FROM "{name}"',
            f"SELECT sql FROM sqlite_master WHERE name = '{name}' AND type = 'table'",
        ):
            assert run(path, query) == run(folder / f"{name}.sqlite", query), name


def test_once_is_enough(folder: Path) -> None:
    path = taken(folder)
    content = path.read_bytes()
    assert take_over(path, KNOWN, 5) is None
    assert path.read_bytes() == content


def test_cells_stay_as_they_are(folder: Path) -> None:
    """Text that is not UTF-8, bytes, numbers, empty text and NULL, also in keys, where SQLite lets it be."""
    cells = (
        "(NULL, CAST(x'e96c' AS TEXT)), ('blob', x'00ff'), ('number', 7), ('empty', ''), ('null', NULL), (NULL, '2')"
    )
    run(folder / "site.sqlite", f'INSERT INTO site ("key", value) VALUES {cells}')
    query = 'SELECT "key", typeof("value"), hex("value") FROM site'
    assert run(taken(folder), query) == run(folder / "site.sqlite", query)


def test_what_the_schema_does_not_know_is_there_too(folder: Path) -> None:
    run(folder / "nodelist.sqlite", "ALTER TABLE nodelist ADD COLUMN x_asset TEXT")
    run(folder / "nodelist.sqlite", "UPDATE nodelist SET x_asset = 'a7' WHERE node = 'n1'")
    run(folder / "nodelist.sqlite", "CREATE TABLE nodelist_xcatbackup (node TEXT)")
    run(folder / "nodelist.sqlite", "INSERT INTO nodelist_xcatbackup VALUES ('old')")
    run(folder / "nodelist.sqlite", "CREATE INDEX by_groups ON nodelist (groups)")
    run(folder / "x_racks.sqlite", 'CREATE TABLE x_racks ("rack" TEXT, "it""s" TEXT)')
    run(folder / "x_racks.sqlite", "INSERT INTO x_racks VALUES ('r1', 'odd')")
    (folder / "empty.sqlite").write_bytes(b"")
    path = taken(folder)
    assert run(path, "SELECT node, x_asset FROM nodelist WHERE x_asset IS NOT NULL") == [("n1", "a7")]
    assert run(path, "SELECT * FROM nodelist_xcatbackup") == [("old",)]
    assert run(path, "SELECT * FROM x_racks") == [("r1", "odd")]
    assert run(path, "SELECT tbl_name FROM sqlite_master WHERE name = 'by_groups'") == [("nodelist",)]


def test_numbers_of_records_go_on_behind_those_that_were_removed(folder: Path) -> None:
    run(folder / "auditlog.sqlite", "INSERT INTO auditlog (recid, command) VALUES (900, 'x')")
    run(folder / "auditlog.sqlite", "DELETE FROM auditlog")
    path = taken(folder)
    run(path, "INSERT INTO auditlog (command) VALUES ('y')")
    assert run(path, "SELECT recid FROM auditlog") == [(901,)]


def test_a_copy_of_a_file_does_not_count_and_two_of_a_kind_are_named(folder: Path) -> None:
    for name in ("nodelist-old", "before"):
        (folder / f"{name}.sqlite").write_bytes((folder / "nodelist.sqlite").read_bytes())
        run(folder / f"{name}.sqlite", "DELETE FROM nodelist")
    assert run(taken(folder), "SELECT count(*) FROM nodelist") == [(3,)]
    (folder / "xcat.sqlite").unlink()
    (folder / "nodelist.sqlite").unlink()
    assert refused(folder) == (
        f"Table nodelist is in {folder}/before.sqlite and in {folder}/nodelist-old.sqlite, and nothing was taken over: move "
        "one of them away"
    )


def test_a_damaged_file_is_named_and_nothing_is_made(folder: Path) -> None:
    file = folder / "vpd.sqlite"
    sound = file.read_bytes()
    for content, said in (
        (b"buy milk\n" * 1000, "is not an SQLite database: move it away or name another file"),
        (sound[: len(sound) // 2], "is damaged: put a backup in its place"),
        (sound[:4096] + os.urandom(len(sound) - 4096), "is damaged: put a backup in its place"),
    ):
        file.write_bytes(content)
        assert refused(folder) == f"The database {file} {said}; nothing was taken over"
    file.write_bytes(sound)
    taken(folder)


def test_a_file_that_somebody_writes_to_is_named(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "mac.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert refused(folder, patience=0.1) == (
            f"The database {folder}/mac.sqlite is locked by another program: end that program or try again; nothing was taken "
            "over"
        )


KILLED = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
connection.executemany("INSERT INTO mac (node, comments) VALUES (?, ?)", ((f"n{n}", "x" * 2000) for n in range(500)))
os.kill(os.getpid(), 9)
"""


def test_a_file_whose_writer_was_killed_is_to_be_mended_first(folder: Path) -> None:
    file = folder / "mac.sqlite"
    assert subprocess.run([sys.executable, "-c", KILLED, str(file)]).returncode == -9
    mend = f"sqlite3 {file} .tables"
    assert refused(folder) == (
        f"A program that wrote to {file} was killed, and nothing was taken over: let SQLite mend it with `{mend}`, and try "
        "again"
    )
    subprocess.run(mend.split(), check=True, stdout=subprocess.DEVNULL)
    assert run(taken(folder), "SELECT count(*) FROM mac") == [(0,)]


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    run(tmp_path / "cookies.sqlite", "CREATE TABLE cookies (name TEXT)")
    assert take_over(tmp_path / "xcat.sqlite", KNOWN, 5) is None
    assert take_over(tmp_path / "none" / "xcat.sqlite", KNOWN, 5) is None
    run(tmp_path / "site.sqlite", "CREATE TABLE site (key TEXT)")
    assert take_over(tmp_path / "another.sqlite", KNOWN, 5) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cookies.sqlite", "site.sqlite"]


TAKER = """
import sys
from pathlib import Path
from xcatd.store.legacy import take_over
print(take_over(Path(sys.argv[1]), {"site"}, 30))
"""


def test_of_several_at_a_time_one_does_it(folder: Path) -> None:
    words = [sys.executable, "-c", TAKER, str(folder / "xcat.sqlite")]
    takers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = sorted(taker.communicate()[0][:9] for taker in takers)
    assert told == ["None\n", "None\n", "took over"]
    assert run(folder / "xcat.sqlite", "SELECT count(*) FROM nodelist") == [(3,)]


async def test_opening_a_store_takes_over_and_says_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(folder / "site.sqlite", "INSERT INTO site (\"key\", value) VALUES ('odd', CAST(x'e9' AS TEXT))")
    with caplog.at_level(logging.INFO, "xcatd.store.opening"):
        store = await open_store(folder / "xcat.sqlite")
    try:
        assert store.snapshot.site("domain") == "cluster.test"
        assert store.snapshot.site("odd") == "\udce9"
        assert [row["userid"] for row in await store.scan("auditlog")] == ["root", "joe"]
        assert re.fullmatch(r"took over \d+ rows of 73 tables from .*", caplog.messages[0])
    finally:
        await store.close()


async def test_only_the_management_node_takes_over(folder: Path) -> None:
    with pytest.raises(StoreError, match="is not of this version of xcatd"):
        await open_store(folder / "xcat.sqlite", alters=False)
    assert run(folder / "xcat.sqlite", "SELECT count(*) FROM sqlite_master") == [(0,)]
