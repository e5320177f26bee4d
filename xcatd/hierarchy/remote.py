"""The cluster's tables on a service node whose management node keeps them: read here, written there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

from xcatd.errors import Malformed, StoreError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.tables import changes_to_json
from xcatd.protocol.frames import Kind
from xcatd.store import Change, Row, Snapshot

_Rows = list[tuple[str | None, ...]]


class RemoteStore:
    """A Store that follows the one above. With the link down it goes on showing the last state it has seen."""

    def __init__(self, above: Callable[[], Link | None]) -> None:
        self._above = above
        self._snapshot: Snapshot | None = None
        self._coming: dict[str, tuple[tuple[str, ...], _Rows]] = {}
        self._arrived: dict[str, tuple[tuple[str, ...], _Rows]] = {}
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._number = 0

    @property
    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            raise StoreError("The cluster's tables have not arrived from the management node yet; check that it runs")
        return self._snapshot

    def take(self, payload: bytes) -> None:
        """Take one piece of a snapshot. What has come becomes visible at once with the word `complete`."""
        try:
            piece = json.loads(payload)
            if piece.get("complete"):
                self._publish()
                return
            name, columns = piece["table"], tuple(piece["columns"])
            _, rows = self._coming.setdefault(name, (columns, []))
            rows.extend(tuple(row) for row in piece["rows"])
            if not piece["more"]:
                self._arrived[name] = self._coming.pop(name)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Malformed("A table from the management node cannot be read") from error

    def restart(self) -> None:
        """A new link begins to send from the beginning; half a table of the old one is forgotten."""
        self._coming.clear()
        self._arrived.clear()

    def _publish(self) -> None:
        if self._snapshot is None:
            self._snapshot = Snapshot.from_tables(self._arrived)
        else:
            for name, (_, rows) in self._arrived.items():
                self._snapshot = self._snapshot.replace(name, rows)
        self._arrived = {}

    async def write(self, changes: Sequence[Change], *, author: str) -> None:
        """Have the management node write. Raises StoreError when it cannot be reached or refuses."""
        link = self._above()
        if link is None:
            raise StoreError("The management node cannot be reached, so nothing was written; try again when it is back")
        self._number += 1
        number = self._number
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            link.send(Kind.UPDATE, number, changes_to_json(changes, author))
            error = await answer
        finally:
            del self._answers[number]
        if error:
            raise StoreError(error)

    def answered(self, number: int, error: str) -> None:
        """The management node's word on a write; "" = done."""
        answer = self._answers.get(number)
        if answer is not None and not answer.done():
            answer.set_result(error)

    def cut(self) -> None:
        """The link is gone: nobody knows whether what is under way was written."""
        for number in list(self._answers):
            self.answered(number, "The link to the management node broke during a write; look before you repeat it")

    async def scan(self, table: str, *, last: int | None = None) -> list[Row]:
        raise StoreError(f"The table {table} is kept on the management node only; ask there")

    async def close(self) -> None:
        self.cut()
