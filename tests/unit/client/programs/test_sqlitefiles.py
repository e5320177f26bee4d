"""Files of SQLite as tables in the form of tabdump."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.xcat2 import run
from xcat_client.programs.sqlitefiles import csv_pieces, is_sqlite, tables_in
from xcat_client.trouble import Trouble


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "site ?#.sqlite"
    run(path, 'CREATE TABLE site ("key" VARCHAR(128), "it""s" TEXT)')
    run(path, "CREATE TABLE log (recid INTEGER PRIMARY KEY AUTOINCREMENT)")
    run(path, "CREATE TABLE xcatd_revision (name TEXT)")
    run(
        path,
        "INSERT INTO site VALUES ('a', 'two\nlines, \"é\"'), (NULL, 7), ('odd', CAST(x'e9' AS TEXT)), ('bytes', x'41')",
    )
    return path


def test_a_table_looks_as_tabdump_shows_it(file: Path) -> None:
    assert "".join(csv_pieces(file, "site")) == (
        '#key,it"s\n"a","two\nlines, ""é"""\n"","7"\n"odd","\udce9"\n"bytes","A"\n'
    )


def test_a_large_table_comes_in_pieces(file: Path) -> None:
    run(
        file,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO log SELECT i FROM n",
    )
    pieces = list(csv_pieces(file, "log"))
    assert len(pieces) == 4
    assert "".join(pieces) == "#recid\n" + "".join(f'"{number}"\n' for number in range(1, 1201))


def test_tables_that_programs_have_for_themselves_are_left_out(file: Path) -> None:
    assert tables_in(file) == ["log", "site"]
    assert list(csv_pieces(file, "nodelist")) == []


def test_what_is_no_database(tmp_path: Path, file: Path) -> None:
    notes = tmp_path / "notes.sqlite"
    notes.write_text("buy milk\n" * 100)
    assert (is_sqlite(file), is_sqlite(notes)) == (True, False)
    with pytest.raises(Trouble, match=r"^Cannot read .*notes\.sqlite \(file is not a database\): put another copy"):
        tables_in(notes)
    with pytest.raises(Trouble, match=r"^Cannot read .*none\.sqlite \(unable to open database file\)"):
        list(csv_pieces(tmp_path / "none.sqlite", "site"))
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(Trouble, match=r"malformed"):
        list(csv_pieces(file, "site"))
