"""Writes the audit log: a line in the log at once, rows in the table in batches, so that no request waits for the disk."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Protocol

from xcatd.errors import StoreError, XcatError
from xcatd.model import Request
from xcatd.policy import Decision, audit_row, is_skipped
from xcatd.store import Append, Change, Store

log = logging.getLogger("xcatd.audit")

PAUSE = 0.1
"""Seconds in which rows gather before they are written together."""
AGAIN = 1.0
"""Seconds until the database is tried again."""
BATCH = 1000
"""Rows written together: a service node sends them up in one frame."""
MOST = 100_000
"""Rows kept while the database cannot be reached; then the oldest are dropped, and the log says how many."""


class KeepOnDisk(Protocol):
    """Keeps changes on disk until somebody does them. StoreError when that cannot be done."""

    async def __call__(self, changes: Sequence[Change], author: str) -> None: ...


class Recorder:
    """The audit of one daemon."""

    def __init__(self, store: Store, keep_on_disk: KeepOnDisk) -> None:
        self._store = store
        self._keep_on_disk = keep_on_disk
        self._rows: deque[Append] = deque()
        self._dropped = 0
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        """Held while rows are written: two who write the same rows would write them twice."""

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
            if not await self.flush():
                await asyncio.sleep(AGAIN)

    async def leave(self) -> None:
        """The daemon ends: what cannot be written now is kept on disk, for the next daemon of this host."""
        if self._store.outage is None and await self.flush():
            return
        async with self._turn:
            while self._rows:
                batch = list(islice(self._rows, BATCH))
                try:
                    await self._keep_on_disk(batch, "audit")
                except StoreError as error:
                    log.error("%d rows of the audit log are lost: %s", len(self._rows), error)
                    return
                for _ in batch:
                    self._rows.popleft()

    async def flush(self) -> bool:
        """Write what has gathered. When that cannot be done the rows stay for the next time, and it gives False."""
        async with self._turn:
            self._news.clear()
            while self._rows:
                batch = list(islice(self._rows, BATCH))
                before = self._dropped
                try:
                    await self._store.write(batch, author="audit")
                except XcatError as error:
                    log.warning("%d rows of the audit log wait: %s", len(self._rows), error)
                    self._news.set()
                    return False
                # Rows that were dropped meanwhile were in this batch: they are written, and gone from the queue.
                for _ in range(len(batch) - (self._dropped - before)):
                    self._rows.popleft()
                self._dropped = before
        if self._dropped:
            log.error("%d rows of the audit log were lost while the database could not be reached", self._dropped)
            self._dropped = 0
        return True
