"""Takes what nodes say of themselves: on disk first, then, usually within a moment, in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.model import Origin
from xcatd.store import Change, Store
from xcatd.store.spool import Spool

MOMENT = 1.0
"""Seconds for which a caller waits for the tables, so that his next command sees what he has reported."""


@dataclass(frozen=True, slots=True)
class Reports:
    """See `Ctx.report`."""

    spool: Spool
    store: Store

    async def __call__(self, changes: Sequence[Change], author: Origin) -> None:
        """Returns when the report is on disk and, unless the database or the management node is away, in the tables."""
        await self.spool.append(changes, author)
        if self.store.outage is None:
            await self.spool.settled(MOMENT)
