"""One hypervisor: its connection, kept for the next question, and the threads that speak on it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TypeVar

from xcatd.errors import TimedOut
from xcatd.hardware.libvirt.binding import Connection, load
from xcatd.hardware.libvirt.crew import Crew
from xcatd.hardware.libvirt.guest import place_of
from xcatd.hardware.libvirt.refusals import is_broken, no_connection, refusal

log = logging.getLogger(__name__)

T = TypeVar("T")

THREADS = 5
"""Calls at once: as many as libvirtd takes of one client (libvirtd.conf, max_client_requests)."""
STUCK = 30.0
"""Seconds after which threads are given up that wait for a hypervisor which is silent since."""
_FRESH = 1.0
"""Seconds in which a connection that was used is believed to live, unless its end has been seen."""
_KEEPALIVE = (5, 3)
"""Every so many seconds the hypervisor is asked whether it lives; that many questions may stay without an answer."""


class Hypervisor:
    """libvirt at one URI. `idle`: seconds after which an unused connection is closed."""

    def __init__(self, uri: str, idle: float) -> None:
        self.uri = uri
        self.place = place_of(uri)
        self._crew = Crew(f"libvirt {self.place}", THREADS, idle, self._hang_up)
        self._door = Lock()
        self._ears = Lock()
        self._kept: Connection | None = None
        self._used = 0.0
        self._listeners: dict[Callable[[], None], Connection] = {}

    @property
    def is_stuck(self) -> bool:
        """Whether all threads are lost in calls that do not come back."""
        return self._crew.is_stuck(STUCK)

    async def ask(self, do: Callable[[Connection], T], timeout: float) -> T:
        """What `do` gives, called in a thread with the connection.

        Raises what `do` raises, the errors of libvirt among them as XcatErrors, and TimedOut after `timeout` seconds: then it may
        still go on, if it had begun.
        """
        load()
        try:
            async with asyncio.timeout(timeout):
                return await self._crew.do(lambda: self._speak(do))
        except TimeoutError:
            raise TimedOut(
                f"the hypervisor at {self.place} has not answered within {timeout:.3g} s: check that it is up, and libvirtd on it"
            ) from None

    def listen(self, connection: Connection, lost: Callable[[], None]) -> None:
        """`lost` will be called, in the thread of libvirt's events, when this connection dies: streams are not told. It blocks."""
        with self._ears:
            is_first = connection not in self._listeners.values()
            self._listeners[lost] = connection
        if is_first:
            with suppress(load().libvirtError):  # a driver without a network does not lose any
                connection.registerCloseCallback(self._lost, None)

    def listen_no_more(self, lost: Callable[[], None]) -> None:
        """It blocks."""
        with self._ears:
            connection = self._listeners.pop(lost, None)
            is_last = connection is not None and connection not in self._listeners.values()
        if is_last:
            with suppress(load().libvirtError):  # it has told its end
                connection.unregisterCloseCallback()

    def close(self) -> None:
        """Let go of it, and wait for nothing."""
        self._crew.close()

    def _speak(self, do: Callable[[Connection], T]) -> T:
        connection = self._connection()
        try:
            return do(connection)
        except load().libvirtError as error:
            if is_broken(error):
                self._drop(connection)
            raise refusal(error, self.place) from error
        finally:
            self._used = time.monotonic()

    def _connection(self) -> Connection:
        """The one that is kept, if it still lives, else a new one. One thread opens it, the others wait for that."""
        with self._door:
            kept = self._kept
            if kept is None or not self._lives(kept):
                kept = self._kept = self._open()
            return kept

    def _lives(self, kept: Connection) -> bool:
        is_fresh = time.monotonic() - self._used < _FRESH
        try:
            alive = bool(kept.isAlive() and (is_fresh or kept.getLibVersion()))
        except load().libvirtError:
            alive = False
        if not alive:
            log.info("the connection to the hypervisor at %s has died", self.place)
        return alive

    def _open(self) -> Connection:
        libvirt = load()
        try:
            connection = libvirt.open(self.uri)
        except libvirt.libvirtError as error:
            raise no_connection(error, self.place) from error
        with suppress(libvirt.libvirtError):  # a driver without a network has none
            connection.setKeepAlive(*_KEEPALIVE)
        return connection

    def _lost(self, connection: Connection, reason: int, opaque: object) -> None:
        with self._ears:
            listeners = [lost for lost, other in self._listeners.items() if other is connection]
        for lost in listeners:
            lost()

    def _drop(self, connection: Connection) -> None:
        with self._door:
            if self._kept is connection:
                self._kept = None

    def _hang_up(self) -> None:
        """Nobody has asked for a while."""
        with self._door:
            kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(load().libvirtError):
                kept.close()
