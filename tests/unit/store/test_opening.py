"""Opening a database: a new one, an old one, one that is no database, and one whose daemon was killed."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from xcatd.errors import StoreError
from xcatd.store import Put, open_store


async def refusal(path: Path) -> str:
    """The sentence with which the file is refused; the file must be as it was."""
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        await open_store(path)
    assert path.read_bytes() == before
    return str(caught.value)


async def test_a_new_database_is_made_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "xcat.sqlite"
    store = await open_store(path)
    assert len(list(store.snapshot)) == 74
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await store.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n" * 1000)
    assert await refusal(path) == f"The file {path} is not an SQLite database: move it away or name another file"


async def test_a_file_with_only_the_beginning_of_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "xcat.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert f"The database {path} is" in await refusal(path)


async def test_a_database_cut_short_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])
    assert "is damaged" in await refusal(path)


async def test_a_damaged_table_is_named(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO nodelist (node) VALUES (?)", [(f"cn{number}",) for number in range(2000)])
        ((page_size,),) = connection.execute("PRAGMA page_size")
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'nodelist' AND type = 'table'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * page_size : page * page_size] = os.urandom(page_size)
    path.write_bytes(content)
    sentence = await refusal(path)
    assert sentence == f"The database {path} is damaged in table nodelist: put a backup in its place"


async def test_a_directory_and_a_missing_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"The database {tmp_path} cannot be opened"):
        await open_store(tmp_path)
    with pytest.raises(StoreError, match=r"no/xcat.sqlite cannot be opened \(No such file or directory\)"):
        await open_store(tmp_path / "no" / "xcat.sqlite")


async def test_importing_the_store_does_not_import_sqlalchemy() -> None:
    program = "import sys, xcatd.store; sys.exit('sqlalchemy' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 0


WRITER = """
import asyncio, sys
from pathlib import Path
from xcatd.store import Append, Put, open_store

async def main():
    store = await open_store(Path(sys.argv[1]))
    for number in range(int(sys.argv[2]), 1_000_000):
        pair = [Put("site", {"key": key}, {"value": str(number)}) for key in ("left", "right")]
        await store.write([*pair, Append("auditlog", {"args": str(number)})], author="root")
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.endurance
async def test_a_daemon_that_is_killed_loses_nothing_acknowledged_and_leaves_nothing_half(path: Path) -> None:
    number = 0
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(path), str(number), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(random.randint(5, 40)):
            acknowledged = int(await process.stdout.readline())
        process.kill()
        acknowledged = max([acknowledged, *map(int, (await process.stdout.read()).decode().split("\n")[:-1])])
        await process.wait()

        store = await open_store(path)
        left, right = store.snapshot.site("left"), store.snapshot.site("right")
        numbers = [int(row["args"]) for row in await store.scan("auditlog")]
        await store.close()
        assert left == right
        assert int(left) in (acknowledged, acknowledged + 1)
        assert numbers == list(range(int(left) + 1))
        number = int(left) + 1


async def test_writing_goes_on_in_a_database_that_was_killed(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(path), "0", stdout=subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    process.kill()
    await process.communicate()
    store = await open_store(path)
    await store.write([Put("site", {"key": "left"}, {"value": "mended"})], author="root")
    assert store.snapshot.site("left") == "mended"
    await store.close()
