"""`updatenodestat` and `nodereport`: how far a node has come, as its installer or the node itself says it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from xcatd.api import Ctx, Denied, Nodes, StoreError, UsageError, Where, command, opt
from xcatd.model import Role
from xcatd.services.nodes import STATUSES, read_saying
from xcatd.services.nodes.statuses import is_wanted, time_of
from xcatd.store import Put

_PATIENCE = 300.0
"""Seconds: a node that asks for its files is answered when they have been brought."""


@command("updatenodestat", where=Where.LOCAL)
async def updatenodestat(ctx: Ctx, nodes: Nodes, status: str) -> None:
    """Set the status of nodes, with the time: updatenodestat noderange status

    It is taken when the database or the management node is away too: this daemon keeps it on its disk until then.
    """
    if status not in STATUSES:
        raise UsageError(f"updatenodestat: {status} is no status; write one of {', '.join(STATUSES)}")
    if not is_wanted(ctx.site("nodestatus")):
        return
    cells = {"status": status, "statustime": time_of(datetime.now())}
    # A node may be removed before this is done: it must not come back.
    await ctx.report(*(Put("nodelist", {"node": node}, cells, adds=False) for node in nodes))


@command("nodereport", timeout=_PATIENCE, where=Where.LOCAL)
async def nodereport(
    ctx: Ctx,
    words: tuple[str, ...],
    *,
    reason: Annotated[str, opt("-r", "--reason", "why it is so, for people")] = "",
) -> None:
    """Say how far this node has come; for nodes, which show their own certificate.

    nodereport installstatus booted; nodereport installstatus failed --reason "syslog ended with 3";
    nodereport updatestatus synced; nodereport hpcbootstatus gpfs=up; nodereport next; nodereport getpostscript;
    nodereport syncfiles. Nothing is said when it is accepted. A status is accepted while the database or the management
    node is away too: this daemon keeps it on its disk until then.
    """
    caller = ctx.request.caller
    if caller.role not in (Role.NODE, Role.SERVICE):
        raise Denied(
            "nodereport: only a node may report, with a certificate of its own; for others there is updatenodestat"
        )
    if ctx.host.hearing is None:
        raise StoreError("Reports are taken by the daemon only: start it")
    for line in await ctx.host.hearing.hear(caller.name, read_saying(words, reason), caller.peer):
        await ctx.say(line)
