"""Datagrams of IPMI 1.5: an authentication code over the message, no encryption (IPMI 2.0, table 13-8)."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable
from enum import IntEnum

from xcatd.hardware.ipmi import rmcp
from xcatd.hardware.ipmi.window import ReplayWindow

CODE_LENGTH = 16
LONGEST_PASSWORD = 16
_HEADER = struct.Struct("<4sBII")


class AuthType(IntEnum):
    """Authentication types (table 13-8). MD2 is not spoken: every controller that has it has MD5 too."""

    NONE = 0
    MD5 = 2
    PASSWORD = 4


Signer = Callable[[bytes, int, int], bytes]
"""The code for (message, session id, sequence number)."""


def signer(auth_type: AuthType, password: bytes) -> Signer:
    """How messages are signed (section 22.17.1). The password is padded to 16 octets."""
    key = password.ljust(LONGEST_PASSWORD, b"\0")

    def md5(message: bytes, session_id: int, sequence: int) -> bytes:
        claim = key + struct.pack("<I", session_id) + message + struct.pack("<I", sequence) + key
        return hashlib.md5(claim, usedforsecurity=False).digest()

    def plain(message: bytes, session_id: int, sequence: int) -> bytes:
        return key

    def nothing(message: bytes, session_id: int, sequence: int) -> bytes:
        return b""

    return {AuthType.MD5: md5, AuthType.PASSWORD: plain, AuthType.NONE: nothing}[auth_type]


def wrap(message: bytes) -> bytes:
    """A datagram outside any session."""
    return _pack(AuthType.NONE, 0, 0, b"", message)


def unwrap(datagram: bytes) -> bytes | None:
    """The message of a datagram outside any session; None when it is something else."""
    parts = _split(datagram)
    return parts[4] if parts and parts[0] == AuthType.NONE and parts[2] == 0 else None


class Envelope15:
    """One session's numbers and its signer. `sequence` is the number of the next datagram, as the BMC has asked."""

    __slots__ = ("_auth_type", "_sequence", "_sign", "_window", "session_id")

    def __init__(self, auth_type: AuthType, password: bytes, session_id: int, sequence: int) -> None:
        self._auth_type = auth_type
        self._sign = signer(auth_type, password)
        self.session_id = session_id
        self._sequence = sequence
        self._window = ReplayWindow()

    def seal(self, message: bytes) -> bytes:
        sequence = self._sequence
        if sequence:  # zero, before a session is active, is no number to count from
            self._sequence = sequence % 0xFFFFFFFF + 1
        code = self._sign(message, self.session_id, sequence)
        return _pack(self._auth_type, sequence, self.session_id, code, message)

    def open(self, datagram: bytes) -> bytes | None:
        """Answers without authentication are taken too: controllers of the PowerEdge 860's time send them."""
        parts = _split(datagram)
        if parts is None:
            return None
        kind, sequence, session_id, code, message = parts
        if session_id != self.session_id or kind not in (self._auth_type, AuthType.NONE):
            return None
        if kind != AuthType.NONE and not hmac.compare_digest(code, self._sign(message, session_id, sequence)):
            return None
        return message if sequence == 0 or self._window.accept(sequence) else None


def _pack(auth_type: AuthType, sequence: int, session_id: int, code: bytes, message: bytes) -> bytes:
    return b"%b%b%c%b" % (_HEADER.pack(rmcp.HEADER, auth_type, sequence, session_id), code, len(message), message)


def _split(datagram: bytes) -> tuple[int, int, int, bytes, bytes] | None:
    """Authentication type, sequence number, session id, code, message."""
    if len(datagram) <= _HEADER.size or not rmcp.is_rmcp(datagram):
        return None
    _, kind, sequence, session_id = _HEADER.unpack_from(datagram)
    start = _HEADER.size + (CODE_LENGTH if kind != AuthType.NONE else 0)
    if len(datagram) <= start:
        return None
    message = datagram[start + 1 : start + 1 + datagram[start]]
    return (
        (kind, sequence, session_id, datagram[_HEADER.size : start], message)
        if len(message) == datagram[start]
        else None
    )
