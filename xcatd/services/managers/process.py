"""One process of this host, known for certain: by its number and when it started. proc(5), pidfd_open(2); Linux 5.3 or later."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_DEAD = ("Z", "X")
"""States of processes that have ended and are not buried yet."""
_STATE, _STARTED = 0, 19
"""Places in /proc/N/stat behind the name."""


@dataclass(frozen=True, slots=True)
class Process:
    """The first process of a session. `started`: in ticks since the host's start; it tells it from later ones of that number."""

    number: int
    started: int

    @classmethod
    def of(cls, number: int) -> Process:
        """The one that has this number now. Raises ProcessLookupError."""
        stat = _stat(number)
        if not stat:
            raise ProcessLookupError(f"there is no process {number}")
        return cls(number, int(stat[_STARTED]))

    @property
    def is_alive(self) -> bool:
        stat = self._stat()
        return bool(stat) and stat[_STATE] not in _DEAD

    @property
    def is_buried(self) -> bool:
        return not self._stat()

    def send(self, number: signal.Signals) -> None:
        """Does nothing when it has ended. Raises OSError."""
        with contextlib.suppress(ProcessLookupError), self._held() as descriptor:
            signal.pidfd_send_signal(descriptor, number)

    def kill(self) -> None:
        """At once, with all that it has started and that have stayed in its process group. Raises OSError."""
        with contextlib.suppress(ProcessLookupError), self._held():
            self._kill_group()

    async def ended(self) -> int | None:
        """Wait until it has ended, end what it has left, and bury it if it is a child of ours.

        Gives how it ended, as `subprocess` counts: a status, or a signal below zero; None: it was not ours. No other part of the
        daemon is disturbed, because only this one process is waited for. Raises OSError: the host has no descriptor for it.
        """
        with contextlib.suppress(ProcessLookupError), self._held() as descriptor:
            await _readable(descriptor)
            self._kill_group()  # nobody else can have the number before it is buried
            return _buried(descriptor)
        return None

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)

    def _stat(self) -> Sequence[str]:
        stat = _stat(self.number)
        return stat if stat and int(stat[_STARTED]) == self.started else ()

    @contextlib.contextmanager
    def _held(self) -> Iterator[int]:
        """A descriptor of it. Raises ProcessLookupError when it is gone."""
        descriptor = os.pidfd_open(self.number)
        try:
            if self.is_buried:
                raise ProcessLookupError(f"process {self.number} is another one now")
            yield descriptor
        finally:
            os.close(descriptor)


async def _readable(descriptor: int) -> None:
    """A process's descriptor is readable when the process has ended."""
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    loop.add_reader(descriptor, end.set)
    try:
        await end.wait()
    finally:
        loop.remove_reader(descriptor)


def _buried(descriptor: int) -> int | None:
    try:
        found = os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        return None
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def _stat(number: int) -> Sequence[str]:
    """What /proc has of a process behind its name, which may have any character; nothing when it is gone."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return text.rpartition(")")[2].split()
