"""Accepting whoever arrives on listening sockets: what the door for callers and the door for nodes have in common."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

Take = Callable[[socket.socket, Any], None]
"""Takes a connection, which does not block and is its own from now on, and the address of the other side."""

_SHORTAGE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_BREATH = 0.1
"""Seconds without anybody new when the system is short of something."""
_AT_ONCE = 64
"""Connections accepted before others have their turn."""


class Accepting:
    """Accepts while there is room. Who comes when `is_full` waits in the socket's queue until `left` is called.

    By a call-back and not by a task: a task that is cancelled may drop a caller whom it has just accepted.
    """

    def __init__(self, is_full: Callable[[], bool]) -> None:
        self._is_full = is_full
        self._listeners: dict[socket.socket, Take] = {}
        self._is_paused = False
        self._is_shut = False

    def open(self, listener: socket.socket, take: Take) -> None:
        """Accept on this socket from now on; after `shut` nothing."""
        if self._is_shut:
            return
        self._listeners[listener] = take
        if not self._is_paused:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def close(self, listener: socket.socket) -> None:
        """Accept nobody on this socket any more."""
        if self._listeners.pop(listener, None) is not None:
            asyncio.get_running_loop().remove_reader(listener)

    def shut(self) -> None:
        """Accept nobody any more."""
        self._is_shut = True
        for listener in list(self._listeners):
            self.close(listener)

    def left(self) -> None:
        """Somebody has left."""
        if self._is_paused and not self._is_full():
            self._resume()

    def _pause(self) -> None:
        self._is_paused = True
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)

    def _resume(self) -> None:
        self._is_paused = False
        for listener in self._listeners:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if self._is_full():
                self._pause()
                return
            try:
                connection, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _SHORTAGE:
                    raise
                log.warning("cannot accept a connection: %s", error.strerror)
                self._pause()
                asyncio.get_running_loop().call_later(_BREATH, self._resume)
                return
            connection.setblocking(False)
            self._listeners[listener](connection, address)
