"""What writes the logs of all consoles, in a thread of its own."""

from __future__ import annotations

import errno
import logging
import os
import resource
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from xcatd.consoles.log.appending import Appending
from xcatd.consoles.log.backlog import Backlog
from xcatd.consoles.log.places import Places
from xcatd.consoles.log.settings import LogSettings
from xcatd.consoles.log.syslogcopy import SyslogCopy
from xcatd.errors import ServiceError

log = logging.getLogger(__name__)

BOUND = 1 << 18
"""Bytes that wait for room on the disk, of each console. What is older is dropped then."""
TOTAL = 1 << 26
"""Bytes that wait of all consoles, about: with many of them each has less."""
PIECE = 1 << 16
"""Bytes that are written at once, about."""
AGAIN = 1.0
"""Seconds after which a disk that took nothing is tried again, and times are written that wait."""
_OF_ALL = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOLCK)
)
"""Errors that the next console's log would meet, too."""


def bound(consoles: int) -> int:
    """How much each may have waiting, of so many."""
    return min(BOUND, max(1 << 12, TOTAL // max(1, consoles)))


def _most_open() -> int:
    """Files that stay open: a quarter of what the process may have."""
    return max(16, min(2048, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4))


class Disk:
    """Only one thread uses it. `rotated` hears of each log that was put aside."""

    def __init__(self, folder: Path, rotated: Callable[[str], None], syslog: SyslogCopy | None = None) -> None:
        self._places = Places(folder)
        self._rotated = rotated
        self._syslog = syslog or SyslogCopy()
        self._open: OrderedDict[str, Appending] = OrderedDict()
        self._most = _most_open()
        self._backlogs: dict[str, Backlog] = {}
        self._next = 0.0
        self._saved = time.monotonic()
        self.moved = 0.0
        """When it was last done with one console, on the monotonic clock."""
        self.trouble = ""
        """Why nothing can be written, "" while it can."""
        self.troubles: dict[str, str] = {}
        """Why a console's log cannot be written, by nodes."""

    @property
    def waits(self) -> bool:
        """Whether something is left to write."""
        return bool(self._backlogs) or any(file.due for file in self._open.values())

    def write(self, said: Mapping[str, Backlog], settings: LogSettings) -> None:
        """Write what consoles have said, and what is left of before."""
        self._take(said, settings)
        if time.monotonic() >= self._next:
            self._write_all(settings)

    def close(self, said: Mapping[str, Backlog], settings: LogSettings) -> None:
        """Write what can be written, for the last time."""
        self._take(said, settings)
        self._write_all(settings)
        for node in list(self._open):
            self._close(node)
        self._syslog.close()

    def _take(self, said: Mapping[str, Backlog], settings: LogSettings) -> None:
        for node, backlog in said.items():
            if settings.syslog and len(backlog):
                self._syslog.said(node, backlog.fresh())
            if node in self._backlogs:
                self._backlogs[node].extend(backlog)
            else:
                self._backlogs[node] = backlog
        most = bound(len(self._backlogs))
        for backlog in self._backlogs.values():
            backlog.trim(most)

    def _write_all(self, settings: LogSettings) -> None:
        try:
            for node in list(self._backlogs):
                self._one(node, self._backlogs[node], settings)
                self.moved = time.monotonic()
            self._save_times()
        except OSError as error:
            self._next = time.monotonic() + AGAIN
            self._becomes(f"{self._places.folder} takes no logs of consoles: {error.strerror}; make room there")
        else:
            self._becomes("")

    def _one(self, node: str, backlog: Backlog, settings: LogSettings) -> None:
        """Raises OSError for what is not this console's alone."""
        try:
            self._write(node, backlog, settings)
        except (OSError, ServiceError) as error:
            if isinstance(error, OSError) and error.errno in _OF_ALL:
                raise
            self._drop(node)
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._fails(node, f"the log of the console of {node} cannot be written: {why}")
            return
        del self._backlogs[node]
        if node in self.troubles:
            del self.troubles[node]
            log.info("the log of the console of %s can be written again", node)

    def _write(self, node: str, backlog: Backlog, settings: LogSettings) -> None:
        now = int(time.time() * 1000)
        file = self._current(node, now)
        file.mark(backlog.taken(0), 0)
        while octets := backlog.head(PIECE):
            written = file.append(octets)
            file.mark(backlog.taken(written), written)
            if self._is_full(file, now, settings):
                file.rotate()
                self._drop(node)
                self._rotated(node)
                file = self._current(node, now)

    def _is_full(self, file: Appending, now: int, settings: LogSettings) -> bool:
        return file.size >= settings.size or (settings.days > 0 and now - file.began > settings.days * 86_400_000)

    def _current(self, node: str, now: int) -> Appending:
        """The file that has the name now."""
        after = 0
        if file := self._open.get(node):
            if file.is_in_place(now):
                self._open.move_to_end(node)
                return file
            after = file.end
            self._drop(node)
        while len(self._open) >= self._most:
            self._close(next(iter(self._open)))
        self._open[node] = file = Appending(self._places, node, now, after)
        return file

    def _save_times(self) -> None:
        """Once in a while: bytes come on the disk at once."""
        if time.monotonic() - self._saved < AGAIN:
            return
        self._saved = time.monotonic()
        for file in self._open.values():
            if file.due:
                file.save_times()

    def _close(self, node: str) -> None:
        """Times that cannot be written are done without."""
        with suppress(OSError):
            self._open[node].save_times()
        self._drop(node)

    def _drop(self, node: str) -> None:
        if file := self._open.pop(node, None):
            file.close()

    def _becomes(self, trouble: str) -> None:
        if trouble and not self.trouble:
            log.warning("%s; %d kB of each console are kept meanwhile", trouble, bound(len(self._backlogs)) >> 10)
        elif self.trouble and not trouble:
            log.info("the disk takes the logs of consoles again (%s)", os.fspath(self._places.folder))
        self.trouble = trouble

    def _fails(self, node: str, trouble: str) -> None:
        if node not in self.troubles:
            log.warning("%s", trouble)
        self.troubles[node] = trouble
