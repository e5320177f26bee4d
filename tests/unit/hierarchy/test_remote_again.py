"""What comes to a service node that was away, and what it shows and does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.unit.hierarchy.stairs import group, nodes, rows, site, stairs, told, until
from tests.unit.hierarchy.wires import turns
from xcatd.errors import Malformed, StoreError
from xcatd.hierarchy import Feed
from xcatd.hierarchy.greeting import Mark
from xcatd.protocol.frames import Kind
from xcatd.store import (
    STANDARD,
    Append,
    Column,
    Delete,
    Put,
    Schema,
    Table,
)
from xcatd.store.news import News
from xcatd.store.replica import Replica

COMPLETE = b'{"complete": true, "mark": ["feed", 1]}'


async def test_of_a_large_table_only_the_rows_that_changed_come(tmp_path: Path) -> None:
    heard: list[News] = []
    async with stairs(tmp_path) as made:
        await nodes(made.top, 500)
        store, pair = made.below(made.feed)
        await store.arrived()
        before = len(told(pair))
        store.on_change(lambda news, _: heard.append(news))
        await made.top.write(
            [
                Delete("nodelist", {"node": "n7"}),
                Put("nodelist", {"node": "n9"}, {"groups": "odd"}),
                *(Put("nodelist", {"node": name}, {}) for name in ("x2", "x1", "x3")),
            ],
            author="root",
        )
        await until(lambda: len(heard) == 1)
        assert told(pair)[before:] == ["nodelist+", "."]
        assert rows(store) == rows(made.top)
        assert heard == [{"nodelist": frozenset({"n7", "n9", "x1", "x2", "x3"})}]
        await group(made.top, "n9", "even")
        await made.top.write([Delete("nodelist", {"node": "n3"})], author="root")
        await group(made.top, "n3", "again")
        await until(lambda: rows(store) == rows(made.top))
        assert rows(store)[-1][0] == "n3"


async def test_rows_go_down_all_floors(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        middle, _ = made.below(made.feed)
        await middle.arrived()
        bottom, pair = made.below(Feed(middle, lambda: ""))
        await bottom.arrived()
        await group(bottom, "n5", "odd")
        await until(lambda: rows(bottom) == rows(made.top))
        assert told(pair)[-2:] == ["nodelist+", "."]


async def test_who_was_away_for_a_moment_gets_what_it_missed(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        await group(made.top, "n5", "odd")
        await site(made.top, "a", "1")
        new = made.connect(made.feed, store)
        await until(lambda: store.snapshot.site("a") == "1")
        assert told(new) == ["nodelist+", "site", "."]
        assert rows(store) == rows(made.top)
        assert store.outage is None


async def test_who_missed_nothing_gets_nothing_and_knows_it(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        assert store.outage is not None
        new = made.connect(made.feed, store)
        await until(lambda: store.outage is None)
        assert told(new) == ["."]
        await until(lambda: made.fed == 2)


async def test_a_management_node_that_was_restarted_sends_only_the_tables_that_differ(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        await site(made.top, "a", "1")
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        await group(made.top, "n5", "odd")
        restarted = Feed(made.top, lambda: "")
        new = made.connect(restarted, store)
        await until(lambda: rows(store) == rows(made.top))
        assert told(new) == ["nodelist", "."]
        await site(made.top, "a", "2")
        await until(lambda: store.snapshot.site("a") == "2")


async def test_what_changes_while_tables_are_compared_comes_too(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, old = made.below(made.feed)
        await store.arrived()
        made.cut(store, old)
        new = made.connect(Feed(made.top, lambda: ""), store)
        new.sn.stalled = True
        await site(made.top, "a", "1")
        new.sn.resume()
        await until(lambda: store.snapshot.site("a") == "1")
        assert store.outage is None


async def test_a_table_that_is_gone_above_is_empty_below(tmp_path: Path) -> None:
    racks = Table("x_racks", "", tuple(Column(name, "") for name in ("rack", "comments", "disable")), ("rack",))
    schema = Schema({**STANDARD.tables, "x_racks": racks})
    async with stairs(tmp_path) as made:
        store, pair = made.below(made.feed, schema)
        await store.arrived()
        piece = {"table": "x_racks", "columns": ["rack"], "rows": [["r1"]], "more": False}
        store.take(pair.up, json.dumps(piece).encode())
        store.take(pair.up, COMPLETE)
        assert len(store.snapshot.table("x_racks").rows) == 1
        made.cut(store, pair)
        made.connect(Feed(made.top, lambda: ""), store)
        await until(lambda: store.outage is None)
        assert len(store.snapshot.table("x_racks").rows) == 0


async def test_rows_that_do_not_fit_make_the_next_link_compare(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        store, pair = made.below(made.feed)
        await store.arrived()
        other = {"table": "nodelist", "columns": ["groups"], "rows": [["x"], ["y"]], "more": False}
        for piece in (other, {**other, "patch": True, "gone": []}):
            store.take(pair.up, json.dumps(piece).encode())
            with contextlib.suppress(Malformed):
                store.take(pair.up, COMPLETE)
        made.cut(store, pair)
        assert store.have == Mark()
        made.connect(made.feed, store)
        await until(lambda: rows(store) == rows(made.top))


async def test_with_the_link_down_it_is_said_since_when_and_why(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, pair = made.below(made.feed)
        assert store.outage is None, "there is nothing to be shown"
        await store.arrived()
        assert store.outage is None
        before = datetime.now(UTC)
        made.cut(store, pair)
        assert store.outage is not None
        assert before <= store.outage.since <= datetime.now(UTC)
        assert store.outage.reason == "there is no link to it"
        store.unreachable("no link to mn1 port 3001: Nothing listens")
        assert store.outage.reason == "no link to mn1 port 3001: Nothing listens"
        new = made.connect(made.feed, store)
        new.sn.stalled = True
        assert store.outage.reason == "its tables are on the way"
        new.sn.resume()
        await until(lambda: store.outage is None)


async def test_it_starts_from_its_copy_and_says_how_old_that_is(tmp_path: Path) -> None:
    path = tmp_path / "replica/tables.copy"
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        first = made.store(replica=Replica(path, STANDARD))
        await first.load()
        with pytest.raises(StoreError, match="have not arrived"):
            _ = first.snapshot
        pair = made.connect(made.feed, first)
        await first.arrived()
        await group(made.top, "n5", "odd")
        await until(lambda: rows(first) == rows(made.top))
        made.cut(first, pair)
        assert first.outage is not None
        await first.close()

        second = made.store(replica=Replica(path, STANDARD))
        await second.load()
        assert rows(second) == rows(made.top)
        assert second.outage is not None
        assert abs(second.outage.since - first.outage.since) < timedelta(milliseconds=1)
        waiting = made.supervisor.spawn(second.arrived(), "who waits for tables")
        await turns()
        assert not waiting.done(), "the tables may come"
        second.unreachable("no link")
        await waiting

        await group(made.top, "n6", "odd")
        new = made.connect(made.feed, second)
        await until(lambda: second.outage is None)
        assert told(new) == ["nodelist+", "."]
        assert rows(second) == rows(made.top)
        await second.close()


async def test_a_service_node_that_restarts_while_its_management_node_does_gets_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "replica/tables.copy"
    async with stairs(tmp_path) as made:
        await nodes(made.top, 300)
        first = made.store(replica=Replica(path, STANDARD))
        made.connect(made.feed, first)
        await first.arrived()
        await first.close()
        second = made.store(replica=Replica(path, STANDARD))
        await second.load()
        new = made.connect(Feed(made.top, lambda: ""), second)
        await until(lambda: second.outage is None)
        assert told(new) == ["."]
        await second.close()


async def test_a_write_is_repeated_on_the_next_link_and_done_once(tmp_path: Path) -> None:
    """Every answer is lost once: the write was done, and nobody below knows."""
    async with stairs(tmp_path) as made, asyncio.TaskGroup() as tasks:
        store, pair = made.below(made.feed)
        await store.arrived()
        for number in range(5):
            pair.mn.cut_at = Kind.UPDATE
            report = Append("auditlog", {"userid": str(number)})
            writing = tasks.create_task(store.write([report], author="root"))
            await until(partial(getattr, pair.sn, "lost"))
            store.cut(pair.up)
            pair = made.connect(made.feed, store)
            await writing
        assert [row["userid"] for row in await made.top.scan("auditlog")] == ["0", "1", "2", "3", "4"]


async def test_a_write_from_two_floors_down_is_done_once_whichever_link_breaks(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made, asyncio.TaskGroup() as tasks:
        middle, upper = made.below(made.feed)
        await middle.arrived()
        feed = Feed(middle, lambda: "")
        bottom, lower = made.below(feed)
        await bottom.arrived()
        upper.mn.cut_at = lower.mn.cut_at = Kind.UPDATE
        writing = tasks.create_task(bottom.write([Append("auditlog", {"userid": "1"})], author="root"))
        await until(lambda: upper.sn.lost)
        middle.cut(upper.up)
        made.connect(made.feed, middle)
        await until(lambda: lower.sn.lost)
        bottom.cut(lower.up)
        made.connect(feed, bottom)
        await writing
        assert len(await made.top.scan("auditlog")) == 1


async def test_what_has_been_written_has_arrived_when_it_has_caught_up(tmp_path: Path) -> None:
    async with stairs(tmp_path) as made:
        store, _ = made.below(made.feed)
        await store.arrived()
        for number in range(5):
            await site(store, "a", str(number))
            await store.catch_up()
            assert store.snapshot.site("a") == str(number)
