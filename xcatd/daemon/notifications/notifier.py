"""Runs the hooks of the table `notification` when rows have changed, whoever changed them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from xcatd.daemon.notifications.difference import difference
from xcatd.daemon.notifications.hook import Hook, hooks_of
from xcatd.daemon.notifications.program import run_program
from xcatd.store import Listener, News, Snapshot, TableView

log = logging.getLogger(__name__)

TABLE = "notification"
LONGEST = 1000
"""Changes that may wait for one hook; later ones are told together with the last one of the same table."""
PATIENCE = 60.0
"""Seconds after which a hook is killed."""

Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


class Watched(Protocol):
    """A store that says what changes."""

    @property
    def snapshot(self) -> Snapshot: ...

    def on_change(self, listener: Listener) -> Callable[[], None]: ...


@dataclass(slots=True)
class _Change:
    """A table at two moments, and what the hook wants to know of it."""

    hook: Hook
    before: TableView
    after: TableView


@dataclass(slots=True)
class _Line:
    """What waits for one hook. The task runs as long as there is something."""

    waiting: deque[_Change] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Notifier:
    """Follows a store. Each hook is told in the order of the changes, and a slow one holds up neither writers nor others."""

    def __init__(self, store: Watched, spawn: Spawn, *, patience: float = PATIENCE, longest: int = LONGEST) -> None:
        self._seen = store.snapshot
        self._spawn = spawn
        self._patience = patience
        self._longest = longest
        self._lines: dict[str, _Line] = {}
        self._hooks: Sequence[Hook] = ()
        self._read: TableView | None = None
        self._unusable: set[str] = set()
        store.on_change(self._changed)

    async def finish(self, seconds: float) -> None:
        """Give the hooks that many seconds to hear of everything."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                log.warning("notification: %s has not heard of all changes", task.get_name())

    def _changed(self, news: News, snapshot: Snapshot) -> None:
        before, self._seen = self._seen, snapshot
        for hook in self._hooks_of(snapshot.table(TABLE)):
            for name in sorted(hook.tables & news.keys()):
                self._enqueue(_Change(hook, before.table(name), snapshot.table(name)))

    def _hooks_of(self, view: TableView) -> Sequence[Hook]:
        """The hooks in the table, which is read when it is another one than last time."""
        if view is not self._read:
            self._read = view
            self._hooks = tuple(self._usable(view))
        return self._hooks

    def _usable(self, view: TableView) -> Iterator[Hook]:
        for hook in hooks_of(view):
            if not hook.is_module:
                yield hook
            elif hook.file not in self._unusable:
                self._unusable.add(hook.file)
                log.warning("notification: %s is a Perl module and is not run: register a program", hook.file)

    def _enqueue(self, change: _Change) -> None:
        line = self._lines.setdefault(change.hook.file, _Line())
        if len(line.waiting) >= self._longest:
            for last in reversed(line.waiting):
                if last.after.table.name == change.after.table.name:
                    last.after = change.after
                    return
        line.waiting.append(change)
        if line.task is None:
            line.task = self._spawn(self._tell(change.hook.file, line), change.hook.file)

    async def _tell(self, file: str, line: _Line) -> None:
        """Run a hook until it has heard of all that waits for it."""
        try:
            while line.waiting:
                change = line.waiting.popleft()
                found = await asyncio.to_thread(difference, change.before, change.after)
                for text in found.notices(change.hook.actions):
                    if trouble := await run_program(file, text, self._patience):
                        log.warning(
                            "notification: %s %s (a change of table %s)", file, trouble, found.layout.table.name
                        )
        finally:
            del self._lines[file]
