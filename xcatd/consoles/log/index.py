"""The times of a log: text, a line for each piece.

    xcatd-console-times 1 FIRST     the log begins with byte FIRST of all that the console has said
    END MS                          the bytes up to END, counted in the log's file, came at MS, milliseconds since 1970
    AT MS TEXT                      this happened when AT bytes were there

A line that is torn, by a full disk or a crash, is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MAGIC = b"xcatd-console-times 1 "


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` None: the bytes up to `offset` came at `ms`; else it happened when `offset` bytes were there."""

    offset: int
    ms: int
    text: str | None = None


def header(first: int) -> bytes:
    return b"%b%d\n" % (_MAGIC, first)


def line(entry: Entry) -> bytes:
    if entry.text is None:
        return b"%d %d\n" % (entry.offset, entry.ms)
    return b"%d %d %b\n" % (entry.offset, entry.ms, printable(entry.text).encode())


def printable(text: str) -> str:
    """One line without control characters, whatever is in it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def first_of(times: bytes) -> int | None:
    """What the first line says, given the beginning of the times; None: that is no first line of ours."""
    head, end, _ = times.partition(b"\n")
    digits = head.removeprefix(_MAGIC)
    return int(digits) if end and digits != head and digits.isdigit() and len(digits) <= 15 else None


def read(text: bytes) -> Entry | None:
    """A line without its end; None: it is none, or the first one."""
    fields = text.split(b" ", 2)
    if len(fields) < 2 or not (fields[0].isdigit() and fields[1].isdigit()) or len(text) > 4096:
        return None
    said = fields[2].decode(errors="replace") if len(fields) == 3 else None
    return Entry(int(fields[0]), int(fields[1]), said)


def entries(times: bytes, start: int = 0) -> Iterator[tuple[Entry | None, int]]:
    """The whole lines from `start` on, each with the place where the next one begins."""
    while (end := times.find(b"\n", start)) >= 0:
        yield read(times[start:end]), end + 1
        start = end + 1


def last(times: bytes) -> Entry | None:
    """The last line that can be read."""
    end = len(times)
    while (end := times.rfind(b"\n", 0, end)) >= 0:
        if entry := read(times[times.rfind(b"\n", 0, end) + 1 : end]):
            return entry
    return None


def find(times: bytes, is_behind: Callable[[Entry], bool]) -> int:
    """Where the first line begins that is behind something, their end if there is none. Lines are in order, so what is behind one
    that is behind is so too."""
    low, high = 0, times.rfind(b"\n") + 1
    while low < high:
        start = times.rfind(b"\n", low, (low + high) // 2) + 1 or low
        entry, end = _next(times, start, high)
        if entry is None or is_behind(entry):
            high = start
        else:
            low = end
    return low


def _next(times: bytes, start: int, end: int) -> tuple[Entry | None, int]:
    """The first line from `start` on, before `end`, that can be read, and where the next one begins."""
    while start < end:
        stop = times.find(b"\n", start)
        if entry := read(times[start:stop]):
            return entry, stop + 1
        start = stop + 1
    return None, end
