"""Writes the audit log: a line in the log at once, rows in the table in batches, so that no request waits for the disk."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime

from xcatd.errors import XcatError
from xcatd.model import Request
from xcatd.policy import Decision, audit_row, is_skipped
from xcatd.store import Append, Store

log = logging.getLogger("xcatd.audit")

PAUSE = 0.1
"""Seconds in which rows gather before they are written together."""
MOST = 100_000
"""Rows kept while the database cannot be reached; then the oldest are dropped, and the log says how many."""


class Recorder:
    """The audit of one daemon."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: deque[Append] = deque()
        self._dropped = 0
        self._news = asyncio.Event()

    def record(self, request: Request, decision: Decision) -> None:
        """Note a decision; it is written within a moment."""
        row = audit_row(request, decision, datetime.now())
        log.info(
            "audit",
            extra={
                "facts": {
                    "request": request.id,
                    "caller": request.caller.name,
                    "role": str(request.caller.role),
                    "client": row.values["clientname"],
                    "command": request.command,
                    "noderange": row.values["noderange"],
                    "args": row.values["args"],
                    "decision": row.values["status"],
                    "reason": decision.reason,
                }
            },
        )
        if is_skipped(request, self._store.snapshot.site("auditskipcmds")):
            return
        if len(self._rows) >= MOST:
            self._rows.popleft()
            self._dropped += 1
        self._rows.append(row)
        self._news.set()

    async def keep(self) -> None:
        """Write rows as they come, for as long as the daemon lives."""
        while True:
            await self._news.wait()
            await asyncio.sleep(PAUSE)
            await self.flush()

    async def flush(self) -> None:
        """Write what has gathered. On a fault the rows stay for the next time."""
        self._news.clear()
        batch = list(self._rows)
        if not batch:
            return
        try:
            await self._store.write(batch, author="audit")
        except XcatError as error:
            log.warning("%d rows of the audit log wait: %s", len(batch), error)
            self._news.set()
            await asyncio.sleep(1.0)
            return
        for _ in batch:
            self._rows.popleft()
        if self._dropped:
            log.error("%d rows of the audit log were lost while the database could not be reached", self._dropped)
            self._dropped = 0
