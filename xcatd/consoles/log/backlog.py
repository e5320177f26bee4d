"""What a console has said and is not on the disk yet: its bytes in order, and when they came."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

TOGETHER = 10
"""Milliseconds within which bytes count as come at the same time."""
_LARGEST = 1 << 12
"""Bytes that count as come at the same time at the most: what is dropped, is dropped in such pieces."""
_WEIGHT = 64
"""Bytes of memory that a mark costs."""


@dataclass(slots=True)
class Mark:
    """The next `count` bytes came at `ms`; with a text: this happened then, before the next bytes."""

    count: int
    ms: int
    text: str | None = None


@dataclass(slots=True)
class _Lost:
    """Bytes that there was no room for, before all that is left."""

    count: int
    since: int
    until: int

    def mark(self) -> Mark:
        return Mark(
            0, self.since, f"{self.count} bytes are missing here, from {_clock(self.since)} to {_clock(self.until)}"
        )


class Backlog:
    """Bytes and notes, the oldest of which can be dropped; what was dropped is noted."""

    __slots__ = ("_length", "_lost", "_marks", "_pieces", "_texts")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._marks: deque[Mark] = deque()
        self._length = 0
        self._texts = 0
        self._lost: _Lost | None = None

    def __len__(self) -> int:
        """Bytes of the console."""
        return self._length

    def __bool__(self) -> bool:
        return bool(self._length or self._marks or self._lost)

    @property
    def weight(self) -> int:
        """About how much memory it takes, in bytes."""
        return self._length + self._texts + _WEIGHT * len(self._marks)

    def add(self, octets: bytes, ms: int) -> None:
        """The console has said this."""
        self._pieces.append(octets)
        self._length += len(octets)
        mark = self._marks[-1] if self._marks else None
        if mark and mark.text is None and 0 <= ms - mark.ms < TOGETHER and mark.count + len(octets) <= _LARGEST:
            mark.count += len(octets)
        else:
            for start in range(0, len(octets), _LARGEST):
                self._marks.append(Mark(min(_LARGEST, len(octets) - start), ms))

    def note(self, text: str, ms: int) -> None:
        """This has happened to it."""
        self._marks.append(Mark(0, ms, text))
        self._texts += len(text)

    def extend(self, later: Backlog) -> None:
        """What came behind this. The other one must not be used any more."""
        if later._lost is not None:
            mark = later._lost.mark()
            self.note(mark.text or "", mark.ms)
        self._pieces.extend(later._pieces)
        self._marks.extend(later._marks)
        self._length += later._length
        self._texts += later._texts

    def trim(self, bound: int) -> None:
        """Drop the oldest until it weighs no more than `bound`."""
        while self.weight > bound and len(self._marks) > 1:
            mark = self._marks.popleft()
            if mark.text is None:
                self._skip(mark.count)
                self._lose(mark)
            else:
                self._texts -= len(mark.text)

    def head(self, most: int) -> bytes:
        """The first bytes, about `most` of them."""
        if self._pieces and len(self._pieces[0]) < most and len(self._pieces) > 1:
            some = list(islice(self._pieces, 256))
            for _ in some:
                self._pieces.popleft()
            self._pieces.appendleft(b"".join(some))
        return self._pieces[0] if self._pieces else b""

    def taken(self, count: int) -> list[Mark]:
        """The first `count` bytes are on the disk. Gives when they came, and what happened before, between and behind them."""
        marks = [self._lost.mark()] if self._lost else []
        self._lost = None
        self._skip(count)
        while self._marks and (count or self._marks[0].text is not None):
            mark = self._marks[0]
            if mark.count > count:
                marks.append(Mark(count, mark.ms))
                mark.count -= count
                return marks
            marks.append(self._marks.popleft())
            count -= mark.count
            self._texts -= len(mark.text or "")
        return marks

    def fresh(self) -> bytes:
        """All its bytes."""
        return b"".join(self._pieces)

    def _skip(self, count: int) -> None:
        self._length -= count
        while count:
            piece = self._pieces.popleft()
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
                return
            count -= len(piece)

    def _lose(self, mark: Mark) -> None:
        if self._lost is None:
            self._lost = _Lost(0, mark.ms, mark.ms)
        self._lost.count += mark.count
        self._lost.until = mark.ms


def _clock(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
