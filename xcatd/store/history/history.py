"""What every history offers, wherever it is kept."""

from __future__ import annotations

from typing import Protocol

from xcatd.store.history.entry import Entry, RowChange


class History(Protocol):
    """The writes of the past. StoreError when they cannot be read."""

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
        """The newest `last` entries that fit (None: all), oldest first.

        `table`: that touched it. `user`: by this user, from whichever host. `since` and `until`: moments as in
        `Entry.at`, or the beginnings of such ("2026-03"), the first included and the last not. `before_id`: older ones.
        """
        ...

    async def changes(self, entry_id: int) -> list[RowChange]:
        """What an entry did: a table at a time, and in each table removed rows, changed rows, added rows. NotFound."""
        ...

    async def prune(self, before: str) -> int:
        """Forget the entries that are older than this moment. Returns how many they were."""
        ...
