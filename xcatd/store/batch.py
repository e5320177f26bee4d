"""Changes that wait to be written, and how several callers' changes are written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol

from xcatd.errors import Away, StoreError, XcatError
from xcatd.model import Origin
from xcatd.store.changes import Append, Change, Delete, Once
from xcatd.store.draft import Draft
from xcatd.store.news import News, merged
from xcatd.store.row import Ident
from xcatd.store.snapshot import Snapshot
from xcatd.store.tabledraft import Effect, Steps


class Writing(Protocol):
    """What is needed of a transaction."""

    def savepoint(self) -> AbstractContextManager[None]: ...
    def apply(self, steps: Sequence[Steps], logs: Sequence[Append | Delete]) -> None: ...
    def record(self, at: str, writes: Sequence[tuple[Origin, Sequence[Effect]]]) -> None: ...
    def breathe(self) -> None: ...
    def stamp(self, writer: str, serial: int) -> None: ...
    def stamped(self, writer: str) -> int | None: ...


@dataclass(slots=True, eq=False)
class Batch:
    """One caller's changes: all or none of them are done."""

    changes: Sequence[Change]
    author: Origin
    once: Once | None = None
    is_done: bool = field(default=False, init=False)
    is_abandoned: bool = field(default=False, init=False)
    """The caller has gone away; if it is not in the database yet, it must not get there."""
    error: XcatError | None = field(default=None, init=False)
    effects: Sequence[Effect] = field(default=(), init=False)
    """What its changes do to rows, once that is worked out."""

    @property
    def is_settled(self) -> bool:
        return self.is_done or self.error is not None

    def settle(self, error: XcatError | None = None) -> None:
        """Say how it ended, unless that is known. Several batches may be settled with one error."""
        if not self.is_settled:
            self.is_done, self.error = error is None, copy(error)

    def outcome(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.error is not None:
            raise self.error


def write_together(session: Writing, snapshot: Snapshot, batches: Sequence[Batch], at: str) -> tuple[Snapshot, News]:
    """Write all batches at once, and their history: `at` is now. If the database refuses, write them one by one, so
    that a bad one fails alone.

    Returns the snapshot as it will be, and which rows differ. Batches that cannot be done, or were done before, are settled.
    """
    _leave_out_done(session, batches)
    draft = _plan(snapshot, batches, session.breathe)
    if len(batches) == 1:
        return _write(session, draft, batches, at)
    try:
        with session.savepoint():
            return _write(session, draft, batches, at)
    except Away:
        raise
    except StoreError:
        news: dict[str, frozenset[Ident] | None] = {}
        for batch in _open(batches):
            snapshot, more = _write_alone(session, snapshot, batch, at)
            news = merged(news, more)
        return snapshot, news


def _leave_out_done(session: Writing, batches: Sequence[Batch]) -> None:
    """Settle what was written before, and whose answer was lost."""
    for batch in _open(batches):
        if batch.once is not None and (session.stamped(batch.once.writer) or 0) >= batch.once.serial:
            batch.settle()


def _write(session: Writing, draft: Draft, batches: Sequence[Batch], at: str) -> tuple[Snapshot, News]:
    steps = draft.steps()
    session.apply(steps, draft.logs())
    writes = [(batch.author, batch.effects) for batch in _open(batches) if batch.effects]
    if writes:
        session.record(at, writes)
    for writer, serial in {each.once.writer: each.once.serial for each in _open(batches) if each.once}.items():
        session.stamp(writer, serial)
    return draft.snapshot(steps), draft.touched()


def _write_alone(session: Writing, snapshot: Snapshot, batch: Batch, at: str) -> tuple[Snapshot, News]:
    try:
        with session.savepoint():
            return write_together(session, snapshot, [batch], at)
    except Away:
        raise
    except StoreError as error:
        batch.settle(error)
        return snapshot, {}


def _plan(snapshot: Snapshot, batches: Sequence[Batch], breathe: Callable[[], None]) -> Draft:
    """A draft that has taken every batch that can be taken. A draft that met a bad one is thrown away."""
    while True:
        draft = Draft(snapshot)
        if all(_take(draft, batch, breathe) for batch in _open(batches)):
            return draft


def _open(batches: Sequence[Batch]) -> Iterator[Batch]:
    return (batch for batch in batches if not batch.is_settled)


def _take(draft: Draft, batch: Batch, breathe: Callable[[], None]) -> bool:
    try:
        batch.effects = draft.take(batch.changes, breathe)
    except XcatError as error:
        batch.settle(error)
        return False
    return True
