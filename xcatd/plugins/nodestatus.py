"""`updatenodestat`: how far a node has come, as the node or its installer says it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from xcatd.api import Ctx, Nodes, UsageError, Where, command
from xcatd.store import Put

STATUSES: Final = (
    "alive",
    "unreachable",
    "installing",
    "installed",
    "booting",
    "postbooting",
    "netbooting",
    "booted",
    "powering-on",
    "powering-off",
    "discovering",
    "discovered",
    "configuring",
    "configured",
    "standingby",
    "shell",
    "defined",
    "unknown",
    "failed",
    "bmcready",
)
"""What nodelist.status may be (protocol.md 2.1)."""

_OFF: Final = ("n", "no", "0")
"""What in site.nodestatus means that nobody wants to know."""


@command("updatenodestat", where=Where.LOCAL)
async def updatenodestat(ctx: Ctx, nodes: Nodes, status: str) -> None:
    """Set the status of nodes, with the time: updatenodestat noderange status

    It is taken when the database or the management node is away too: this daemon keeps it on its disk until then.
    """
    if status not in STATUSES:
        raise UsageError(f"updatenodestat: {status} is no status; write one of {', '.join(STATUSES)}")
    if ctx.site("nodestatus").lower() in _OFF:
        return
    now = datetime.now().strftime("%m-%d-%Y %H:%M:%S")
    cells = {"status": status, "statustime": now}
    # A node may be removed before this is done: it must not come back.
    await ctx.report(*(Put("nodelist", {"node": node}, cells, adds=False) for node in nodes))
