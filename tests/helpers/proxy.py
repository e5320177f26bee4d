"""A network between two daemons that a test can break: a TCP proxy that stalls, cuts and resumes each direction.

It runs in threads of the test, two for each connection. What it does not do: lose, repeat or reorder bytes, which TCP
would not let happen, and delays.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

_ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset."""
_PIECE = 1 << 16


class Way(Enum):
    """A direction. The dialling side is the service node's."""

    UP = "from the one who dials"
    DOWN = "to the one who dials"


BOTH = (Way.UP, Way.DOWN)


@dataclass(eq=False)
class _Crossing:
    """One connection, and a gate for each direction."""

    ends: dict[Way, socket.socket]
    """Where bytes of a direction come from."""
    gates: dict[Way, threading.Event] = field(default_factory=lambda: {way: threading.Event() for way in BOTH})

    threads: list[threading.Thread] = field(default_factory=list)

    def cut(self) -> None:
        for end in self.ends.values():
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
                end.shutdown(socket.SHUT_RDWR)
        for gate in self.gates.values():
            gate.set()

    def close(self) -> None:
        self.cut()
        for thread in self.threads:
            thread.join(5)
        for end in self.ends.values():
            end.close()


class Proxy:
    """Listens on `address` and passes everything on to `target`. Closed at the end of its `with` block."""

    def __init__(self, target: tuple[str, int], address: str = "127.0.0.1") -> None:
        self._target = target
        self._listener = socket.create_server((address, 0))
        self._crossings: list[_Crossing] = []
        self._over: list[_Crossing] = []
        """Those that no control reaches any more; closed at the end."""
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._lock = threading.Lock()
        self._shut: set[Way] = set()
        self._refuses = False
        self.passed = dict.fromkeys(BOTH, 0)
        """Bytes that went through, in all connections together. They are counted before they are there: who has got an answer
        finds his question counted."""

    @property
    def place(self) -> str:
        """`host:port`, as a service node's master."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Proxy:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        for crossing in (*self._crossings, *self._over):
            crossing.close()

    # -- what a test does -----------------------------------------------------------------------------------------

    def stall(self, *ways: Way) -> None:
        """Let nothing through any more, on old and new connections; what is sent waits. Without `ways`: in both."""
        with self._lock:
            self._shut.update(ways or BOTH)
            self._apply()

    def resume(self) -> None:
        """Let everything through, and new connections in."""
        with self._lock:
            self._shut.clear()
            self._refuses = False
            self._apply()

    def freeze(self) -> None:
        """Stall the connections that there are, for good; new ones are not concerned."""
        with self._lock:
            for crossing in self._crossings:
                for gate in crossing.gates.values():
                    gate.clear()
            self._forget()

    def cut(self) -> None:
        """Break all connections. New ones are let in."""
        with self._lock:
            for crossing in self._crossings:
                crossing.cut()
            self._forget()

    def refuse(self) -> None:
        """Break all connections, and let no new ones in."""
        self._refuses = True
        self.cut()

    # -- threads --------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._over += self._crossings
        self._crossings.clear()

    def _apply(self) -> None:
        for crossing in self._crossings:
            for way, gate in crossing.gates.items():
                (gate.clear if way in self._shut else gate.set)()

    def _accept(self) -> None:
        while True:
            try:
                dialling, _ = self._listener.accept()
            except OSError:
                return
            if self._refuses:
                dialling.close()
                continue
            try:
                called = socket.create_connection(self._target, timeout=5)
            except OSError:
                dialling.close()
                continue
            called.settimeout(None)
            self._begin(_Crossing({Way.UP: dialling, Way.DOWN: called}))

    def _begin(self, crossing: _Crossing) -> None:
        for way, to in ((Way.UP, Way.DOWN), (Way.DOWN, Way.UP)):
            words = (crossing, way, crossing.ends[to])
            crossing.threads.append(threading.Thread(target=self._pump, args=words, daemon=True))
        with self._lock:
            self._crossings.append(crossing)
            self._apply()
        for thread in crossing.threads:
            thread.start()

    def _pump(self, crossing: _Crossing, way: Way, to: socket.socket) -> None:
        for data in _read(crossing.ends[way]):
            crossing.gates[way].wait()
            self.passed[way] += len(data)
            try:
                to.sendall(data)
            except OSError:
                break
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)


def _read(end: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            data = end.recv(_PIECE)
        except OSError:
            return
        if not data:
            return
        yield data
