"""The history that a database keeps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from xcatd.errors import NotFound, StoreError
from xcatd.store.history.entry import Entry, RowChange, moment
from xcatd.store.history.packing import unpack

if TYPE_CHECKING:
    from xcatd.store.engine import Database, Session

DAYS = 90
"""For how many days entries are kept when the site says nothing."""

_AT_ONCE = 500
"""Entries that are forgotten in one transaction: others want to write too."""
_DAY = 86400.0

_log = logging.getLogger(__name__)


class KeptHistory:
    """A `History` in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def entries(
        self,
        *,
        last: int | None = None,
        table: str | None = None,
        user: str | None = None,
        since: str | None = None,
        until: str | None = None,
        before_id: int | None = None,
    ) -> list[Entry]:
        """See `History.entries`."""

        def found(session: Session) -> list[Entry]:
            return session.entries(last, table=table, user=user, since=since, until=until, before_id=before_id)

        return await self._database.read(found)

    async def changes(self, entry_id: int) -> list[RowChange]:
        """See `History.changes`."""

        def found(session: Session) -> list[RowChange] | None:
            packed = session.packed_rows(entry_id)
            if packed is None:
                return None
            layouts = self._database.schema.layouts
            return [
                change
                for name, data in packed
                for change in unpack(data, name, layouts[name].columns if name in layouts else (), session.breathe)
            ]

        changes = await self._database.read(found)
        if changes is None:
            raise NotFound(f"There is no change {entry_id} in the history; list it to see which there are")
        return changes

    async def prune(self, before: str) -> int:
        """See `History.prune`."""
        forgotten = 0
        while count := await self._database.change(lambda session: session.forget(before, _AT_ONCE)):
            forgotten += count
            await asyncio.sleep(0)
        return forgotten

    async def keep(self, days: Callable[[], int]) -> None:
        """Forget what is older than that many days, now and once a day, until cancelled; 0: nothing."""
        while True:
            await self.prune_older(days(), datetime.now(UTC))
            await asyncio.sleep(_DAY)

    async def prune_older(self, days: int, now: datetime) -> None:
        """Forget what is older than that many days; 0: nothing. A database that fails is reported in the log."""
        if days <= 0:
            return
        try:
            forgotten = await self.prune(moment(now - timedelta(days=min(days, 100_000))))
        except StoreError as error:
            _log.warning("the history is not shortened: %s", error)
        else:
            if forgotten:
                _log.info("%d changes older than %d days are forgotten", forgotten, days)


def days_of(text: str) -> int:
    """The days that site.historydays says; 0, nothing is forgotten, when it cannot be read."""
    if not text:
        return DAYS
    if text.isascii() and text.isdecimal():
        return int(text)
    _log.warning("site.historydays is no number of days, so nothing is forgotten: write one, or 0 to keep everything")
    return 0
