"""nodelist.updatestatus: what has become of the nodes' updates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from xcatd.api import Ctx, Put
from xcatd.services.nodes.statuses import time_of

State = Literal["syncing", "synced", "failed"]


async def note(ctx: Ctx, nodes: Iterable[str], state: State) -> None:
    """Note it with the time; it is kept while the database is away. Raises StoreError when this daemon's disk refuses."""
    cells = {"updatestatus": state, "updatestatustime": time_of(datetime.now())}
    changes = [Put("nodelist", {"node": node}, cells, adds=False) for node in nodes]
    if changes:
        await ctx.report(*changes)
