"""Reading a database file without changing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from xcatd.errors import NotFound, StoreError
from xcatd.store import Append, Put, dump_table, last_records, look_at, open_store


async def filled(path: Path) -> Path:
    store = await open_store(path)
    await store.write(
        [
            Put("nodelist", {"node": "n1"}, {"groups": "all"}),
            *(Append("auditlog", {"userid": f"u{number}", "args": "x"}) for number in range(5)),
        ],
        author="test",
    )
    await store.close()
    return path


async def test_it_shows_what_a_store_shows(tmp_path: Path) -> None:
    path = await filled(tmp_path / "xcat.sqlite")
    looked = look_at(path)
    store = await open_store(path)
    try:
        assert looked.missing == ()
        assert {name: dump_table(looked.snapshot.table(name)) for name in looked.snapshot} == {
            name: dump_table(store.snapshot.table(name)) for name in store.snapshot
        }
    finally:
        await store.close()


async def test_while_somebody_writes(tmp_path: Path) -> None:
    path = await filled(tmp_path / "xcat.sqlite")
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO nodelist (node) VALUES ('n2')")
        assert [row["node"] for row in look_at(path).snapshot.table("nodelist").rows] == ["n1"]
        writer.execute("ROLLBACK")
    writer.close()


async def test_the_last_records_of_a_log_come_oldest_first(tmp_path: Path) -> None:
    path = await filled(tmp_path / "xcat.sqlite")
    records = last_records(path, "auditlog", 2)
    assert [[text for text in record if text and text.startswith("u")] for record in records] == [["u3"], ["u4"]]
    with pytest.raises(NotFound, match="No such log: nodelist"):
        last_records(path, "nodelist", 2)


def test_an_old_file_lacks_tables_and_columns_and_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "xcat.sqlite"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE nodelist (node TEXT PRIMARY KEY, groups TEXT, more TEXT)")
        made.execute("INSERT INTO nodelist VALUES ('n1', 5, 'x')")
    made.close()
    before = path.read_bytes()
    looked = look_at(path)
    assert looked.snapshot.table("nodelist").find("n1")[0]["groups"] == "5"
    assert {"site", "nodelist.status"} <= set(looked.missing)
    assert last_records(path, "auditlog", 3) == []
    assert path.read_bytes() == before


def test_what_cannot_be_read_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "xcat.sqlite"
    with pytest.raises(StoreError, match=f"There is no database {path}"):
        look_at(path)
    assert not path.exists()
    path.write_bytes(b"nonsense" * 100)
    with pytest.raises(StoreError, match="is not an SQLite database"):
        look_at(path)


async def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    path = await filled(tmp_path / "xcat.sqlite")
    content = bytearray(path.read_bytes())
    with sqlite3.connect(path) as asked:
        (page,) = asked.execute("SELECT rootpage FROM sqlite_master WHERE name = 'nodelist'").fetchone()
        (size,) = asked.execute("PRAGMA page_size").fetchone()
    asked.close()
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged"):
        look_at(path)
