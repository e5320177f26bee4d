"""A line that is a terminal of the layer below: of hardware, or by SSH."""

from __future__ import annotations

from xcatd.consoles.line import Line
from xcatd.hardware import Terminal


class Through(Line):
    """Hands everything on."""

    __slots__ = ("_terminal",)

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def read(self) -> bytes:
        return await self._terminal.read()

    async def write(self, octets: bytes) -> None:
        await self._terminal.write(octets)

    async def send_break(self) -> None:
        await self._terminal.send_break()

    def resize(self, rows: int, columns: int) -> None:
        self._terminal.resize(rows, columns)
