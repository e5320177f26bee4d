"""APPEND: a text that a file on the node has as its end, once, however often it is brought. Pure.

What was appended the last time is kept on the node. So a changed text takes the place of the old one, and what was written into
the file there meanwhile stays; a file that somebody has brought anew gets the text again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """`text`: what is appended. `last`: what was the last time, None when there was none."""

    text: bytes
    last: bytes | None = None


def appended(there: bytes, piece: Piece) -> bytes:
    """The file with the text in it."""
    text, last = _ended(piece.text), _ended(piece.last or b"")
    steps = (_has, _taken) if last in text else (_taken, _has)
    for step in steps:
        made = step(there, text, last)
        if made is not None:
            return made
    return _ended(there) + text


def is_original(there: bytes, pieces: Iterable[Piece]) -> bool:
    """Whether nothing of this was ever appended to it."""
    texts = [_ended(text) for piece in pieces for text in (piece.text, piece.last or b"") if text]
    return all(_find(there, text) < 0 for text in texts)


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _has(there: bytes, text: bytes, last: bytes) -> bytes | None:
    return there if _find(there, text) >= 0 else None


def _taken(there: bytes, text: bytes, last: bytes) -> bytes | None:
    """With the text in the place of the old one."""
    place = _find(there, last) if last else -1
    return None if place < 0 else there[:place] + text + there[place + len(last) :]


def _find(there: bytes, text: bytes) -> int:
    """Where the lines of the text are, the last time; -1: nowhere."""
    if there.startswith(text) and b"\n" + text not in there:
        return 0
    place = there.rfind(b"\n" + text)
    return place + 1 if place >= 0 else -1
