"""The cluster's tables on a service node whose management node keeps them: read here, written there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from xcatd.errors import Malformed, StoreError, XcatError
from xcatd.hierarchy.link import Link
from xcatd.hierarchy.refusal import told
from xcatd.hierarchy.tables import changes_to_json
from xcatd.model import Origin
from xcatd.protocol.frames import Kind
from xcatd.store import STANDARD, Change, Entry, Row, RowChange, Schema, Snapshot, preview

_Rows = list[tuple[str | None, ...]]
Listener = Callable[[frozenset[str], Snapshot], None]
"""Called with the names of the tables that changed and the new snapshot. It must be quick and must not raise."""


class RemoteStore:
    """A Store that follows the one above. With the link down it goes on showing the last state it has seen.

    `above` gives the link for a write, as soon as there is one. `trouble` is what stands in the way of the link, for the
    sentence that says why there are no tables.
    """

    def __init__(self, above: Callable[[], Awaitable[Link | None]], schema: Schema = STANDARD) -> None:
        self._above = above
        self.schema = schema
        self.history = HistoryAbove()
        self.trouble = ""
        self._followed: Link | None = None
        self._snapshot: Snapshot | None = None
        self._complete = asyncio.Event()
        self._coming: dict[str, tuple[tuple[str, ...], _Rows]] = {}
        self._arrived: dict[str, tuple[tuple[str, ...], _Rows]] = {}
        self._answers: dict[int, tuple[Link, asyncio.Future[XcatError | None]]] = {}
        self._number = 0
        self._listeners: list[Listener] = []

    @property
    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            why = f" ({self.trouble})" if self.trouble else ""
            raise StoreError(
                f"The cluster's tables have not arrived from the management node yet{why}; check that it runs"
            )
        return self._snapshot

    async def arrived(self) -> None:
        """Wait until there are tables."""
        await self._complete.wait()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each new snapshot. Returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def follow(self, link: Link) -> None:
        """From now on the tables that come on this link count; half a table of an old one is forgotten."""
        self._followed = link
        self._coming.clear()
        self._arrived.clear()

    def take(self, link: Link, payload: bytes) -> None:
        """Take one piece of a snapshot. What has come becomes visible at once with the word `complete`."""
        if link is not self._followed:
            return
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

    def _publish(self) -> None:
        if self._snapshot is None:
            self._snapshot = Snapshot.from_tables(self._arrived, schema=self.schema)
        else:
            for name, (columns, rows) in self._arrived.items():
                if name in self._snapshot:  # else the one above is of another version
                    self._snapshot = self._snapshot.replace(name, rows, columns=columns)
        self._complete.set()
        changed, self._arrived = frozenset(self._arrived), {}
        for listener in tuple(self._listeners):
            listener(changed, self._snapshot)

    async def write(self, changes: Sequence[Change], *, author: Origin | str) -> None:
        """Have the management node write. Raises StoreError when it cannot be reached, and what it raises itself."""
        link = await self._above()
        if link is None:
            raise StoreError("The management node cannot be reached, so nothing was written; try again when it is back")
        self._number += 1
        number = self._number
        answer: asyncio.Future[XcatError | None] = asyncio.get_running_loop().create_future()
        self._answers[number] = link, answer
        origin = Origin(author) if isinstance(author, str) else author
        try:
            with link.held():
                await _send(link, number, changes_to_json(changes, origin))
                error = await answer
        finally:
            del self._answers[number]
        if error is not None:
            raise error

    def preview(self, changes: Sequence[Change]) -> Iterable[str]:
        """See `Store.preview`; changes are made on the management node, and so are the previews."""
        return preview(self.snapshot, changes)

    def answered(self, number: int, error: str, code: str = "") -> None:
        """The management node's word on a write; "" = done. `code`: the word of the error's class."""
        _, answer = self._answers.get(number, (None, None))
        if answer is not None and not answer.done():
            answer.set_result(told(code, error, StoreError) if error else None)

    def cut(self, link: Link) -> None:
        """The link is gone: nobody knows whether what was under way on it was written."""
        for number, (used, _) in list(self._answers.items()):
            if used is link:
                self.answered(number, "The link to the management node broke during a write; look before you repeat it")

    async def scan(self, table: str, *, last: int | None = None) -> list[Row]:
        raise StoreError(f"The table {table} is kept on the management node only; ask there")

    async def close(self) -> None:
        """Nothing to close: the link belongs to the dialler."""


async def _send(link: Link, number: int, pieces: Iterator[bytes]) -> None:
    """Send a write. One that is cancelled halfway is taken back."""
    sent = False
    try:
        for piece in pieces:
            await link.wire.drain()
            await asyncio.sleep(0)  # a long write lets others have their turn
            link.send(Kind.UPDATE, number, piece)
        sent = True
    finally:
        if not sent:
            link.send(Kind.UPDATE, number)


class HistoryAbove:
    """The history as a service node knows it: it is elsewhere."""

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
        raise _kept_above()

    async def changes(self, entry_id: int) -> list[RowChange]:
        raise _kept_above()

    async def prune(self, before: str) -> int:
        raise _kept_above()


def _kept_above() -> StoreError:
    return StoreError("The history is kept on the management node only; ask there")
