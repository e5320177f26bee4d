"""The history in each kind of database, for how long it is kept, and what happens to a database that fails."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.unit.store.conftest import Sql
from tests.unit.store.grounds import Ground
from tests.unit.store.history.contract import Heard, HistoryContract
from xcatd.store import SqlStore
from xcatd.store.history.kept import days_of


class TestOnSqlite(HistoryContract):
    @pytest.fixture
    def ground(self, sqlite_ground: Ground) -> Ground:
        return sqlite_ground


class TestOnPostgres(HistoryContract):
    @pytest.fixture
    def ground(self, postgres_ground: Ground) -> Ground:
        return postgres_ground


class TestOnMariadb(HistoryContract):
    @pytest.fixture
    def ground(self, mariadb_ground: Ground) -> Ground:
        return mariadb_ground


@pytest.fixture
def heard() -> Iterator[Heard]:
    logger, handler = logging.getLogger("xcatd.store.history.kept"), Heard()
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


async def test_a_database_that_fails_does_not_end_the_keeping(store: SqlStore, sql: Sql, heard: Heard) -> None:
    await store.close()
    await store.history.prune_older(1, datetime.now(UTC))
    assert heard.event.is_set()


@pytest.mark.parametrize(("text", "days"), [("", 90), ("0", 0), ("400", 400), ("-1", 0), ("a year", 0), ("²", 0)])
def test_days(text: str, days: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert days_of(text) == days
    assert bool(caplog.records) == (text in ("-1", "a year", "²"))
