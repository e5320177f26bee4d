"""The recorder of a daemon: consoles tell it what they say, and never wait."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from xcatd.consoles.log.backlog import Backlog
from xcatd.consoles.log.disk import AGAIN, Disk, bound
from xcatd.consoles.log.packing import give_way, pack
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings
from xcatd.consoles.log.syslogcopy import SyslogCopy

log = logging.getLogger(__name__)

GATHERS = 0.15
"""Seconds after which what has been said is written."""
LUMP = 1 << 16
"""Bytes that are written at once, however little time has passed."""
_AHEAD = 4
"""While the disk is at work, each console may have so many times more waiting than while it refuses: a flood is no fault."""
_STUCK = 2.0
"""Seconds after which a disk that is at work on one console counts as stuck: thousands of them take their time."""


class ConsoleLogs:
    """A `Recorder`. `settings` gives how the site wants it now."""

    def __init__(
        self, folder: Path, settings: Callable[[], LogSettings] = LogSettings, syslog: SyslogCopy | None = None
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._waiting: dict[str, Backlog] = {}
        self._length = 0
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._packer = ThreadPoolExecutor(1, "console logs, old", give_way)
        self._disk = Disk(folder, self._rotated, syslog)
        self._busy_since = 0.0

    def said(self, node: str, octets: bytes) -> None:
        """A console has said this, now."""
        if not octets:
            return
        backlog = self._backlog(node)
        backlog.add(octets, _now())
        backlog.trim(_AHEAD * bound(len(self._waiting)))
        self._length += len(octets)
        if self._length >= LUMP:
            self._many.set()

    def noted(self, node: str, text: str) -> None:
        """Something has happened to a console, now."""
        backlog = self._backlog(node)
        backlog.note(text, _now())
        backlog.trim(_AHEAD * bound(len(self._waiting)))

    def trouble(self, node: str) -> str:
        """Why what it says is not on the disk as it should be, a sentence; "" when it is."""
        if self._busy_since:
            silent = time.monotonic() - max(self._busy_since, self._disk.moved)
            if silent > _STUCK:
                return f"the disk has not answered for {silent:.0f} s ({self._folder})"
        return self._disk.trouble or self._disk.troubles.get(node, "")

    async def keep(self) -> None:
        """Write, until cancelled; what was said until then is written, too."""
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            stack.callback(self._packer.shutdown, cancel_futures=True)
            thread = stack.enter_context(ThreadPoolExecutor(1, "console logs"))
            try:
                while True:
                    await self._until_due()
                    said = self._gathered()
                    self._busy_since = time.monotonic()
                    work = loop.run_in_executor(thread, self._disk.write, said, self._settings())
                    await asyncio.shield(work)  # what was handed over is not lost with a cancellation
                    self._busy_since = 0.0
            finally:
                await loop.run_in_executor(thread, self._disk.close, self._gathered(), self._settings())

    async def _until_due(self) -> None:
        """Until something was said and some time has passed, or much was said, or something is left to write."""
        try:
            async with asyncio.timeout(AGAIN if self._disk.waits else None):
                await self._some.wait()
            async with asyncio.timeout(GATHERS):
                await self._many.wait()
        except TimeoutError:
            return

    def _gathered(self) -> dict[str, Backlog]:
        said, self._waiting = self._waiting, {}
        self._length = 0
        self._some.clear()
        self._many.clear()
        return said

    def _backlog(self, node: str) -> Backlog:
        backlog = self._waiting.get(node)
        if backlog is None:
            backlog = self._waiting[node] = Backlog()
            self._some.set()
        return backlog

    def _rotated(self, node: str) -> None:
        """In the thread that writes."""
        self._packer.submit(self._pack, node, self._settings().keep)

    def _pack(self, node: str, keep: int) -> None:
        try:
            pack(Places(self._folder), node, keep)
        except OSError as error:
            log.warning("older logs of the console of %s stay as they are: %s", node, error)


def _now() -> int:
    return int(time.time() * 1000)
