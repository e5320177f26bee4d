"""The rows of a new installation: all of them at first, later only what is missing."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.helpers.tables import snapshot_of
from xcatd.daemon.defaults import default_changes
from xcatd.daemon.paths import Paths
from xcatd.policy import default_rows
from xcatd.store import Put, Snapshot, SqlStore


def changes(snapshot: Snapshot, addresses: tuple[str, ...] = ("127.0.0.1",), port: int = 0) -> list[Put]:
    made = default_changes(snapshot, Paths(Path("/srv")), "localhost", addresses, port)
    return [change for change in made if isinstance(change, Put)]


def site(found: list[Put]) -> dict[str, str | None]:
    return {change.key["key"]: change.values["value"] for change in found if change.table == "site"}


async def test_an_empty_database_gets_them_all_and_then_nothing_more(store: SqlStore) -> None:
    first = changes(store.snapshot)
    assert {change.table for change in first} == {"site", "policy", "postscripts"}
    await store.write(first, author="test")
    assert store.snapshot.site("xcatdport") == "3001"
    assert store.snapshot.table("policy").find("1")[0]["name"] == "root"
    assert store.snapshot.table("postscripts").find("service")[0]["postscripts"] == "servicenode"
    assert changes(store.snapshot) == []


def test_the_site_table_says_where_this_host_is() -> None:
    found = site(changes(snapshot_of(), ("127.0.0.7", "::1"), 3456))
    assert (found["master"], found["xcatdport"]) == ("127.0.0.7", "3456")
    assert (found["installdir"], found["tftpdir"], found["xcatconfdir"]) == (
        "/srv/install",
        "/srv/tftpboot",
        "/srv/etc/xcat",
    )
    assert found.get("domain", "") == socket.getfqdn("localhost").partition(".")[2]


def test_without_an_address_the_name_is_the_master() -> None:
    assert site(changes(snapshot_of(), ()))["master"] == "localhost"


def test_a_row_that_is_there_is_left_alone_even_when_it_is_empty_or_hidden() -> None:
    there = snapshot_of(
        site=[
            {"key": "master", "value": "10.0.0.1"},
            {"key": "ipmimaxp", "value": None},
            {"key": "domain", "disable": "1"},
        ]
    )
    found = site(changes(there))
    assert {"master", "ipmimaxp", "domain"}.isdisjoint(found)
    assert found["xcatdport"] == "3001"


def test_a_policy_that_somebody_made_is_not_widened() -> None:
    there = snapshot_of(policy=[{"priority": "5", "name": "joe", "rule": "allow"}])
    assert [change for change in changes(there) if change.table == "policy"] == []
    assert [change for change in changes(snapshot_of()) if change.table == "policy"] == default_rows("localhost")


def test_of_the_postscripts_only_the_missing_row_is_written() -> None:
    there = snapshot_of(postscripts=[{"node": "xcatdefaults", "postscripts": "mine"}])
    assert [change.key for change in changes(there) if change.table == "postscripts"] == [{"node": "service"}]
