"""Pieces of what a console has said, put together to lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xcatd.consoles.log.plain import plain

_LONGEST = 1 << 13
"""Bytes of a line: what is longer comes in several."""


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes, and when they came, ms since 1970."""

    ms: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Noted:
    """This happened to the console."""

    ms: int
    text: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line that can be printed, and when its first byte came."""

    ms: int
    node: str
    text: str


class Lines:
    """The lines of one console, as they come."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._begun = b""
        self._ms = 0

    def feed(self, moment: Said | Noted) -> Iterator[TextLine]:
        """What is a whole line with this. What happened stands in brackets."""
        if isinstance(moment, Noted):
            yield TextLine(moment.ms, self._node, f"[{moment.text}]")
            return
        *lines, rest = moment.octets.split(b"\n")
        for line in lines:
            yield TextLine(self._ms if self._begun else moment.ms, self._node, plain(self._begun + line))
            self._begun = b""
        if rest:
            self._ms = self._ms if self._begun else moment.ms
            self._begun += rest
        if len(self._begun) > _LONGEST:
            yield from self.rest()

    def rest(self) -> Iterator[TextLine]:
        """The line that has no end yet."""
        if text := plain(self._begun):
            yield TextLine(self._ms, self._node, text)
        self._begun = b""
