"""sqlitesetup where a file of this host is in the way, and where the server is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.cluster import Daemon
from tests.helpers.moves import (
    callers_are_served,
    cfgloc,
    does_nothing,
    failed,
    setup,
    what_was_written_is_kept,
    works,
)
from tests.helpers.ownhost import OwnHost
from xcatd.store import Put, open_store


def forget(host: OwnHost) -> None:
    host.run("runuser", "-u", "postgres", "--", "dropdb", "--if-exists", "--force", "xcatdb")


def test_a_file_with_rows_of_its_own_is_kept_under_another_name(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, "pgsqlsetup", "-i")
    file = daemon.root / "etc/xcat/xcat.sqlite"
    file.unlink()
    asyncio.run(made_by_hand(file))

    said = setup(host, daemon, "sqlitesetup", "-i")

    (line,) = [line for line in said if line.startswith(f"data: renamed the old {file} to ")]
    assert Path(line.split()[-1]).stat().st_size > 0
    host.start(daemon)
    works(daemon, "SQLite")
    assert does_nothing(host, daemon, "sqlitesetup", "-i")


async def made_by_hand(file: Path) -> None:
    store = await open_store(file)
    await store.write([Put("site", {"key": "comment"}, {"value": "another"})], author="somebody")
    await store.close()


def test_a_server_that_is_gone_leaves_everything_as_it_was(host: OwnHost, daemon: Daemon) -> None:
    setup(host, daemon, "pgsqlsetup", "-i")
    before = cfgloc(daemon).read_bytes()
    host.run("pg_ctlcluster", "15", "main", "stop")
    try:
        sentence = failed(host, daemon, "sqlitesetup", "-i")
    finally:
        host.run("pg_ctlcluster", "15", "main", "start")

    assert "xcatdb on 127.0.0.1 is still in use: then run sqlitesetup -i again" in sentence
    assert cfgloc(daemon).read_bytes() == before
    host.start(daemon)
    works(daemon, "Pg")


def test_a_running_daemon_goes_back(host: OwnHost, daemon: Daemon) -> None:
    host.start(daemon)
    setup(host, daemon, "pgsqlsetup", "-i")
    typed(daemon, "chtab key=written site.value=there")

    with callers_are_served(daemon), what_was_written_is_kept(daemon):
        said = setup(host, daemon, "sqlitesetup", "-i")

    assert f"data: xcatd works with {daemon.root}/etc/xcat/xcat.sqlite" in said
    assert typed(daemon, "gettab key=written site.value") == "there\n"
    works(daemon, "SQLite")
