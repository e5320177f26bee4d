"""Our own wire format: length, kind, stream, payload.

A frame is the payload's length (4 bytes, big endian), its kind (1 ASCII byte), the number of the stream it
belongs to (4 bytes, big endian) and the payload. Capital kinds are spoken at the door for callers, small ones
between daemons; standard input and keys are the same in both places.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from xcatd.errors import Malformed, TooLarge

_HEADER = Struct(">IBI")


class Kind(IntEnum):
    """What a payload is. The value is the byte on the wire."""

    REQUEST = ord("Q")
    """caller -> daemon: JSON with the command line, its folder and its variables"""
    WANT = ord("W")
    """daemon -> caller: the command reads standard input"""
    INPUT = ord("I")
    """caller -> daemon: a piece of standard input, an empty one is its end"""
    OUT = ord("O")
    """daemon -> caller: bytes for standard output"""
    ERR = ord("E")
    """daemon -> caller: bytes for standard error"""
    EXIT = ord("X")
    """daemon -> caller: the exit status in decimal; the request's last frame"""
    ELSEWHERE = ord("L")
    """daemon -> caller: nothing was done, another daemon does it: a sentence, then host:port of each that may, a line each"""
    ABORT = ord("A")
    """caller -> daemon: Ctrl-C"""
    KEYS = ord("K")
    """the command reads keys as they are typed, and takes so many bytes more of them (decimal)"""
    WINDOW = ord("Z")
    """the terminal's rows and columns, 2 bytes each, big endian"""
    SUSPEND = ord("S")
    """the program at the terminal stops until its shell lets it go on"""

    # between daemons; what they carry is the business of the links
    HELLO = ord("h")
    REQUEST_PEER = ord("q")
    ACCEPTED = ord("a")
    GO = ord("g")
    REPLIES = ord("r")
    DONE = ord("d")
    CANCEL = ord("c")
    PING = ord("p")
    PONG = ord("o")
    CREDIT = ord("w")
    SNAPSHOT = ord("s")
    UPDATE = ord("u")
    GOAWAY = ord("b")
    AWAY = ord("y")


_KINDS = {int(kind): kind for kind in Kind}


class Frame(NamedTuple):
    """One frame. A named tuple, because thousands are made each second and it costs a third of a frozen dataclass."""

    kind: Kind
    stream: int
    payload: bytes


def encode(kind: Kind, stream: int, payload: bytes = b"") -> bytes:
    """The bytes of one frame; `stream` is 0 to 2**32-1."""
    return _HEADER.pack(len(payload), kind, stream) + payload


class FrameReader:
    """Bytes in, frames out, in pieces of any size. It copies each byte at most twice, however small the pieces.

    `skips`: frames of unknown kinds are left out, as a daemon of a newer version may send them.
    """

    def __init__(self, max_payload: int, *, skips: bool = False) -> None:
        self._max_payload = max_payload
        self._skips = skips
        self._held = bytearray()
        self._needed = _HEADER.size
        self._broken: Malformed | None = None

    @property
    def partial(self) -> bool:
        """Whether the beginning of a frame is waiting for its rest."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes.

        Raises TooLarge for a payload above the limit (before it has arrived) and Malformed for an unknown kind.
        Frames that came whole before such a one are returned first: then the next call raises, also with no data.
        """
        if self._broken is not None:
            raise self._broken
        if self._held:
            self._held += data
            if len(self._held) < self._needed:
                return []
            data = bytes(self._held)
        frames, start = self._split(data)
        if self._broken is not None and not frames:
            raise self._broken
        self._held = bytearray(data[start:])
        return frames

    def _split(self, data: bytes) -> tuple[list[Frame], int]:
        """The whole frames of `data`, and where the rest begins."""
        frames: list[Frame] = []
        start = 0
        while len(data) - start >= _HEADER.size:
            size, code, stream = _HEADER.unpack_from(data, start)
            kind = _KINDS.get(code)
            if (kind is None and not self._skips) or size > self._max_payload:
                self._broken = self._refusal(size, code)
                break
            body = start + _HEADER.size
            if len(data) - body < size:
                self._needed = _HEADER.size + size
                return frames, start
            start = body + size
            if kind is not None:
                frames.append(Frame(kind, stream, data[body:start]))
        self._needed = _HEADER.size
        return frames, start

    def _refusal(self, size: int, code: int) -> Malformed:
        if code not in _KINDS and not self._skips:
            return Malformed(
                f"A frame of the unknown kind 0x{code:02x} arrived: speak to this port with an xCAT client."
            )
        return TooLarge(f"A frame of {size} bytes arrived where {self._max_payload} are allowed: send it in pieces.")
