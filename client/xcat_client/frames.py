"""Frames of the protocol xcat/1, as the client needs them: one stream, seven kinds of answers.

A frame is the length of its payload (4 bytes, big endian), a kind (1 ASCII byte), a stream number (4 bytes) and the
payload. The client asks one thing per connection and calls that stream 1.
"""

from __future__ import annotations

from xcat_client.trouble import Trouble

REQUEST, INPUT, ABORT, WINDOW = b"Q", b"I", b"A", b"Z"
WANT_INPUT, OUTPUT, ERRORS, EXIT, KEYS, SUSPEND, ELSEWHERE = b"W", b"O", b"E", b"X", b"K", b"S", b"L"

MAX_REQUEST = 1 << 20
"""Bytes of payload that a daemon takes from a caller in one frame."""

MAX_ANSWER = 16 << 20
"""Bytes of payload beyond which the other end cannot be an xcatd."""

_HEADER = 9
_STREAM = (1).to_bytes(4, "big")
_KINDS = (WANT_INPUT, OUTPUT, ERRORS, EXIT, KEYS, SUSPEND, ELSEWHERE)


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """The bytes of one frame to send."""
    return len(payload).to_bytes(4, "big") + kind + _STREAM + payload


class Answers:
    """Cuts the bytes that arrive into frames, wherever the network has cut them."""

    __slots__ = ("_at", "_buffer")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += data

    def next(self) -> tuple[bytes, bytes] | None:
        """Kind and payload of the next whole frame, or None. Raises Trouble if this is not our protocol."""
        start = self._at + _HEADER
        if start > len(self._buffer):
            return None
        head = bytes(self._buffer[self._at : start])
        size = int.from_bytes(head[:4], "big")
        kind = head[4:5]
        if kind not in _KINDS or head[5:] != _STREAM or size > MAX_ANSWER:
            raise Trouble(
                "What answers here does not speak the language of this client: "
                "check that XCATHOST names an xcatd, and that client and daemon are of the same version."
            )
        end = start + size
        if end > len(self._buffer):
            return None
        self._at = end
        return kind, bytes(self._buffer[start:end])
