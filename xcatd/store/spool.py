"""Writes that outlive an outage: on disk when they are taken, done once when the management node is there again.

A daemon has a file of its own in the folder, and delivers those of daemons that are gone too. The name of the file is the
writer, the number of a record its serial (see `Once`): a record that was done, and not removed because the daemon was killed
in between, is repeated and not done again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from xcatd.errors import Conflict, StoreError, XcatError
from xcatd.model import Origin
from xcatd.store.changes import Change, Once
from xcatd.store.spoolfile import SUFFIX, Spooled, SpoolFile, line_of, remove_halves

log = logging.getLogger(__name__)

LIMIT = 64 << 20
"""Bytes of writes that may wait."""
AGAIN = 1.0
"""Seconds until the management node is tried again."""
LOOK = 10.0
"""Seconds between two looks for files of daemons that are gone."""

TOGETHER = 500
"""Writes of one author that are done in one."""

_Line = tuple[bytes, "asyncio.Future[None]"]


class Write(Protocol):
    """Does a write. StoreError, but for Conflict: it may be done later; other errors: it will never be."""

    async def __call__(self, changes: Sequence[Change], *, author: Origin, once: Once) -> None: ...


class Spool:
    """The writes of one daemon that wait. `limit` in bytes, `again` in seconds."""

    def __init__(self, folder: Path, limit: int = LIMIT, again: float = AGAIN) -> None:
        self._folder = folder
        self._limit = limit
        self._again = again
        self._own: SpoolFile | None = None
        self._left: list[SpoolFile] = []
        """Files of daemons that are gone."""
        self._serial = 0
        self._queue: list[_Line] = []
        self._coming = 0
        """Bytes that are on their way to the disk."""
        # A caller that is cancelled does not stop its thread: these keep the next thread from doing the same at once.
        self._making, self._looking = threading.Lock(), threading.Lock()
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._is_stuck = False
        self._is_closed = False
        self._pinned: dict[SpoolFile, Sequence[Spooled]] = {}
        """What was handed over, and nobody knows whether it is done."""
        self._awaited: dict[int, asyncio.Event] = {}
        """Numbers of writes whose end somebody waits for."""

    @property
    def size(self) -> int:
        """Bytes that wait, as far as it has looked."""
        files = self._left if self._own is None else [*self._left, self._own]
        return self._coming + sum(file.size for file in files)

    async def append(self, changes: Sequence[Change], author: Origin | str) -> None:
        """Keep a write: it is on disk when this returns. Those that wait together are written together.

        Raises StoreError when the spool is full or the disk refuses; then it is not kept. Of a caller that is cancelled
        nobody knows.
        """
        self._serial += 1
        line = line_of(changes, Origin(author) if isinstance(author, str) else author, self._serial)
        if self.size + len(line) > self._limit:
            raise StoreError(
                f"{self.size} bytes of writes wait in {self._folder} for the management node, and no more than "
                f"{self._limit} may: bring its link up again"
            )
        entry: _Line = line, asyncio.get_running_loop().create_future()
        self._queue.append(entry)
        self._coming += len(line)
        async with self._turn:
            if entry in self._queue:
                await self._flush()
        await entry[1]

    async def _flush(self) -> None:
        """Write what has gathered. It goes on when the caller is cancelled, and tells all who wait."""
        entries, self._queue = self._queue, []
        job = asyncio.get_running_loop().run_in_executor(None, self._keep, [line for line, _ in entries])

        def settle(job: asyncio.Future[None]) -> None:
            error = job.exception()
            for line, told in entries:
                self._coming -= len(line)
                if told.done():
                    continue
                if error is None:
                    told.set_result(None)
                else:
                    told.set_exception(_refused(self._folder, error))
                    told.exception()  # it may be that nobody waits for it any more
            self._news.set()

        job.add_done_callback(settle)
        await asyncio.wait([job])

    def _keep(self, lines: Sequence[bytes]) -> None:
        with self._making:
            if self._own is None:
                self._own = SpoolFile.create(self._folder)
            self._own.append(lines)

    async def deliver(self, write: Write) -> None:
        """Deliver what waits and what comes, in order, until cancelled or closed."""
        looked = float("-inf")
        while not self._is_closed:
            self._news.clear()
            now = asyncio.get_running_loop().time()
            try:
                if now - looked >= LOOK:
                    looked = now
                    await asyncio.to_thread(self._adopt)
                is_through = await self._deliver(write)
            except OSError as error:
                log.warning("the writes in %s cannot be read: %s", self._folder, error.strerror)
                is_through = False
            if not is_through:
                await asyncio.sleep(self._again)
                continue
            try:
                async with asyncio.timeout(LOOK):
                    await self._news.wait()
            except TimeoutError:
                pass  # time to look for files of others

    async def _deliver(self, write: Write) -> bool:
        """Deliver everything. False when the management node cannot be reached."""
        while self._left:
            if not await self._empty(self._left[0], write):
                return False
            await asyncio.to_thread(self._let_go)
        return self._own is None or await self._empty(self._own, write)

    async def _empty(self, file: SpoolFile, write: Write) -> bool:
        while file.size:
            try:
                run = self._pinned.get(file, ()) or await asyncio.to_thread(file.first, self._most(file))
            except ValueError:
                log.error(
                    "a write in %s cannot be read, because it is of another release, and is given up", self._folder
                )
                await asyncio.to_thread(file.done)
                continue
            settled = await self._hand_over(file, run, write)
            if run and not settled:
                return False
            await asyncio.to_thread(file.done, settled)
            if file is self._own and settled:
                self._tell(run[settled - 1].once.serial)
        return True

    def _most(self, file: SpoolFile) -> int:
        """How many writes are done in one. Of those that a daemon has left nobody knows which it had together on the way, and
        a part of them may be done: one by one, each is known again."""
        return TOGETHER if file is self._own else 1

    async def _hand_over(self, file: SpoolFile, run: Sequence[Spooled], write: Write) -> int:
        """Have a run of writes done in one, or, when that is refused, the first of them. Gives how many are settled. A run of
        which that is not known stays together: it is done, or not, as a whole."""
        if not run:
            return 0
        self._pinned[file] = run
        changes = [change for spooled in run for change in spooled.changes]
        try:
            await write(changes, author=run[0].author, once=run[-1].once)
        except XcatError as error:
            if error.try_again and not isinstance(error, Conflict):
                if not self._is_stuck:
                    log.warning("writes wait in %s: %s", self._folder, error)
                self._is_stuck = True
                return 0
            if len(run) > 1:
                return await self._hand_over(file, run[:1], write)
            log.error("a write of %s that waited cannot be done and is given up: %s", run[0].author.user, error)
        self._is_stuck = False
        del self._pinned[file]
        return len(run)

    def _tell(self, serial: int) -> None:
        """All up to this one are done."""
        for waiting, told in list(self._awaited.items()):
            if waiting <= serial:
                told.set()

    async def settled(self, seconds: float) -> bool:
        """Wait until what was appended before is done, so long at the most. Gives whether it is."""
        if self._is_stuck or self._own is None or not self._own.size:
            return not self._is_stuck
        serial = self._serial
        told = self._awaited.setdefault(serial, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await told.wait()
        except TimeoutError:
            return False
        finally:
            self._awaited.pop(serial, None)
        return True

    def _adopt(self) -> None:
        """Take the files of daemons that are gone, the oldest first."""
        with self._looking:
            if self._is_closed or not self._folder.exists():
                return
            remove_halves(self._folder)
            for path in sorted(self._folder.glob(f"*{SUFFIX}"), key=_age):
                file = SpoolFile.adopt(path)
                if file is not None:
                    self._left.append(file)

    def _let_go(self) -> None:
        """The first of these is through."""
        with self._looking:
            if self._left:  # nobody has closed the spool meanwhile
                self._left.pop(0).close()

    async def close(self) -> None:
        """Let go of the files; what waits stays on disk, for the next daemon."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._making, self._looking:
            for file in self._left if self._own is None else [*self._left, self._own]:
                file.close()
            self._left, self._own, self._is_closed = [], None, True


def _age(path: Path) -> tuple[int, str]:
    try:
        return path.stat().st_mtime_ns, path.name
    except FileNotFoundError:  # whoever had it is through with it
        return 0, path.name


def _refused(folder: Path, error: BaseException) -> StoreError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return StoreError(f"A write could not be kept in {folder}, so it was not done: {why}")
