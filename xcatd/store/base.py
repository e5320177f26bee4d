"""What every store offers, wherever its rows come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from xcatd.model import Origin
from xcatd.store.changes import Change
from xcatd.store.history import History
from xcatd.store.outage import Outage
from xcatd.store.row import Row
from xcatd.store.schema import Schema
from xcatd.store.snapshot import Snapshot


class Store(Protocol):
    """The configuration of the cluster, for reading and writing."""

    @property
    def schema(self) -> Schema:
        """The tables that there are. Known before there is a snapshot."""
        ...

    @property
    def history(self) -> History:
        """The writes of the past."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The newest known state. Keep it for the length of one request, so that the request sees one moment."""
        ...

    @property
    def outage(self) -> Outage | None:
        """Why the snapshot may be old; None while it is current."""
        ...

    async def write(self, changes: Sequence[Change], *, author: Origin | str) -> None:
        """All of the changes or none. Returns when they are durable and the snapshot shows them.

        `author` says who did it, for the history. NotFound and UsageError name what is wrong with a change, Conflict what
        somebody else has changed, StoreError what is wrong with the database; then nothing has changed, unless the
        sentence of an `Away` says that this is not known.
        """
        ...

    def preview(self, changes: Sequence[Change]) -> Iterable[str]:
        """What these changes would do, a line for each row; nothing is done. Raises what `write` would raise."""
        ...

    async def catch_up(self) -> None:
        """See what was written elsewhere before this call, if that can be known within a moment."""
        ...

    async def scan(self, table: str, *, last: int | None = None) -> list[Row]:
        """The rows of a log table, oldest first; only the `last` ones when that is a number."""
        ...

    async def close(self) -> None: ...
