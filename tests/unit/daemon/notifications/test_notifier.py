"""Hooks and a real database."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import until
from xcatd.daemon.notifications import Notifier
from xcatd.daemon.supervisor import Supervisor
from xcatd.store import Delete, Put, SqlStore, open_store


@dataclass(slots=True)
class Site:
    """A store that is followed, and programs that write down what they read."""

    folder: Path
    store: SqlStore
    notifier: Notifier

    def program(self, name: str, before: str = "", after: str = "") -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{before}\n(cat; echo .) >> {self.folder}/{name}.heard\n{after}\n")
        path.chmod(0o755)
        return path

    async def register(self, file: Path | str, tables: str, actions: str = "a,d,u", **more: str) -> None:
        await self.write(Put("notification", {"filename": str(file)}, {"tables": tables, "tableops": actions, **more}))

    async def write(self, *changes: Put | Delete) -> None:
        await self.store.write(changes, author="test")

    async def add(self, *nodes: str) -> None:
        await self.write(*(Put("nodepos", {"node": node}, {"rack": "r1"}) for node in nodes))

    async def heard(self, name: str) -> list[str]:
        """What a program has read, when it has heard of everything: one text for each run."""
        await self.notifier.finish(30)
        path = self.folder / f"{name}.heard"
        return path.read_text().split(".\n")[:-1] if path.exists() else []


@asynccontextmanager
async def site(folder: Path, *, patience: float = 30, longest: int = 1000) -> AsyncIterator[Site]:
    store = await open_store(folder / "xcat.sqlite")
    try:
        async with Supervisor() as supervisor:
            yield Site(folder, store, Notifier(store, supervisor.spawn, patience=patience, longest=longest))
    finally:
        await store.close()


def added(node: str) -> str:
    return f"a\nnodepos\n[old data]\n[new data]\nnode,rack\n{node},r1\n"


async def test_programs_hear_of_their_tables_in_order(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.register(here.program("hook"), "nodehm, nodepos", "a,d")
        await here.register(here.program("other"), "switch")
        await here.add("n1", "n2")
        await here.write(Put("nodepos", {"node": "n1"}, {"rack": "r2"}))
        await here.add("n3")
        assert await here.heard("hook") == [added("n1"), added("n2"), added("n3")]
        assert await here.heard("other") == []


async def test_what_a_foreign_program_writes_is_told_too(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.register(here.program("hook"), "nodepos")
        with closing(sqlite3.connect(tmp_path / "xcat.sqlite")) as connection, connection:
            connection.execute("INSERT INTO nodepos (node, rack) VALUES ('n7', 'r1')")
        await here.store.refresh()
        assert await here.heard("hook") == [added("n7")]


async def test_the_table_decides_from_one_change_to_the_next(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        hook = here.program("hook")
        await here.add("n1")
        await here.register(hook, "nodepos")
        await here.add("n2")
        await here.register(hook, "nodepos", disable="1")
        await here.add("n3")
        await here.register(hook, "nodepos", disable="no")
        await here.add("n4")
        await here.write(Delete("notification", {"filename": str(hook)}))
        await here.add("n5")
        assert await here.heard("hook") == [added("n2"), added("n4")]


async def test_a_program_that_is_behind_hears_of_later_changes_together(tmp_path: Path) -> None:
    async with site(tmp_path, longest=1) as here:
        hook = here.program("hook", before=f"touch {tmp_path}/begun; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done")
        await here.register(hook, "nodepos", "a,u")
        await here.add("n1")
        await asyncio.to_thread(until, (tmp_path / "begun").exists, "the program's beginning")
        await here.add("n2")
        await here.write(Put("nodepos", {"node": "n2"}, {"u": "1"}))
        await here.write(Put("nodepos", {"node": "n2"}, {"u": "2"}))
        (tmp_path / "go").touch()
        assert await here.heard("hook") == [added("n1"), "a\nnodepos\n[old data]\n[new data]\nnode,rack,u\nn2,r1,2\n"]


async def test_a_program_that_fails_or_hangs_holds_up_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with site(tmp_path, patience=1) as here:
        await here.register(here.program("fails", after="exit 3"), "nodepos")
        await here.register(here.program("hangs", before="sleep 1000"), "nodepos")
        await here.register("/nosuch/hook", "nodepos")
        await here.register(here.program("works"), "nodepos")
        with caplog.at_level(logging.WARNING):
            await here.add("n1")
            assert await here.heard("works") == await here.heard("fails") == [added("n1")]
    prefix = "notification: "
    assert sorted(record.getMessage() for record in caplog.records) == sorted(
        [
            f"{prefix}{tmp_path}/fails ended with status 3 (a change of table nodepos)",
            f"{prefix}{tmp_path}/hangs did not end within 1 s and was killed (a change of table nodepos)",
            f"{prefix}/nosuch/hook cannot be run: No such file or directory (a change of table nodepos)",
        ]
    )


async def test_a_perl_module_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with site(tmp_path) as here:
        await here.register("/opt/site/watch.pm", "nodepos")
        await here.add("n1")
        await here.register("/opt/site/watch.pm", "nodepos,nodehm")
        await here.add("n2")
        await here.notifier.finish(30)
    text = "notification: /opt/site/watch.pm is a Perl module and is not run: register a program"
    assert [record.getMessage() for record in caplog.records] == [text]


async def test_at_the_end_what_was_not_told_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with site(tmp_path) as here:
        hook = here.program("hangs", before="sleep 1000")
        await here.register(hook, "nodepos")
        await here.add("n1")
        await here.notifier.finish(0)
    assert [record.getMessage() for record in caplog.records] == [f"notification: {hook} has not heard of all changes"]
