"""A service node's tables follow those of the daemon above, and its writes are done there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.unit.hierarchy.stairs import site, stairs, until
from tests.unit.hierarchy.wires import turns
from xcatd.errors import Conflict, Malformed, NotFound, StoreError
from xcatd.hierarchy import Feed, RemoteStore
from xcatd.hierarchy.tables import ROWS
from xcatd.model import Origin
from xcatd.protocol.frames import Kind
from xcatd.store import (
    STANDARD,
    Append,
    Column,
    Exact,
    Put,
    Replace,
    Schema,
    Table,
)
from xcatd.store.news import News

COMPLETE = b'{"complete": true, "mark": ["feed", 1]}'


async def test_before_the_first_tables_there_are_none_and_the_reason_is_told() -> None:
    async def nobody() -> None:
        return None

    store = RemoteStore(nobody)
    with pytest.raises(StoreError, match="tables have not arrived from the management node yet; check that it runs"):
        _ = store.snapshot
    store.trouble = "no link to mn1 port 3001: Nothing listens"
    with pytest.raises(StoreError, match=r"yet \(no link to mn1 port 3001: Nothing listens\); check"):
        _ = store.snapshot
    with pytest.raises(StoreError, match="nothing was written"):
        await site(store, "a", "b")
    with pytest.raises(StoreError, match="kept on the management node only"):
        await store.scan("auditlog")
    for asked in (store.history.entries(), store.history.changes(1), store.history.prune("2026")):
        with pytest.raises(StoreError, match="history is kept on the management node only; ask there"):
            await asked


async def test_all_tables_come_at_first_and_changes_after(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await site(made.top, "before", "1")
        store, pair = made.below(made.feed)
        await store.arrived()
        assert made.fed == 1
        assert {name: tuple(store.snapshot.table(name).rows) for name in store.snapshot} == {
            name: tuple(made.top.snapshot.table(name).rows) for name in made.top.snapshot
        }
        sent = len(pair.mn.sent)
        await site(made.top, "after", "2")
        await until(lambda: store.snapshot.site("after") == "2")
        assert store.snapshot.site("before") == "1"
        assert len(pair.mn.sent) == sent + 2, "the table that changed, and that it is complete"


async def test_a_write_from_below_is_done_above_and_seen_at_both_places(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.arrived()
        await site(store, "below", "1")
        assert made.top.snapshot.site("below") == "1"
        await until(lambda: store.snapshot.site("below") == "1")
        await store.write([Append("auditlog", {"userid": "root"})], author="audit")
        assert [row["userid"] for row in await made.top.scan("auditlog")] == ["root"]


async def test_what_the_database_refuses_is_told_below(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.arrived()
        with pytest.raises(NotFound, match="No such table: nosuch"):
            await store.write([Put("nosuch", {"key": "a"}, {"value": "b"})], author="root")


async def test_three_floors(tmp_path: Path) -> None:
    """A service node below a service node: tables come down and writes go up through both."""
    async with stairs(tmp_path) as made:
        middle, pair = made.below(made.feed)
        feed = Feed(middle, lambda: "")
        bottom, _ = made.below(feed)
        pair.sn.stalled = True
        await turns()
        assert made.fed <= 1, "who has no tables feeds nobody"
        pair.sn.resume()
        await bottom.arrived()
        await site(bottom, "deep", "1")
        assert made.top.snapshot.site("deep") == "1"
        await until(lambda: bottom.snapshot.site("deep") == "1")


async def test_a_link_that_breaks_during_a_write_leaves_nobody_waiting(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made, asyncio.TaskGroup() as group:
        store, pair = made.below(made.feed)
        await store.arrived()
        store._writes._patience = 0.01
        pair.mn.cut_at = Kind.UPDATE

        async def write() -> None:
            with pytest.raises(StoreError, match="broke during a write; look before you repeat it"):
                await site(store, "a", "b")

        writing = group.create_task(write())
        await until(lambda: pair.sn.lost)
        store.cut(pair.up)
        await writing


async def test_a_write_keeps_the_link_from_being_wound_up(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made, asyncio.TaskGroup() as group:
        store, pair = made.below(made.feed)
        await store.arrived()
        writing = group.create_task(site(store, "a", "b"))
        await turns(2)
        await pair.up.wind_up()
        await writing
    assert pair.sn.lost


async def test_tables_of_an_old_link_do_not_mix_with_those_of_the_new_one(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        old_store, old = made.below(made.feed)
        _, new = made.below(made.feed)
        await old_store.arrived()
        old_store.follow(new.up)
        piece = {"table": "site", "columns": ["key", "value"], "rows": [["stale", "1"]], "more": False}
        old_store.take(old.up, json.dumps(piece).encode())
        old_store.take(old.up, COMPLETE)
        assert old_store.snapshot.site("stale") == ""
        old_store.take(new.up, json.dumps(piece).encode())
        old_store.take(new.up, COMPLETE)
        assert old_store.snapshot.site("stale") == "1"


async def test_a_write_from_below_says_who_made_it_and_where(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.write([Put("site", {"key": "a"}, {})], author=Origin("ann", "desk7", "r1", "chtab", "key=a"))
        await site(store, "b", "1")
        first, second = await made.top.history.entries()
        assert first.origin == Origin("ann at sn1", "desk7", "r1", "chtab", "key=a")
        assert second.origin == Origin("root at sn1")


async def test_a_long_write_from_below_is_one_write(tmp_path: Path) -> None:
    rows = [{"key": f"k{number}", "value": "x"} for number in range(3 * ROWS)]
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.write([Replace("site", rows), Put("nodelist", {"node": "n1"}, {})], author="root")
        assert made.top.snapshot.site(f"k{3 * ROWS - 1}") == "x"
        (entry,) = await made.top.history.entries()
        assert entry.tables == (("site", 3 * ROWS), ("nodelist", 1))


async def test_a_long_write_that_is_cancelled_is_forgotten(tmp_path: Path) -> None:
    rows = [{"key": f"k{number}"} for number in range(9 * ROWS)]
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.arrived()
        writing = made.supervisor.spawn(store.write([Replace("site", rows)], author="root"), "a long write")
        await turns(4)
        writing.cancel()
        await turns(20)
        await site(store, "a", "1")
        assert len(made.top.snapshot.table("site").rows) == 1
        assert made.feed._arriving == {}


async def test_what_is_refused_above_is_refused_below_in_the_same_way(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        with pytest.raises(Conflict, match=r"key=a .* has been removed meanwhile"):
            await store.write([Exact("site", {"key": "a"}, None)], author="root")
        with pytest.raises(NotFound, match="No such table: colours"):
            await store.write([Replace("colours", [])], author="root")


async def test_tables_of_a_site_go_down_to_those_who_have_them_too(tmp_path: Path) -> None:
    racks = Table("x_racks", "", tuple(Column(name, "") for name in ("rack", "comments", "disable")), ("rack",))
    schema = Schema({**STANDARD.tables, "x_racks": racks})
    async with stairs(tmp_path, schema=schema) as made:
        await made.top.write([Put("x_racks", {"rack": "r1"}, {})], author="root")
        store, _ = made.below(made.feed)
        other, _ = made.below(made.feed, STANDARD)
        await store.arrived()
        await other.arrived()
        assert [row["rack"] for row in store.snapshot.table("x_racks").rows] == ["r1"]
        assert "x_racks" not in other.snapshot


async def test_tables_and_columns_that_only_the_other_release_has_are_left_out(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, pair = made.below(made.feed)
        await store.arrived()
        for table in ("site", "brandnew"):
            piece = {"table": table, "columns": ["colour", "key", "value"], "rows": [["red", "a", "1"]], "more": False}
            store.take(pair.up, json.dumps(piece).encode())
        store.take(pair.up, COMPLETE)
        assert store.snapshot.site("a") == "1"
        assert "brandnew" not in store.snapshot


@pytest.mark.parametrize("text", [b"", b"[]", b"3", b"{}", b'{"table": "site", "columns": 3, "rows": [], "more": 0}'])
async def test_what_is_no_table_is_malformed(tmp_path: Path, text: bytes) -> None:
    async with stairs(tmp_path) as made:
        store, pair = made.below(made.feed)
        with pytest.raises(Malformed, match="table from the management node"):
            store.take(pair.up, text)


async def test_the_revocation_list_goes_down_when_it_changes(tmp_path: Path) -> None:
    lists = ["first list;"]
    async with stairs(tmp_path, lambda: lists[-1]) as made:
        store, _ = made.below(made.feed)
        await store.arrived()
        assert made.revocations == "first list;"
        lists.append("second list;")
        made.feed.revoked()
        await until(lambda: made.revocations == "first list;second list;")


async def test_who_listens_hears_of_each_change_until_it_does_not_want_to(tmp_path: Path) -> None:
    heard: list[News] = []
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        end = store.on_change(lambda tables, _: heard.append(tables))
        await store.arrived()
        await site(made.top, "a", "1")
        await until(lambda: store.snapshot.site("a") == "1")
        assert heard[1:] == [{"site": None}]
        end()
        await site(made.top, "a", "2")
        await until(lambda: store.snapshot.site("a") == "2")
        assert len(heard) == 2
