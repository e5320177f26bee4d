"""What others write is seen: of a few rows only those are read again, and where it is not known which, whole tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.unit.store.contract import node
from tests.unit.store.grounds import Ground
from xcatd.store import Engine, Put, SqlStore, TableView, open_store
from xcatd.store.engine.journal import KEPT, MOST
from xcatd.store.news import News

COUNT = 400
"""Nodes that are there at the beginning."""


class Seen:
    """What a store does when it looks: the tables that it reads as a whole, and the news that it tells."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.whole: set[str] = set()
        self.news: News = {}
        store.on_change(lambda news, snapshot: setattr(self, "news", news))

    async def look(self) -> News:
        self.whole, self.news = set(), {}
        with self._listening():
            await self.store.refresh()
        return self.news

    @contextmanager
    def _listening(self) -> Iterator[None]:
        session = sa.event
        made = TableView.of

        def noting(layout: object, rows: object) -> TableView:
            self.whole.add(layout.table.name)  # type: ignore[attr-defined]
            return made(layout, rows)  # type: ignore[arg-type]

        assert session
        yield


@pytest.fixture
async def store(ground: Ground) -> AsyncIterator[SqlStore]:
    opened = await open_store(ground.location, patience=5)
    await opened.write([node(f"cn{number:04}", groups="all") for number in range(COUNT)], author="root")
    yield opened
    await opened.close()
