"""Octets that a node says, as lines: with a bound for what is kept, and nothing of them lost."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 1 << 20
"""Bytes after which a line is cut in two: somebody prints without ever ending one."""


class Lines:
    """Cuts a stream of octets into lines. What is no UTF-8 survives a way there and back (PEP 383); a carriage return stays."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> list[str]:
        """The lines that are whole now."""
        *whole, self._rest = (self._rest + octets).split(b"\n")
        if len(self._rest) > LONGEST:
            whole.append(self._rest)
            self._rest = b""
        return [text_of(line) for line in whole]

    def end(self) -> Iterator[str]:
        """The last line, when it has no end."""
        if self._rest:
            yield text_of(self._rest)
        self._rest = b""


def text_of(octets: bytes) -> str:
    """Octets as a text that gives them back."""
    return octets.decode("utf-8", "surrogateescape")
