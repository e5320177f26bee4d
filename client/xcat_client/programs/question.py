"""Asking the daemon something on the way: what it says is not shown but given."""

from __future__ import annotations

import os

from xcat_client.interrupts import Interrupts
from xcat_client.main import ask
from xcat_client.programs.asked import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Answer:
    """An exit status, and what would have gone to standard output and to standard error."""

    __slots__ = ("errors", "output", "status")

    def __init__(self, status: int, output: bytes, errors: bytes) -> None:
        self.status = status
        self.output = output
        self.errors = errors


def question(words: Sequence[str], env: Mapping[str, str], given: bytes = b"") -> Answer:
    """Run a command of the daemon; `given` is its standard input. Raises Trouble when it cannot be asked."""
    streams = tuple(os.memfd_create(name) for name in ("input", "output", "errors"))
    interrupts = Interrupts()
    try:
        _write(streams[0], given)
        status = ask(words, plain(env), interrupts, (streams[0], streams[1], streams[2]))
        return Answer(status, _content(streams[1]), _content(streams[2]))
    finally:
        interrupts.close()
        for stream in streams:
            os.close(stream)


def _write(stream: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(stream, left) :]
    os.lseek(stream, 0, os.SEEK_SET)


def _content(stream: int) -> bytes:
    os.lseek(stream, 0, os.SEEK_SET)
    pieces = []
    while piece := os.read(stream, 1 << 20):
        pieces.append(piece)
    return b"".join(pieces)
