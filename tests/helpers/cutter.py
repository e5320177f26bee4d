"""A proxy that cuts after a number of bytes, and that can cut thousands of connections: nothing is kept of those."""

from __future__ import annotations

import contextlib
import socket
from typing import Self

from tests.helpers.proxy import Proxy, Way, _Crossing, _read


class Cutter(Proxy):
    """See the module. What it does not do: freeze."""

    _limit: tuple[Way, int] | None = None
    cuts = 0
    """How often the limit was reached."""

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    @property
    def port(self) -> int:
        return int(self.place.rpartition(":")[2])

    def cut_after(self, way: Way, count: int) -> None:
        """Break all connections when `count` more bytes have gone this way; what follows them is lost. New ones are let in."""
        with self._lock:
            self._limit = way, count

    def mend(self) -> None:
        """Cut no more."""
        with self._lock:
            self._limit = None

    def cut(self) -> None:
        super().cut()
        for crossing in self._over:
            crossing.close()
        self._over.clear()

    def _pump(self, crossing: _Crossing, way: Way, to: socket.socket) -> None:
        for data in _read(crossing.ends[way]):
            crossing.gates[way].wait()
            data, is_last = self._let_through(way, data)
            self.passed[way] += len(data)
            try:
                to.sendall(data)
            except OSError:
                break
            if is_last:
                super().cut()
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_WR)

    def _let_through(self, way: Way, data: bytes) -> tuple[bytes, bool]:
        """What goes on of a piece, and whether the cut follows it."""
        with self._lock:
            if self._limit is None or self._limit[0] is not way:
                return data, False
            left = self._limit[1] - len(data)
            self._limit = None if left <= 0 else (way, left)
            self.cuts += left <= 0
            return data[: len(data) + min(left, 0)], left <= 0
