"""A copy of what consoles say for the host's syslog, line by line: `console: cn01: text`."""

from __future__ import annotations

import contextlib
import socket
import time

from xcatd.consoles.log.plain import plain

_PRIORITY = 3 * 8 + 6
"""Facility daemon, severity info (RFC 3164, 4.1.1)."""
_LONGEST = 1000
"""Bytes of a line: what is longer comes in several."""
SOCKET = "/dev/log"


class SyslogCopy:
    """It waits for nothing: lines that syslog does not take at once are left out."""

    def __init__(self, path: str = SOCKET) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._begun: dict[str, bytes] = {}

    def said(self, node: str, octets: bytes) -> None:
        """A console has said this. Lines that are not finished wait for their end."""
        *lines, rest = (self._begun.pop(node, b"") + octets).split(b"\n")
        while len(rest) > _LONGEST:
            lines.append(rest[:_LONGEST])
            rest = rest[_LONGEST:]
        if rest:
            self._begun[node] = rest
        for line in lines:
            for start in range(0, len(line), _LONGEST):
                if text := plain(line[start : start + _LONGEST]):
                    self._send(f"{node}: {text}")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> None:
        line = f"<{_PRIORITY}>{time.strftime('%b %e %H:%M:%S')} console: {text}".encode()
        try:
            self._connected().send(line)
        except OSError:  # it is full, or starts anew
            self.close()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            with contextlib.ExitStack() as stack:
                stack.callback(made.close)
                made.connect(self._path)
                stack.pop_all()
            self._socket = made
        return self._socket
