"""What the history must do in any kind of database: subclass `HistoryContract` and provide the fixture `ground`."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from tests.unit.store.conftest import Sql
from tests.unit.store.contract import OnGround
from tests.unit.store.grounds import Ground
from xcatd.errors import NotFound, UsageError
from xcatd.model import Origin
from xcatd.store import Append, Delete, Exact, Put, Replace, SqlStore, open_store
from xcatd.store.history import RowChange

ORIGIN = Origin("ann", "desk7", "r17", "chdef", "-t node cn01 groups=all")


def node(name: str, groups: str) -> Put:
    return Put("nodelist", {"node": name}, {"groups": groups})


def shown(change: RowChange) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    before, after = (
        None if cells is None else {name: text for name, text in cells.items() if text}
        for cells in (change.before, change.after)
    )
    return before, after


async def told(store: SqlStore, number: int) -> list[tuple[dict[str, str] | None, dict[str, str] | None]]:
    return [shown(change) for change in await store.history.changes(number)]


class Heard(logging.Handler):
    """Sets an event when something is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.event.set()


class HistoryContract(OnGround):
    """Each write is remembered with its rows before and after, and with who made it."""

    async def test_an_entry_says_who_and_what(self, store: SqlStore) -> None:
        before = datetime.now(UTC)
        await store.write([node("cn01", "all"), node("cn02", "all"), Put("site", {"key": "a"}, {})], author=ORIGIN)
        (entry,) = await store.history.entries()
        assert entry.origin == ORIGIN
        assert entry.tables == (("nodelist", 2), ("site", 1))
        assert entry.at.endswith("Z")
        assert abs(datetime.fromisoformat(entry.at) - before).total_seconds() < 60
        assert [change.table for change in await store.history.changes(entry.id)] == ["nodelist", "nodelist", "site"]

    async def test_rows_are_whole_before_and_after(self, store: SqlStore) -> None:
        await store.write([node("cn01", "all"), node("cn02", "all")], author="root")
        await store.write([node("cn01", "gpu"), Delete("nodelist", {"node": "cn02"}), node("cn03", "x")], author="root")
        assert await told(store, 2) == [
            ({"node": "cn02", "groups": "all"}, None),
            ({"node": "cn01", "groups": "all"}, {"node": "cn01", "groups": "gpu"}),
            (None, {"node": "cn03", "groups": "x"}),
        ]
        (change,) = [each for each in await store.history.changes(2) if each.after is None]
        assert change.before is not None
        assert list(change.before) == list(store.schema.tables["nodelist"].column_names)
        assert change.before["status"] is None

    async def test_what_changes_nothing_leaves_no_entry(self, store: SqlStore) -> None:
        await store.write([node("cn01", "all")], author="root")
        await store.write([node("cn01", "all")], author="root")
        await store.write([node("cn02", "all"), Delete("nodelist", {"node": "cn02"})], author="root")
        await store.write([Append("auditlog", {"userid": "root"})], author="root")
        with pytest.raises(UsageError):
            await store.write([node("cn03", "all"), Put("litetree", {"priority": "1"}, {})], author="root")
        assert [entry.id for entry in await store.history.entries()] == [1]

    async def test_writes_that_are_committed_together_have_an_entry_each(self, store: SqlStore) -> None:
        """All of them change the same row, so each one's row before is what the one before it left."""
        writes = [
            store.write([Put("site", {"key": "n"}, {"value": str(number)})], author=f"u{number}") for number in range(9)
        ]
        await asyncio.gather(*writes)
        entries = await store.history.entries()
        assert [entry.origin.user for entry in entries] == [f"u{number}" for number in range(9)]
        last: str | None = None
        for number, entry in enumerate(entries):
            (change,) = await store.history.changes(entry.id)
            assert (change.before or {}).get("value") == last
            last = (change.after or {})["value"]
            assert last == str(number)

    async def test_entries_are_chosen(self, store: SqlStore) -> None:
        for number in range(4):
            await store.write([node(f"cn{number}", "all")], author="root")
            await store.write([Put("site", {"key": str(number)}, {})], author="ann at sn1")

        async def found(**wanted: object) -> list[int]:
            return [entry.id for entry in await store.history.entries(**wanted)]  # type: ignore[arg-type]

        assert await found() == [1, 2, 3, 4, 5, 6, 7, 8]
        assert await found(last=2) == [7, 8]
        assert await found(table="site") == [2, 4, 6, 8]
        assert await found(user="root", last=1) == [7]
        assert await found(user="ann") == [2, 4, 6, 8]
        assert await found(user="an") == await found(user="ann%") == []
        assert await found(before_id=4, last=2) == [2, 3]
        assert await found(since="2020") == [1, 2, 3, 4, 5, 6, 7, 8]
        assert await found(since="9") == await found(until="2020") == []

    async def test_what_is_not_there_is_not_found(self, store: SqlStore) -> None:
        with pytest.raises(NotFound, match="no change 7 in the history"):
            await store.history.changes(7)

    async def test_numbers_are_not_used_again(self, store: SqlStore, ground: Ground) -> None:
        await store.write([node("cn01", "all")], author="root")
        assert await store.history.prune("9999") == 1
        assert await store.history.entries() == []
        again = await open_store(ground.location)
        await again.write([node("cn02", "all")], author="root")
        assert [entry.id for entry in await again.history.entries()] == [2]
        await again.close()

    async def test_only_what_is_older_is_forgotten(self, store: SqlStore, sql: Sql) -> None:
        for number in range(5):
            await store.write([node(f"cn{number}", "all")], author="root")
            sql("UPDATE xcatd_history SET at = ? WHERE id = ?", f"2026-01-0{number + 1}T00:00:00.000Z", number + 1)
        assert await store.history.prune("2026-01-03") == 2
        assert [entry.id for entry in await store.history.entries()] == [3, 4, 5]
        await store.history.prune_older(3, datetime(2026, 1, 7, 12, tzinfo=UTC))
        assert [entry.id for entry in await store.history.entries()] == [5]
        await store.history.prune_older(0, datetime(2027, 1, 7, tzinfo=UTC))
        assert sql("SELECT entry FROM xcatd_history_rows") == [(5,)]
        await store.write([node("cn9", "all")], author="root")
        assert [entry.id for entry in await store.history.entries()] == [5, 6]

    async def test_many_are_forgotten_in_portions(self, store: SqlStore) -> None:
        await asyncio.gather(*(store.write([node(f"cn{n}", "all")], author="root") for n in range(1100)))
        assert await store.history.prune("9999") == 1100

    async def test_the_history_is_kept_short_from_the_start(self, store: SqlStore, sql: Sql, heard: Heard) -> None:
        await store.write([Put("site", {"key": "historydays"}, {"value": "30"})], author="root")
        sql("UPDATE xcatd_history SET at = '2020-01-01'")
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(store.keep_history())
            await asyncio.wait_for(heard.event.wait(), 10)
            keeping.cancel()
        assert await store.history.entries() == []

    async def test_texts_of_callers_may_be_anything(self, store: SqlStore) -> None:
        origin = Origin("jörg", "\udcff", "r1", "chdef", "x" * 100_000)
        await store.write([node("cn01", "all")], author=origin)
        (entry,) = await store.history.entries()
        assert (entry.origin.user, entry.origin.client) == ("jörg", "\ufffd")
        assert len(entry.origin.words) < 10_000

    async def test_a_change_is_taken_back_with_what_the_history_has(self, store: SqlStore) -> None:
        await store.write([node("cn01", "all"), node("cn02", "all")], author="root")
        before = {tuple(dict(row).items()) for row in store.snapshot.table("nodelist").rows}
        await store.write([Replace("nodelist", [{"node": "cn02", "groups": "x"}, {"node": "cn03"}])], author="root")
        changes = await store.history.changes(2)
        await store.write([Exact(each.table, each.after, each.before) for each in reversed(changes)], author="root")
        assert {tuple(dict(row).items()) for row in store.snapshot.table("nodelist").rows} == before

    async def test_ten_thousand_rows_take_little_room(self, store: SqlStore, sql: Sql) -> None:
        nodes = [f"cn{number:05}" for number in range(10_000)]
        await store.write([node(name, "all") for name in nodes], author="root")
        await store.write([Put("nodelist", {"node": name}, {"status": "booted"}) for name in nodes], author="root")
        assert await told(store, 2) == [
            ({"node": name, "groups": "all"}, {"node": name, "groups": "all", "status": "booted"}) for name in nodes
        ]
        ((size,),) = sql("SELECT length(data) FROM xcatd_history_rows WHERE entry = 2")
        assert size < 40_000

    async def test_rows_of_a_table_that_is_no_longer_declared_can_be_read(self, store: SqlStore, sql: Sql) -> None:
        await store.write([node("cn01", "all")], author="root")
        sql("UPDATE xcatd_history SET tables = replace(tables, 'nodelist', 'x_gone')")
        sql("UPDATE xcatd_history_rows SET name = 'x_gone'")
        (change,) = await store.history.changes(1)
        assert change == RowChange("x_gone", None, {"groups": "all", "node": "cn01"})
