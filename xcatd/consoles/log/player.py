"""A console's log played at a terminal, with the pauses that it had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from xcatd.consoles.log.cursor import Cursor
from xcatd.consoles.log.lines import Noted, Said
from xcatd.model import Terminal, Typed

LONGEST = 5.0
"""Seconds: longer pauses are shortened to it."""
LOOKS = 0.2
"""Seconds between two looks whether there is something new."""
SLOWEST, FASTEST = 1 / 1024, 1 << 16
_LUMP = 1 << 10
"""Bytes that are shown at once where the rate is said in bits per second: less, as far as that is slow."""
_ENDS = frozenset(b"q\x03\x04")
"""q, Ctrl-C and Ctrl-D."""


@dataclass(slots=True)
class Pace:
    """How quickly it plays: so many times as quickly as it was (`speed`), or at a rate of `bps` bits a second."""

    speed: float
    bps: int = 0
    _last: int | None = None

    def pause(self, moment: Said | Noted) -> float:
        """Seconds before it is shown, at speed 1."""
        last, self._last = self._last, moment.ms
        if self.bps or last is None:
            return 0.0
        return min(LONGEST, max(0, moment.ms - last) / 1000)

    def pieces(self, octets: bytes) -> list[tuple[bytes, float]]:
        """How it is shown, and the seconds behind each piece, at speed 1. A byte takes eight bits, as in xCAT."""
        if not self.bps:
            return [(octets, 0.0)]
        size = max(1, min(_LUMP, self.bps // 80))
        cut = [octets[start : start + size] for start in range(0, len(octets), size)]
        return [(piece, len(piece) * 8 / self.bps) for piece in cut]


@dataclass(slots=True)
class Player:
    """`until`: it ends with what came then, ms; `follows`: it goes on with what is said next. Space pauses, + and - change the
    speed, q ends."""

    cursor: Cursor
    terminal: Terminal
    send: Callable[[bytes], Awaitable[None]]
    pace: Pace
    until: int | None = None
    follows: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _is_paused: bool = False
    _has_ended: bool = False

    async def play(self) -> None:
        """Until its end, or until somebody ends it."""
        async with asyncio.TaskGroup() as group:
            keys = group.create_task(self._keys())
            await self._show()
            keys.cancel()

    async def _show(self) -> None:
        while not self._has_ended:
            some = await asyncio.to_thread(self.cursor.read)
            if not some:
                if not self.follows:
                    return
                await self._wait(LOOKS, is_real=True)
            for moment in some:
                if self._has_ended or (self.until is not None and moment.ms >= self.until):
                    return
                await self._wait(self.pace.pause(moment))
                await self._moment(moment)

    async def _moment(self, moment: Said | Noted) -> None:
        if isinstance(moment, Noted):
            await self._tell(moment.text)
            return
        for piece, seconds in self.pace.pieces(moment.octets):
            if self._has_ended:
                return
            await self.send(piece)
            await self._wait(seconds)

    async def _wait(self, seconds: float, *, is_real: bool = False) -> None:
        """Let so much time pass, at speed 1 unless it `is_real`; the speed may change meanwhile."""
        loop = asyncio.get_running_loop()
        while (seconds > 0 or self._is_paused) and not self._has_ended:
            speed = 0.0 if self._is_paused else 1.0 if is_real else self.pace.speed
            began = loop.time()
            self._changed.clear()
            try:
                async with asyncio.timeout(seconds / speed if speed else None):
                    await self._changed.wait()
            except TimeoutError:
                return
            seconds -= (loop.time() - began) * speed

    async def _keys(self) -> None:
        while (key := await self.terminal.key()) is not None and not self._has_ended:
            if isinstance(key, Typed):
                for number in key.octets:
                    await self._key(number)

    async def _key(self, number: int) -> None:
        if number in _ENDS:
            self._has_ended = True
        elif number == ord(" "):
            self._is_paused = not self._is_paused
        elif number in b"+-":
            factor = 2.0 if number == ord("+") else 0.5
            self.pace.speed = min(FASTEST, max(SLOWEST, self.pace.speed * factor))
            await self._tell(f"speed {self.pace.speed:g}")
        self._changed.set()

    async def _tell(self, text: str) -> None:
        await self.send(f"\r\n[{text}]\r\n".encode())
